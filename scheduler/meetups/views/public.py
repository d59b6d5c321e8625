"""What everybody may see of meetups: when, where and how it works; no names."""

from __future__ import annotations

from flask import render_template

from scheduler.foundation import access, clock
from scheduler.meetups import queries, timing
from scheduler.meetups.views.blueprint import blueprint
from scheduler.meetups.views.register import offer_of


@blueprint.get("/meetups")
@access.open_to(access.ANYONE)
def index() -> str:
    """The meetups that are coming."""
    return render_template("meetups/index.html", meetups=queries.coming(now=clock.now()))


@blueprint.get("/meetups/<public_id>")
@access.open_to(access.ANYONE)
def show(public_id: str) -> str:
    """One meetup."""
    meetup = queries.public_meetup_or_404(public_id)
    minutes = timing.minutes_of(meetup.rounds, meetup.talks)
    lengths = {timing.talk_of(meetup.talks, number).minutes for number in range(1, meetup.rounds + 1)}
    return render_template(
        "meetups/show.html", meetup=meetup, gathering=meetup.gathering, minutes=minutes, shortest=min(lengths), longest=max(lengths),
        now=clock.now(), offer=offer_of(meetup),
    )  # fmt: skip
