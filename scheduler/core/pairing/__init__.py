"""The pairing engine: who talks with whom. `solve` makes plans, `check` and `score` judge them, `diagnose` tells what is possible."""
