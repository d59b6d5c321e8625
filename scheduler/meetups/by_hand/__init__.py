"""Moves by hand in a draft version: what each costs, made one at a time, taken back, and locked."""
