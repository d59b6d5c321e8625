"""Shared resources: links and files that schools post for visitors (visits rule 20)."""
