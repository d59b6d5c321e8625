"""The room's blueprint, and what its pages share: the path People › Wishes › Plan › Publish › Papers › Desk › Afterwards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from scheduler.foundation import access, audit, clock
from scheduler.meetups.models import Meetup

blueprint = Blueprint("meetups", __name__)


def actor() -> str:
    """The organizer's name in the audit log."""
    return audit.user(access.actor().user_id)


def user_id() -> int:
    """The organizer's id; these pages open for people who are signed in."""
    found = access.actor().user_id
    assert found is not None, "the policy lets nobody else in"
    return found


def page(template: str, meetup: Meetup, step: str, **facts: Any) -> str:
    """A page of one meetup's workspace, with the path ahead."""
    path, steps = path_of(meetup)
    return render_template(
        f"meetups/{template}.html", meetup=meetup, gathering=meetup.gathering, steps=steps, current_step=path.get(step, ""),
        now=clock.now(), **facts,
    )  # fmt: skip


def path_of(meetup: Meetup) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The steps of a meetup by their names, and where each leads; only what exists stands there."""
    path = {"people": _("People"), "wishes": _("Wishes"), "plan": _("Plan"), "publish": _("Publish"), "papers": _("Papers")}
    path |= {"desk": _("Desk"), "afterwards": _("Afterwards")}
    public_id = meetup.gathering.public_id
    return path, [(label, url_for(f"meetups.{name}", public_id=public_id)) for name, label in path.items()]
