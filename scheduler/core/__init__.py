"""The rules of the house: pure functions on plain facts; no clock, no database, no Flask."""
