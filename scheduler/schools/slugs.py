"""Names of schools and focus areas as they stand in addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

TAKEN = frozenset({"new", "import"})
"""Addresses of our own beside those of the schools"""


def slug_of(name: str, otherwise: str) -> str:
    """Letters and digits of a name, without accents; `otherwise` where nothing of it is left.

    >>> slug_of("École Nº 5 (Bronx)", "school"), slug_of("李", "school")
    ('ecole-no-5-bronx', 'school')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].strip("-") or otherwise


def borough_slug(borough: str) -> str:
    """A borough as it stands in addresses.

    >>> borough_slug("Staten Island")
    'staten-island'
    """
    return slug_of(borough, "borough")


def free_slug(name: str, taken: Collection[str]) -> str:
    """The slug of a new school, with a number where another school has it.

    >>> free_slug("KAPPA", {"kappa", "kappa-2"}), free_slug("New", set())
    ('kappa-3', 'new-2')
    """
    wanted = slug_of(name, "school")
    slug, number = wanted, 1
    while slug in taken or slug in TAKEN:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
