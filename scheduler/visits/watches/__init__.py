"""Watches: a visitor is told of new dates at a school or about a focus area (rule 21)."""
