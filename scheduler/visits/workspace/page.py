"""The page of one visit, with what did not work on it and what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, render_template
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import clock
from scheduler.foundation.forms import Form
from scheduler.foundation.templating import translated
from scheduler.visits import service
from scheduler.visits.board import board_of
from scheduler.visits.forms import CapacityForm, PartySizeForm, ReasonForm
from scheduler.visits.models import Visit
from scheduler.visits.workspace.blueprint import back_to

KINDS: dict[str, type[Form]] = {"size": PartySizeForm, "cancel": ReasonForm, "decline": ReasonForm, "keep": ReasonForm}
"""The forms of a party on the page: its size, why it is cancelled or declined, why it cannot move here"""


@dataclass(frozen=True)
class Wrong:
    """What did not work: the form as it was sent, and the rule that said no."""

    form: Form | None = None
    refusal: Refusal | None = None


def answer(visit: Visit, form: Form | None, deed: Callable[[], object], said: str) -> Response | tuple[str, int]:
    """Do what a form asks for and say so; or show the page again, with what was typed."""
    if form is not None and not form.validate():
        return manage_page(visit, Wrong(form)), 422
    try:
        deed()
    except Refusal as refusal:
        return manage_page(visit, Wrong(form, refusal)), 409
    flash(said, "good")
    return back_to(visit.gathering.public_id)


def manage_page(visit: Visit, wrong: Wrong | None = None) -> str:
    """Who asks, who comes, who waits; the seats; and what can be done."""
    sent = wrong.form if wrong else None
    capacity_form = sent if isinstance(sent, CapacityForm) else CapacityForm(formdata=None, data={"capacity": visit.gathering.capacity})
    return render_template(
        "visits/manage.html", visit=visit, gathering=visit.gathering, board=board_of(visit, now=clock.now()),
        rules=service.details_of(visit), capacity_form=capacity_form, wrong=sent, form_of=lambda *which: _form_of(sent, *which),
        refusal=translated(wrong.refusal.sentence) if wrong and wrong.refusal else None,
    )  # fmt: skip


def name_of(choice: str, public_id: str) -> str:
    """What tells the many small forms of the page apart."""
    return f"{choice}-{public_id}"


def _form_of(sent: Form | None, choice: str, public_id: str, size: int = 0) -> Any:
    """A party's form: as it was sent if that did not work, else as it is stored."""
    name = name_of(choice, public_id)
    if sent is not None and sent._prefix == f"{name}-":
        return sent
    return KINDS[choice](formdata=None, prefix=name, data={"party_size": size})
