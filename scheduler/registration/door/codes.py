"""Codes that cameras read."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import groupby

import segno
from markupsafe import Markup

from scheduler.registration.models import Registration

BORDER = 2
MASK = 3
"""Any of the eight can be read; to try them all for the prettiest takes 13 of the 15 ms of a code, as much as the rest of a page"""
STEP = 7
"""So many squares of a row are drawn by one piece of the path; a row of any code has 7 n or some more"""


@lru_cache(256)
def svg(text: str) -> Markup:
    """A QR code (ISO/IEC 18004, level Q) as SVG without styles, so that our content policy shows it.

    >>> "style" in svg("https://visits.example.org")
    False
    """
    dark = segno.make(text, error="q", micro=False, mask=MASK).matrix
    return _drawn(["".join(map(str, row)) for row in dark])


def _drawn(rows: list[str]) -> Markup:
    """Rows of 0 and 1, drawn from left to right (segno's own writer takes as long as the code)."""
    size, strokes = len(rows) + 2 * BORDER, list[str]()
    for place, row in enumerate(rows, BORDER):
        pieces = [_stroke(row[at : at + STEP]) for at in range(0, len(row), STEP)]
        strokes.append(f"M{BORDER} {place}.5{''.join(pieces)}")
    path = f'<path class="qrline" stroke="#000" d="{"".join(strokes)}"/>'
    return Markup(f'<svg viewBox="0 0 {size} {size}" class="qr">{path}</svg>')


@lru_cache(512)
def _stroke(squares: str) -> str:
    """Some squares of a row: so many steps dark, so many light.

    >>> _stroke("1101")
    'h2m1 0h1'
    """
    return "".join(f"h{len(list(run))}" if dark == "1" else f"m{len(list(run))} 0" for dark, run in groupby(squares))


def party_svg(party: Registration) -> Markup:
    """What a lead shows at the door: only the public id, in capitals because those make a smaller code."""
    return _drawn(_name_rows(party.public_id.upper()))


_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""Of the alphanumeric mode, each at its number; two letters are one number of eleven bits"""
NAME, BITS, SIDE = 10, 11, 21
"""Letters of a name, bits of two of them, squares of a side"""


def _name_rows(name: str) -> list[str]:
    """The code of a name, put together. Each bit of a text turns the same squares of its code, whatever else stands in it, because the
    code that mends mistakes is linear: the squares that each of 55 bits turns are asked of segno once, and a code is 0.05 ms, not 1."""
    blank, turned = _turned()
    squares = blank
    for pair in range(NAME // 2):
        number = _LETTERS.index(name[2 * pair]) * len(_LETTERS) + _LETTERS.index(name[2 * pair + 1])
        for bit, turns in enumerate(turned[pair]):
            if number >> bit & 1:
                squares ^= turns
    drawn = f"{squares:0{SIDE * SIDE}b}"
    return [drawn[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]


@cache
def _turned() -> tuple[int, list[list[int]]]:
    blank = _squares("0" * NAME)
    return blank, [[blank ^ _squares(_lone_bit(pair, 1 << bit)) for bit in range(BITS)] for pair in range(NAME // 2)]


def _lone_bit(pair: int, number: int) -> str:
    """A text of which one bit is set."""
    first, second = divmod(number, len(_LETTERS))
    return f"{'00' * pair}{_LETTERS[first]}{_LETTERS[second]}".ljust(NAME, "0")


def _squares(text: str) -> int:
    code = segno.make(text, error="q", mode="alphanumeric", version=1, mask=MASK)
    return int("".join("".join(map(str, row)) for row in code.matrix), 2)
