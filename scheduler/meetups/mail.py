"""The mails of meetups, as facts; their words stand in templates/meetups/mail/."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from scheduler.core import times
from scheduler.foundation.outbox import Mail
from scheduler.foundation.templating import absolute, zone_city
from scheduler.meetups.models import Meetup, Plan, Seating
from scheduler.meetups.timing import round_span, talk_of
from scheduler.registration.models import Attendee


def published(meetup: Meetup, plan: Plan, *, replaces: bool) -> list[Mail]:
    """To each participant with an address: the plan is there, and these are your tables."""
    of: defaultdict[Attendee, list[Seating]] = defaultdict(list)
    for seating in plan.seatings:
        of[seating.attendee].append(seating)
    return [_to(meetup, plan, attendee, of[attendee], replaces) for attendee in of if is_mailed(attendee)]


def is_mailed(attendee: Attendee) -> bool:
    """Whether somebody hears of a published plan by mail: who has an address and still comes."""
    return bool(attendee.email) and not attendee.registration.is_cancelled


def _to(meetup: Meetup, plan: Plan, attendee: Attendee, seatings: list[Seating], replaces: bool) -> Mail:
    gathering = meetup.gathering
    zone = ZoneInfo(gathering.time_zone)
    rounds = [
        {
            "number": seating.round,
            "time": times.clock_text(times.to_wall(round_span(gathering.starts_at, seating.round, plan.talks)[0], zone)),
            "table": seating.table,
            "prompt": talk_of(plan.talks, seating.round).prompt,
        }
        for seating in sorted(seatings, key=lambda seating: seating.round)
    ]
    facts = {
        "title": gathering.title,
        "day": times.day_text(gathering.starts_wall),
        "span": times.span_text(gathering.starts_wall, gathering.ends_wall),
        "zone": zone_city(gathering.time_zone),
        "place": gathering.place,
        "rounds": rounds,
        "replaces": replaces,
        "attendee": attendee.public_id,
        "page_url": absolute("meetups.show", public_id=gathering.public_id),
    }
    about = f"attendee:{attendee.id}"
    return Mail("meetups/mail/published", attendee.email, attendee.name, facts, about)
