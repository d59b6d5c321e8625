"""How the privacy page says what the inventory knows."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from scheduler.foundation.personal import After, Kind, Whose
from scheduler.registration import inventory

HEADINGS = {
    Whose.VISITORS: _l("Visitors, and whoever comes with them"),
    Whose.STUDENTS: _l("Students"),
    Whose.STAFF: _l("People who sign in, and contacts of schools"),
    Whose.SERVICE: _l("What the service keeps for its own work"),
}

FIRST = (
    inventory.NAME, inventory.PHONE, inventory.NEEDS, inventory.ANSWERS, inventory.PURPOSE, inventory.CONSENT, inventory.ATTENDANCE,
    inventory.WAITING,
)  # fmt: skip
"""What most people look for"""


def listed(kinds: Iterable[Kind]) -> list[tuple[Whose, str, list[Kind]]]:
    """The kinds by whom they are about, in the order of the page."""
    every = sorted(kinds, key=lambda kind: FIRST.index(kind) if kind in FIRST else len(FIRST))
    return [(whose, str(heading), [kind for kind in every if kind.whose == whose]) for whose, heading in HEADINGS.items()]


def period(kind: Kind) -> str:
    """How long something is kept, in plain words."""
    keep = kind.keep
    if keep.words:
        return str(keep.words)
    assert keep.days is not None
    long: str = _months(keep.days) if keep.days > 365 else ngettext("%(num)d day", "%(num)d days", keep.days)
    if keep.after == After.GATHERING:
        return str(_("%(long)s after the gathering", long=long))
    if keep.after == After.LAST:
        return str(_("%(long)s after your last gathering", long=long))
    if keep.after == After.ROLE:
        return str(_("As long as they have a role, and %(long)s more", long=long))
    return long


def _months(days: int) -> str:
    return str(ngettext("%(num)d month", "%(num)d months", days * 12 // 365))
