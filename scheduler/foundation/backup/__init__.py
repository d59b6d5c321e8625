"""Backups: one file with a consistent copy of the database and what proves that it is whole; and the way back."""
