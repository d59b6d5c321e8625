"""The log of changes for administrators: who did what to what, and when (workspace rule 6)."""
