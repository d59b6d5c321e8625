"""Which names come near what somebody typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice

from scheduler.core.text import folded

MOST_LETTERS, MOST_WORDS = 200, 6
ALIKE = 0.7
"""How much of a misspelled word must be right (difflib's own measure)"""


def near(typed: str, known: Sequence[Sequence[str]], *, most: int, corrected: bool = True) -> list[int]:
    """The places in the list of those who come near: all words are in one of their names, misspelled ones as they are spelled there.

    Accents and capitals do not matter, and names that begin with what was typed come first. To look for misspelled words takes a hundred
    times as long, which is too long for each letter that somebody types.

    >>> schools = [("Bronx School of Art", "Bronx Art"), ("The Art School", "Art"), ("Harbor High School", "Harbor")]
    >>> near("art sch", schools, most=5), near("harbour scool", schools, most=5), near("bronks", schools, most=5)
    ([0, 1], [2], [0])
    >>> near("art", schools, most=1), near("Nowhere", schools, most=5), near("", schools, most=5)
    ([1], [], [])
    """
    words = folded(typed[:MOST_LETTERS]).split()[:MOST_WORDS]
    if not words:
        return []
    spelled = [_spelled(tuple(names)) for names in known]
    found = list(islice(_with(words, spelled), most))
    if corrected and not found:
        found = list(islice(_with(_corrected(words, spelled), spelled), most))
    return found


@lru_cache(4096)
def _spelled(names: tuple[str, ...]) -> str:
    """The names of one, each behind a line break. Those of a large network are asked for with each letter that somebody types."""
    return "".join("\n" + folded(name) for name in names)


def _with(words: Sequence[str], spelled: Sequence[str]) -> Iterator[int]:
    """Who has all of the words in one name, those whose name begins with them first."""
    some: Sequence[int] = range(len(spelled))
    for word in words:
        some = [n for n in some if word in spelled[n]]
    start = "\n" + " ".join(words)
    first = dict.fromkeys(n for n in some if start in spelled[n])
    yield from first
    yield from (n for n in some if n not in first and any(all(word in name for word in words) for name in spelled[n].split("\n")))


def _corrected(words: Sequence[str], spelled: Sequence[str]) -> list[str]:
    """Each word as the names spell it, where one of theirs is nearly the same."""
    theirs = {word for names in spelled for word in names.split()}
    return [word if word in theirs else (get_close_matches(word, sorted(theirs), n=1, cutoff=ALIKE) or [word])[0] for word in words]
