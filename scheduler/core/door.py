"""The door: what deeds mean together whatever order they come in, and what a greeter is told (rules 16 and 17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.core.refusal import Sentence, say

OPENS = timedelta(minutes=60)
"""Check-in begins so long before the start"""
LINK_LASTS = timedelta(hours=2)
"""A greeter's link ends so long after the end, where nobody says otherwise"""
STILL_SENT = timedelta(hours=24)
"""What was done at the door while a link was alive is taken so long after it ended: the network may come back late"""
ASKED_AFTER = timedelta(hours=2)
"""So long after the end the host is asked to close the roster"""
ASKED_UNTIL = timedelta(days=14)
"""Nobody is asked about what is longer ago"""


class DeedKind(StrEnum):
    """What is done about one person at the door."""

    ARRIVE = "arrive"
    UNDO = "undo"
    """As if nothing had been said of them"""
    LEAVE = "leave"
    ABSENT = "absent"
    """Only when the roster is closed, and only by a host"""


@dataclass(frozen=True)
class Deed:
    """One thing that was done, at an instant by the clock of whoever did it; the nonce names it once and for all."""

    kind: DeedKind
    at: datetime
    nonce: str


@dataclass(frozen=True)
class Presence:
    """Whether a person is here, since when, and until when. Neither here nor absent: nobody said anything."""

    is_here: bool = False
    is_absent: bool = False
    arrived_at: datetime | None = None
    left_at: datetime | None = None


def presence(deeds: Iterable[Deed]) -> Presence:
    """Where all deeds about one person lead: the newest wins, and of two at one instant the one with the greater nonce.

    It is the same for any order of the deeds, and for each of them taken any number of times. Arriving twice keeps the first
    time; coming back takes the leaving away; who never arrived cannot leave.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 12, 2, 14, tzinfo=UTC)
    >>> came, went = Deed(DeedKind.ARRIVE, nine, "a"), Deed(DeedKind.LEAVE, nine + timedelta(hours=2), "b")
    >>> presence([went, came, came]) == presence([came, went])
    True
    >>> presence([came, Deed(DeedKind.UNDO, nine + timedelta(seconds=4), "c")])
    Presence(is_here=False, is_absent=False, arrived_at=None, left_at=None)
    """
    found = Presence()
    for deed in sorted(deeds, key=lambda deed: (deed.at, deed.nonce)):
        found = _after(found, deed)
    return found


def _after(before: Presence, deed: Deed) -> Presence:
    if deed.kind == DeedKind.ARRIVE:
        return Presence(is_here=True, arrived_at=before.arrived_at or deed.at)
    if deed.kind == DeedKind.LEAVE:
        return replace(before, left_at=deed.at) if before.is_here else before
    return Presence(is_absent=deed.kind == DeedKind.ABSENT)


class Result(StrEnum):
    """What a greeter is told: a color, a word and a sound each."""

    OK = "ok"
    ALREADY = "already"
    CANCELLED = "cancelled"
    PENDING = "pending"
    OTHER = "other"
    UNKNOWN = "unknown"
    ENDED = "ended"
    EARLY = "early"
    PERMISSION = "permission"

    @property
    def tone(self) -> str:
        """Its color and sound: good, wait or bad."""
        return TONES.get(self, "bad")


TONES = {Result.OK: "good", Result.ALREADY: "wait", Result.PENDING: "wait", Result.OTHER: "wait", Result.EARLY: "wait"}


class Standing(StrEnum):
    """How whoever stands at the door is booked."""

    COMES = "comes"
    UNDECIDED = "undecided"
    """Its address is not confirmed, or its host has not said yes"""
    ENDED = "ended"
    """Cancelled, declined, or out of time"""
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Caller:
    """What is known of a person at the door."""

    standing: Standing
    may_enter: bool = True
    """False: a student without a guardian's permission"""
    is_here: bool = False


NOT_COMING = {
    Standing.NOWHERE: Result.UNKNOWN,
    Standing.ELSEWHERE: Result.OTHER,
    Standing.ENDED: Result.CANCELLED,
    Standing.UNDECIDED: Result.PENDING,
}


