"""What calendars say of a gathering, of a host's visit and of a participant's rounds: rows in, entries for foundation/ical.py out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from scheduler.calendars.queries import PublishedRound
from scheduler.core import times
from scheduler.core.refusal import say
from scheduler.foundation.ical import Entry
from scheduler.foundation.templating import absolute, zone_city
from scheduler.meetups.timing import round_span, talk_of
from scheduler.registration.models import Attendee, Gathering, GatheringKind

Touched = Mapping[str, datetime]
"""When the feeds that an entry depends on last changed, by their names (foundation/feeds.py)"""


WORK_PAGES = {GatheringKind.VISIT: "visits_workspace.manage", GatheringKind.MEETUP: "meetups.people"}
"""Where those who run it look after it"""


def title_of(gathering: Gathering) -> str:
    """What it is, and at which school."""
    return f"{gathering.title} · {gathering.school.short_name}" if gathering.school else gathering.title


def public_entry(gathering: Gathering, touched: Touched) -> Entry:
    """What everybody may know: title and school, times, the address where it is published, the page. No seats: they change daily."""
    return Entry(
        uid=gathering.uid, sequence=gathering.sequence, created_at=gathering.created_at,
        changed_at=max(gathering.changed_at, _renamed_at(gathering, touched)),
        starts_at=gathering.starts_at, ends_at=gathering.ends_at, title=title_of(gathering),
        description="\n".join(_when_and_whether(gathering)),
        location=gathering.place or str(say("The address is in your confirmation.")),
        url=absolute(gathering.page, public_id=gathering.public_id), cancelled=gathering.is_cancelled,
    )  # fmt: skip


def host_entry(gathering: Gathering, taken: int, touched: Touched) -> Entry:
    """The same for those who run it: how many seats are taken, the private address, and no names (F12)."""
    entry = public_entry(gathering, touched)
    seats = str(say("%(taken)d of %(capacity)d seats taken", taken=taken, capacity=gathering.capacity))
    return replace(
        entry, changed_at=max(touched.get(f"gathering:{gathering.id}", gathering.changed_at), _renamed_at(gathering, touched)),
        description=f"{seats}\n{entry.description}", location=gathering.place or gathering.private_place,
        url=absolute(WORK_PAGES[gathering.kind], public_id=gathering.public_id),
    )  # fmt: skip


def participant_entries(attendee: Attendee, rounds: Sequence[PublishedRound]) -> list[Entry]:
    """The meetup itself, and once a plan is published each of this person's rounds.

    The meetup stays when the rounds come, and a round that a later plan takes away is cancelled: nothing vanishes from a
    calendar without a word (S01). UIDs come from the attendee and so survive a change of team.
    """
    gathering = attendee.registration.gathering
    return [_own_meetup(attendee, gathering), *(_round(attendee, gathering, seated) for seated in rounds)]


def _own_meetup(attendee: Attendee, gathering: Gathering) -> Entry:
    team = attendee.registration
    return Entry(
        uid=f"{attendee.public_id}-meetup@living-lab-scheduler", sequence=gathering.sequence + team.is_cancelled,
        created_at=attendee.created_at, changed_at=max(gathering.changed_at, team.changed_at if team.is_cancelled else attendee.created_at),
        starts_at=gathering.starts_at, ends_at=gathering.ends_at, title=title_of(gathering),
        description="\n".join(_when_and_whether(gathering)), location=gathering.private_place or gathering.place,
        url=absolute(gathering.page, public_id=gathering.public_id), cancelled=gathering.is_cancelled or team.is_cancelled,
    )  # fmt: skip


def _round(attendee: Attendee, gathering: Gathering, seated: PublishedRound) -> Entry:
    meetup = _own_meetup(attendee, gathering)
    starts_at, ends_at = seated.span or round_span(gathering.starts_at, seated.number, seated.talks)
    wall = times.to_wall(starts_at, gathering.zone), times.to_wall(ends_at, gathering.zone)
    return replace(
        meetup, uid=f"{attendee.public_id}-round-{seated.number}@living-lab-scheduler",
        # Seconds, so that it rises with each publication, whichever version is published.
        sequence=meetup.sequence + int((seated.published_at - gathering.created_at).total_seconds()),
        changed_at=max(meetup.changed_at, seated.published_at),
        starts_at=starts_at, ends_at=ends_at, title=round_title(seated),
        description="\n".join(filter(None, (talk_of(seated.talks, seated.number).prompt, gathering.title, _wall_line(*wall, gathering)))),
        cancelled=meetup.cancelled or not seated.is_live,
    )  # fmt: skip


def round_title(seated: PublishedRound) -> str:
    """Where somebody is in a round."""
    if seated.table is None:
        return str(say("Round %(number)d: you sit out", number=seated.number))
    return str(say("Round %(number)d: Table %(table)d", number=seated.number, table=seated.table))


def _renamed_at(gathering: Gathering, touched: Touched) -> datetime:
    return touched.get(f"name:{gathering.school_id}", gathering.created_at)


def _when_and_whether(gathering: Gathering) -> list[str]:
    when = _wall_line(gathering.starts_wall, gathering.ends_wall, gathering)
    if gathering.is_cancelled:
        return [str(say("This is cancelled: %(reason)s", reason=gathering.cancel_reason)), when]
    return [when, str(say("Doors open at %(time)s.", time=times.clock_text(gathering.doors_wall)))]


def _wall_line(starts: datetime, ends: datetime, gathering: Gathering) -> str:
    zone = say("%(city)s time", city=zone_city(gathering.time_zone))
    return f"{times.day_text(starts)}, {times.span_text(starts, ends)} ({zone})"
