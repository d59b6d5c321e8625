"""Choosing a school: up to a hundred stand in a plain list; of more one types a name, and is told which come near."""
