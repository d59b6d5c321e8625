"""What becomes of the rows that refer to a place when its person turns out to have another one: each room says so for its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scheduler.core import twins
from scheduler.core.refusal import Refusal, Sentence
from scheduler.registration.models import Attendee
from scheduler.registration.twins import rows
from scheduler.registration.twins.rows import Change, Values

MOST_NOTE = 500
"""Letters of a note about access"""
Collect = Callable[[Attendee, Attendee], list[Change]]


@dataclass(frozen=True)
class Follower:
    """What becomes of the rows of one column: `collect` is given the place that stays and the one that goes."""

    table: str
    column: str
    collect: Collect


_followers: dict[tuple[str, str], Follower] = {}


def follows(table: str, column: str = "attendee_id") -> Callable[[Collect], Collect]:
    """Register a function that says what becomes of the rows of a table."""

    def register(collect: Collect) -> Collect:
        _followers[table, column] = Follower(table, column, collect)
        return collect

    return register


def go_over(table: str, column: str = "attendee_id", *, refused: Sentence | None = None) -> None:
    """Rows go over to the place that stays. `refused`: each place has one at most, and this is said where both have one."""

    def collect(stays: Attendee, goes: Attendee) -> list[Change]:
        mine = rows.rows_of(table, **{column: goes.id})
        if mine and refused is not None and rows.rows_of(table, **{column: stays.id}):
            raise Refusal(refused)
        return [rows.changed(table, row, **{column: stays.id}) for row in mine]

    follows(table, column)(collect)


def remain(table: str, column: str = "attendee_id") -> None:
    """Rows stay where they are: they say what was done or planned with that place."""
    follows(table, column)(lambda stays, goes: [])


def known() -> set[tuple[str, str]]:
    """The columns about which some room has said something."""
    return set(_followers)


def changes_for(stays: Attendee, goes: Attendee) -> list[Change]:
    """All that goes over, table by table."""
    return [change for _, follower in sorted(_followers.items()) for change in follower.collect(stays, goes)]


@follows("access_needs")
def _needs(stays: Attendee, goes: Attendee) -> list[Change]:
    """What both need is put together: nothing that somebody needs gets lost."""
    mine, theirs = rows.rows_of("access_needs", attendee_id=stays.id), rows.rows_of("access_needs", attendee_id=goes.id)
    if not theirs:
        return []
    if not mine:
        return [rows.changed("access_needs", theirs[0], attendee_id=stays.id)]
    (kept,), (gone,) = mine, theirs
    needs = twins.needs_together(kept["needs"], gone["needs"])
    note = twins.notes_together(kept["note"], gone["note"], most=MOST_NOTE)
    return [rows.dropped("access_needs", gone), rows.changed("access_needs", kept, needs=needs, note=note)]


@follows("answers")
def _answers(stays: Attendee, goes: Attendee) -> list[Change]:
    """Where both answered one question, the later answer counts."""
    mine = {row["question_id"]: row for row in rows.rows_of("answers", attendee_id=stays.id)}
    found = []
    for theirs in rows.rows_of("answers", attendee_id=goes.id):
        kept = mine.get(theirs["question_id"])
        if kept is not None and _later(kept, theirs) is kept:
            found.append(rows.dropped("answers", theirs))
            continue
        found += [rows.dropped("answers", kept)] if kept is not None else []
        found.append(rows.changed("answers", theirs, attendee_id=stays.id, registration_id=stays.registration_id))
    return found


def _later(one: Values, other: Values) -> Values:
    return max(one, other, key=lambda row: (row["changed_at"], row["id"]))


@follows("door_deeds")
def _deeds(stays: Attendee, goes: Attendee) -> list[Change]:
    """Who was checked in under the place that goes was here: the two places change what was done with them."""
    if not is_here(goes) or is_here(stays):
        return []
    pairs = ((goes, stays), (stays, goes))
    return [rows.changed("door_deeds", row, attendee_id=to.id) for of, to in pairs for row in rows.rows_of("door_deeds", attendee_id=of.id)]


def is_here(attendee: Attendee) -> bool:
    """Checked in, also when left again."""
    return attendee.arrived_at is not None


go_over("consents")
go_over("consents", "by_attendee_id")
go_over("booking_keys")
