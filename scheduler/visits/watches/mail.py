"""The mails of watches, as facts; their words stand in templates/visits/watches/mail/. Links are made when a mail is rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.core import times
from scheduler.foundation import outbox, tokens
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute, zone_city
from scheduler.visits.models import Visit
from scheduler.visits.watches.models import Watch

WATCH = "watch"
ASKED, NEW_DATES = "visits/watches/mail/asked", "visits/watches/mail/new_dates"
MOST_DATES = 20
"""In one mail; the others are a click away"""


def watch_url(link: Mapping[str, Any]) -> str:
    """The link of a watch: it leads to the buttons that begin and stop it."""
    name, link_round = link["name"], link["round"]
    return absolute("watches.show", public_id=name, token=tokens.derived(WATCH, name, link_round))


@outbox.stopped_at(NEW_DATES)
def stop_url(facts: Mapping[str, Any]) -> str:
    """Where a mail program stops all mails about new dates to an address by one press (RFC 8058)."""
    link = facts["watched"][0]["link"]
    name, link_round = link["name"], link["round"]
    return absolute("watches.stop_by_program", public_id=name, token=tokens.derived(WATCH, name, link_round))


def asked(watch: Watch) -> Mail:
    """Somebody typed this address: is it yours, and do you want to be told?"""
    facts = _watched(watch) | {"known": watch.confirmed_at is not None}
    return Mail(ASKED, watch.email, "", facts, f"watch:{watch.id}")


def new_dates(watches: Sequence[Watch], visits: Sequence[Visit]) -> Mail:
    """What is new since the last mail, for all that an address watches."""
    facts = {
        "dates": [_date(visit) for visit in visits[:MOST_DATES]],
        "number": len(visits),
        "more": max(len(visits) - MOST_DATES, 0),
        "watched": [_watched(watch) for watch in watches],
        "home_url": absolute("home.index"),
    }
    return Mail(NEW_DATES, watches[0].email, "", facts, f"watch:{watches[0].id}")


def _watched(watch: Watch) -> dict[str, Any]:
    return {
        "name": watch.name,
        "is_school": watch.school_id is not None,
        "link": {"name": watch.public_id, "round": watch.link_round},
        "list_url": absolute("home.index", **watch.filter),
    }


def _date(visit: Visit) -> dict[str, str]:
    gathering = visit.gathering
    return {
        "title": gathering.title,
        "school": visit.school.name,
        "day": times.day_text(gathering.starts_wall),
        "span": times.span_text(gathering.starts_wall, gathering.ends_wall),
        "zone": zone_city(gathering.time_zone),
        "url": absolute("visits.show", public_id=gathering.public_id),
    }
