"""What organizers choose to move somebody: whom, and where to."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from scheduler.foundation.forms import Choice, Form
from scheduler.meetups.by_hand.board import Board, Placed
from scheduler.meetups.by_hand.service import Wanted
from scheduler.registration.wording import ROLE_LABELS


class MoveForm(Form):
    """One move. Where to is one list: the tables with room, then everybody to change places with."""

    class Meta:
        csrf = False  # it is read, and changes nothing

    person = Choice(_l("Who moves?"))
    to = Choice(_l("Where to?"))

    def __init__(self, board: Board, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [*(placed for card in board.cards for placed in card.people), *board.sits_out]
        self.person.choices = [("", _("Choose somebody")), *((placed.who.key, _label(placed)) for placed in people)]
        self.to.choices = [
            ("", _("Choose a table or somebody")),
            *((str(card.number), _room(card.number, card.free)) for card in board.cards if card.free),
            *((placed.who.key, _("Change places with %(who)s", who=_label(placed))) for placed in people),
        ]


def read_move(number: int, person: str, to: str) -> Wanted | None:
    """A move as an address or a form says it: to a table by its number, or to somebody by their id; None where it says nothing."""
    if not person or not to:
        return None
    if to.isascii() and to.isdecimal() and len(to) < 5:
        return Wanted(number, person, table=int(to))
    return Wanted(number, person, other=to)


def _label(placed: Placed) -> str:
    role = f"{ROLE_LABELS[placed.who.role]} · " if placed.who.role else ""
    where = _("table %(n)s", n=placed.table) if placed.table else _("sits out")
    return f"{placed.who.name} · {role}{placed.who.school} · {where}"


def _room(number: int, free: int) -> str:
    return f"{_('Table %(n)s', n=number)} · {ngettext('%(num)d seat free', '%(num)d seats free', free)}"