def judge(kind: DeedKind, caller: Caller, *, at: datetime, starts_at: datetime, link_is_alive: bool = True) -> Result:
    """What becomes of one deed. Only OK changes the roster; ALREADY is taken too and changes nothing.

    Undoing and leaving need no permission, and no booking that still holds: the person is on the roster.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 12, 2, 14, tzinfo=UTC)
    >>> judge(DeedKind.ARRIVE, Caller(Standing.COMES), at=nine - timedelta(minutes=61), starts_at=nine)
    <Result.EARLY: 'early'>
    >>> judge(DeedKind.ARRIVE, Caller(Standing.COMES, may_enter=False), at=nine, starts_at=nine)
    <Result.PERMISSION: 'permission'>
    """
    if not link_is_alive:
        return Result.ENDED
    if caller.standing in (Standing.NOWHERE, Standing.ELSEWHERE):
        return NOT_COMING[caller.standing]
    if kind != DeedKind.ARRIVE:
        return Result.OK
    if caller.standing != Standing.COMES:
        return NOT_COMING[caller.standing]
    if at < starts_at - OPENS:
        return Result.EARLY
    if caller.is_here:
        return Result.ALREADY
    return Result.OK if caller.may_enter else Result.PERMISSION


def word(result: Result, kind: DeedKind = DeedKind.ARRIVE) -> Sentence:
    """The word of a result, as the page shows and says it.

    >>> str(word(Result.OK)), str(word(Result.OK, DeedKind.LEAVE)), str(word(Result.OTHER))
    ('Checked in', 'Signed out', 'Another visit')
    """
    return DONE[kind] if result == Result.OK else WORDS[result]


DONE = {
    DeedKind.ARRIVE: say("Checked in"),
    DeedKind.UNDO: say("Taken back"),
    DeedKind.LEAVE: say("Signed out"),
    DeedKind.ABSENT: say("Not here"),
}
WORDS = {
    Result.ALREADY: say("Already in"),
    Result.CANCELLED: say("Cancelled"),
    Result.PENDING: say("Not confirmed"),
    Result.OTHER: say("Another visit"),
    Result.UNKNOWN: say("Not known"),
    Result.ENDED: say("Link ended"),
    Result.EARLY: say("Too early"),
    Result.PERMISSION: say("Permission missing"),
}


def explained(
    result: Result, kind: DeedKind = DeedKind.ARRIVE, *, since: str = "", opens: str = "", elsewhere: Sentence | str = ""
) -> Sentence:  # fmt: skip
    """What stands under the word: what happened, and what would work. The facts are texts by the clock on the wall.

    >>> str(explained(Result.ALREADY, since="9:02 am"))
    'Here since 9:02 am.'
    """
    if result == Result.ALREADY:
        return say("Here since %(since)s.", since=since)
    if result == Result.EARLY:
        return say("Check-in begins at %(opens)s, an hour before the start.", opens=opens)
    if result == Result.OTHER:
        return say("This party is booked for %(elsewhere)s.", elsewhere=elsewhere)
    return AFTER[kind] if result == Result.OK else SENTENCES[result]


AFTER = {
    DeedKind.ARRIVE: say("Come in."),
    DeedKind.UNDO: say("Nobody said anything about them now."),
    DeedKind.LEAVE: say("Goodbye."),
    DeedKind.ABSENT: say("Marked as not here."),
}
SENTENCES = {
    Result.CANCELLED: say("This booking no longer holds. Ask the host; a walk-in can be added where there is room."),
    Result.PENDING: say("Nobody has confirmed this booking yet. Ask the host before they come in."),
    Result.UNKNOWN: say("Nobody here has this code. Look for the name, or add a walk-in."),
    Result.ENDED: say("This link no longer works, and nothing was written. Ask the host for a new one."),
    Result.PERMISSION: say(
        "No guardian’s permission is on file for this student. The adult they came with says on the party’s own page that there is one;"
        " then check them in again."
    ),
}
