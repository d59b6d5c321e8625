"""Text as people type it: what is kept, what is folded, and what cannot be shown."""

from __future__ import annotations

import re
import unicodedata

_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_UNSHOWABLE_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
"""Control characters (Cc), separators of lines and paragraphs (Zl, Zp), halves of pairs (Cs), and the byte order mark"""
_INVISIBLE = {"\u200b", "\u2060", "\ufeff", "\u3164", "\u115f", "\u1160", "\u00ad"}
_NAMES = {"\0": "NUL", "\u2028": "U+2028", "\u2029": "U+2029", "\t": "tab", "\n": "line break", "\r": "line break"}


def tidy(text: str) -> str:
    r"""Canonical composition (Unicode NFC), one kind of line break, no space around it.

    >>> tidy("  Zoe\u0308 \r\n")
    'Zoë'
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def unshowable(text: str, *, lines: bool = False) -> list[str]:
    r"""The characters of a text that no page, mail or calendar can carry, by name; line breaks count unless `lines`.

    >>> unshowable("A\0B\u2028C")
    ['NUL', 'U+2028']
    >>> unshowable("two\nlines", lines=True)
    []
    """
    found = dict.fromkeys((_UNSHOWABLE_IN_LINES if lines else _UNSHOWABLE).findall(text))
    return list(dict.fromkeys(_NAMES.get(character, f"U+{ord(character):04X}") for character in found))


def without_unshowable(text: str, *, lines: bool = False) -> str:
    r"""The text less what cannot be shown: for showing a refused value again.

    >>> without_unshowable("A\0B")
    'AB'
    """
    return (_UNSHOWABLE_IN_LINES if lines else _UNSHOWABLE).sub("", text)


def is_blank(text: str) -> bool:
    r"""True when nothing of the text can be seen: white space and invisible letters only.

    >>> is_blank("\u200b \u3164"), is_blank("李")
    (True, False)
    """
    return all(character.isspace() or character in _INVISIBLE or unicodedata.category(character) in ("Cf", "Cc") for character in text)


def same_name(text: str) -> str:
    """A form in which two spellings of one name are equal: composed, case folded, single spaces.

    >>> same_name("  Ana  LÓPEZ ") == same_name("ana lo\u0301pez")
    True
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def folded(text: str) -> str:
    """A form for searching: without accents and capitals, single spaces.

    >>> folded("Équité  in GRADING")
    'equite in grading'
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().split())
