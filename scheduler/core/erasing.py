"""Taking somebody out of a text that others wrote or were sent: the address anywhere, a full name where it stands by itself."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any


def without_somebody(value: Any, email: str, names: Collection[str], alias: str) -> Any:
    """A text, or whatever JSON holds, with an alias in place of an address and names.

    A name of one word is taken out only where it is the whole text: "May" is a month as well.

    >>> without_somebody({"lead": "Ana Perez", "to": ["Ana@X.org"], "n": 3}, "ana@x.org", ["Ana Perez"], "Former visitor")
    {'lead': 'Former visitor', 'to': ['Former visitor'], 'n': 3}
    >>> without_somebody("May comes on May 3", "", ["May"], "Somebody"), without_somebody("Ana Perez-Ruiz", "", ["Ana Perez"], "Somebody")
    ('May comes on May 3', 'Ana Perez-Ruiz')
    """
    if isinstance(value, str):
        return _from_text(value, email, names, alias)
    if isinstance(value, list):
        return [without_somebody(item, email, names, alias) for item in value]
    if isinstance(value, dict):
        return {key: without_somebody(item, email, names, alias) for key, item in value.items()}
    return value


def _from_text(text: str, email: str, names: Collection[str], alias: str) -> str:
    if text in names:
        return alias
    if email:
        text = re.sub(rf"(?<![\w.+-]){re.escape(email)}(?![\w-])", lambda _: alias, text, flags=re.IGNORECASE)
    for name in sorted(names, key=len, reverse=True):
        if " " in name:
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", lambda _: alias, text)
    return text
