"""Codes that cameras read."""

from __future__ import annotations

import re
from functools import lru_cache

import segno
from markupsafe import Markup

from scheduler.registration.models import Registration

BORDER = 2
_RUNS = re.compile("0+|1+")
MASK = 3
"""Any of the eight can be read; to try them all for the prettiest takes 13 of the 15 ms of a code, as much as the rest of a page"""


@lru_cache(256)
def svg(text: str) -> Markup:
    """A QR code (ISO/IEC 18004, level Q) as SVG without styles, so that our content policy shows it.

    >>> "style" in svg("BCDFGHJKMN")
    False
    """
    dark = segno.make(text, error="q", micro=False, mask=MASK).matrix
    size = len(dark) + 2 * BORDER
    strokes = "".join(f"M{BORDER} {row + BORDER}.5{_strokes(modules)}" for row, modules in enumerate(dark))
    path = f'<path class="qrline" stroke="#000" d="{strokes}"/>'
    return Markup(f'<svg viewBox="0 0 {size} {size}" class="qr">{path}</svg>')


def _strokes(modules: bytearray) -> str:
    """One row from left to right: so many steps dark, so many light (segno's own writer takes as long as the code).

    >>> _strokes(bytearray([1, 1, 0, 1]))
    'h2m1 0h1'
    """
    return "".join(f"h{len(run)}" if run[0] == "1" else f"m{len(run)} 0" for run in _RUNS.findall("".join(map(str, modules))))


def party_svg(party: Registration) -> Markup:
    """What a lead shows at the door: only the public id, in capitals because those make a smaller code."""
    return svg(party.public_id.upper())
