"""Codes of attendance certificates: a name, a seal that only the installation can make, and a letter that tells a slip of the pen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.refusal import Refusal, Sentence, count, say

LETTERS = "bcdfghjkmnpqrstvwxz"
"""Nineteen, a prime: a sum weighted by place, modulo 19, changes with any one letter and with any two that are swapped (as ISBN-10)"""
NAME, SEAL = 10, 7
LENGTH = NAME + SEAL + 1
"""19⁷ seals to each name: guessing one right takes 450 million tries"""


@dataclass(frozen=True)
class Code:
    """What a code is made of."""

    name: str
    seal: str

    def __str__(self) -> str:
        letters = f"{self.name}{self.seal}"
        return "-".join((letters + _check(letters))[start : start + 6] for start in range(0, LENGTH, 6))


def seal_of(mac: bytes) -> str:
    """Seven letters of a keyed hash.

    >>> seal_of(bytes(range(32)))
    'rznpzkb'
    """
    number = int.from_bytes(mac[:16], "big")
    return "".join(LETTERS[number // 19**place % 19] for place in range(SEAL))


def _check(letters: str) -> str:
    return LETTERS[sum(place * LETTERS.index(letter) for place, letter in enumerate(letters, 1)) % 19]


def read(typed: str) -> Code:
    """The parts of a code as somebody typed it. Refuses what can be no code, and says what is wrong with it.

    >>> code = str(Code("bcdfghjkmn", "pqrstvw"))
    >>> code, read(code.upper().replace("-", " ")) == Code("bcdfghjkmn", "pqrstvw")
    ('bcdfgh-jkmnpq-rstvwx', True)
    >>> read(code.replace("h", "g"))
    Traceback (most recent call last):
    scheduler.core.refusal.Refusal: One letter of this code is wrong, or two are swapped. Compare it with the certificate.
    """
    letters = "".join(letter for letter in typed.casefold() if not (letter.isspace() or letter in "-–—·."))
    if foreign := next((letter for letter in letters if letter not in LETTERS), None):
        raise Refusal(say("A code has no “%(letter)s” in it. Compare it with the certificate.", letter=foreign))
    if len(letters) != LENGTH:
        raise Refusal(
            say("A code has %(right)s letters, and this has %(n)s. Compare it with the certificate.", right=LENGTH, n=len(letters))
        )
    if _check(letters[:-1]) != letters[-1]:
        raise Refusal(say("One letter of this code is wrong, or two are swapped. Compare it with the certificate."))
    return Code(letters[:NAME], letters[NAME:-1])


def attended_minutes(starts_at: datetime, ends_at: datetime, arrived_at: datetime | None, left_at: datetime | None) -> int:
    """How long somebody was at a gathering, within its hours; its whole length where nobody signed them out."""
    whole = int((ends_at - starts_at).total_seconds() // 60)
    if arrived_at is None or left_at is None:
        return whole
    there = int((min(left_at, ends_at) - max(arrived_at, starts_at)).total_seconds() // 60)
    return there if there > 0 else whole


def hours_text(minutes: int) -> Sentence:
    """A length as people say it.

    >>> str(hours_text(150)), str(hours_text(60)), str(hours_text(45))
    ('2 hours 30 minutes', '1 hour', '45 minutes')
    """
    hours, rest = divmod(minutes, 60)
    long, short = count(hours, "%(n)d hour", "%(n)d hours"), count(rest, "%(n)d minute", "%(n)d minutes")
    if hours and rest:
        return say("%(hours)s %(minutes)s", hours=long, minutes=short)
    return long if hours else short
