"""Organizers' page of what would be otherwise: counts side by side; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.core.pairing.problem import MOST_ROUNDS
from scheduler.foundation import access
from scheduler.foundation.forms import Form, Whole
from scheduler.meetups import queries, what_if
from scheduler.meetups.views.blueprint import blueprint, page
from scheduler.meetups.what_if import LARGEST_TABLE, USUAL_MISSING, Variant, Wanted

FEWEST_PEOPLE = 2


class WhatIfForm(Form):
    """What may be different; it stands in the address, so that it can be shared."""

    class Meta:
        csrf = False

    missing = Whole(_l("People missing"), least=0, most=2000)
    rounds = Whole(_l("Rounds"), least=1, most=MOST_ROUNDS)
    size = Whole(_l("People at a table"), least=2, most=LARGEST_TABLE)

    def wanted(self, people: int) -> Wanted | None:
        """What is asked for; None, with what is wrong at its field, where it cannot be."""
        if not self.validate():
            return None
        if people - (self.missing.data or 0) < FEWEST_PEOPLE:
            self.refuse("missing", _("Nobody would be left to talk with. %(people)s people are on the list.", people=people))
            return None
        return Wanted(self.missing.data or 0, self.rounds.data or 0, self.size.data or 0)


@blueprint.get("/workspace/meetups/<public_id>/what-if")
@access.open_to(access.ORGANIZERS)
def what_if_(public_id: str) -> str | tuple[str, int]:
    """Variants side by side with what is possible; `try` makes a quick plan for one of them, `part` answers with its counts alone."""
    meetup = queries.meetup_or_404(public_id)
    attendees = queries.attendees_of(meetup.gathering_id)
    now = what_if.now_of(meetup)
    form = WhatIfForm(request.args if "rounds" in request.args else None, data=_usual(now, len(attendees)))
    asked = form.wanted(len(attendees)) if "rounds" in request.args else now
    listed = what_if.variants(meetup, attendees, asked or now) if len(attendees) >= FEWEST_PEOPLE else []
    tried = _try(listed)
    if "part" in request.args:
        return render_template("meetups/_what_if.html", variant=tried or abort(404), try_url=None)
    text = page(
        "what_if",
        meetup,
        "plan",
        form=form,
        listed=listed,
        asked=asked or now,
        sizes=what_if.has_sizes(meetup),
        now_is=now,
        attendees=attendees,
    )
    return text if asked else (text, 422)


def _usual(now: Wanted, people: int) -> dict[str, int]:
    return {"missing": min(USUAL_MISSING, max(0, people - FEWEST_PEOPLE)), "rounds": now.rounds, "size": now.size}


def _try(listed: Sequence[Variant]) -> Variant | None:
    """The variant whose trial is asked for, tried."""
    found = next((variant for variant in listed if variant.wanted.key == request.args.get("try")), None)
    if found is not None and found.is_small_enough and found.clash is None:
        found.try_it()
    return found
