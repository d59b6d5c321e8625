"""Where templates, static files, migrations and config.py are: in the package when installed, one level up in a clone."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def find(name: str) -> Path:
    """The folder or file of that name that travels with the package.

    >>> find("config.py").name
    'config.py'
    """
    inside = PACKAGE / name
    return inside if inside.exists() else PACKAGE.parent / name


def instance_folder() -> Path:
    """Where data goes when nobody says otherwise: instance/ of a clone, of the current folder once installed."""
    in_a_clone = not (PACKAGE / "config.py").exists()
    return (PACKAGE.parent if in_a_clone else Path.cwd()) / "instance"
