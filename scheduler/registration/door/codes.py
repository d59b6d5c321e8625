"""Codes that cameras read."""

from __future__ import annotations

from functools import lru_cache

import segno
from markupsafe import Markup

from scheduler.registration.models import Registration


MASK = 3
"""Any of the eight can be read; to try them all for the prettiest takes 13 of the 15 ms of a code, as much as the rest of a page"""


@lru_cache(256)
def svg(text: str) -> Markup:
    """A QR code (ISO/IEC 18004, level Q) as SVG without styles, so that our content policy shows it.

    >>> "style" in svg("BCDFGHJKMN")
    False
    """
    return Markup(segno.make(text, error="q", micro=False, mask=MASK).svg_inline(border=2, omitsize=True, svgclass="qr"))


def party_svg(party: Registration) -> Markup:
    """What a lead shows at the door: only the public id, in capitals because those make a smaller code."""
    return svg(party.public_id.upper())
