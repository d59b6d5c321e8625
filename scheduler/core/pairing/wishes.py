"""What an organizer wishes, one wish at a time: its kind, whom and what it is about, and the sentence that says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from scheduler.core.refusal import Sentence, say
from scheduler.core.text import folded


class Kind(StrEnum):
    APART = "apart"
    TOGETHER = "together"
    PIN = "pin"
    """One person at one table: in a round, or in all"""
    AWAY = "away"
    STAYS = "stays"
    """Should not have to move from table to table"""
    STEP_FREE = "step_free"
    """Sits at step-free tables only"""
    OFFERS = "offers"
    ASKS = "asks"
    STATION = "station"
    """A table with a topic, and the people who stay there"""
    CLOSED = "closed"
    LEVEL = "level"
    """A table that can be reached without a step"""
    SEATS = "seats"


ABOUT_TABLES = (Kind.STATION, Kind.CLOSED, Kind.LEVEL, Kind.SEATS)


@dataclass(frozen=True)
class Wish:
    """One wish. `people` are ids; rounds and tables count from 1, as people count them; no round means every round."""

    kind: Kind
    people: tuple[str, ...] = ()
    round: int | None = None
    table: int | None = None
    seats: int | None = None
    topic: str = ""

    @property
    def key(self) -> str:
        """The same for two wishes that are one: said again, it changes nothing or takes the place of what was said.

        >>> Wish(Kind.APART, ("ben", "ana")).key == Wish(Kind.APART, ("ana", "ben")).key
        True
        >>> Wish(Kind.SEATS, table=2, seats=6).key == Wish(Kind.SEATS, table=2, seats=8).key
        True
        """
        if self.kind in (Kind.SEATS, Kind.STATION):
            return f"{self.kind.value}:{self.table}"
        parts = (" ".join(sorted(self.people)), self.round or "", self.table or "", folded(self.topic))
        return f"{self.kind.value}:" + ":".join(map(str, parts))


def sentence(wish: Wish, who: Callable[[str], str]) -> Sentence:
    """A wish in plain words. `who` says how people are called.

    >>> print(sentence(Wish(Kind.APART, ("ana", "ben", "cleo")), str.title))
    Ana, Ben and Cleo are kept apart.
    >>> print(sentence(Wish(Kind.STATION, ("ana",), table=2, topic="Grading"), str.title))
    Table 2 is about “Grading”; Ana stays there.
    """
    names = listed([who(id) for id in wish.people])
    if wish.kind in ABOUT_TABLES:
        return _of_table(wish, names)
    said = _IN_A_ROUND[wish.kind] if wish.round else _ALWAYS[wish.kind]
    return replace(said, facts={"names": names, "round": wish.round, "table": wish.table, "topic": wish.topic})


_IN_A_ROUND = {
    Kind.TOGETHER: say("%(names)s share a table in round %(round)d."),
    Kind.PIN: say("%(names)s sits at table %(table)d in round %(round)d."),
    Kind.AWAY: say("%(names)s is away in round %(round)d."),
}
_ALWAYS = {
    Kind.APART: say("%(names)s are kept apart."),
    Kind.TOGETHER: say("%(names)s share a table at least once."),
    Kind.PIN: say("%(names)s sits at table %(table)d in every round."),
    Kind.STAYS: say("%(names)s changes tables as rarely as possible."),
    Kind.STEP_FREE: say("%(names)s sits at step-free tables only."),
    Kind.OFFERS: say("%(names)s can talk about “%(topic)s”."),
    Kind.ASKS: say("%(names)s wants to hear about “%(topic)s”."),
}


def _of_table(wish: Wish, names: Sentence) -> Sentence:
    if wish.kind == Kind.STATION and not wish.people:
        return say("Table %(table)d is about “%(topic)s”; nobody stays there yet.", table=wish.table, topic=wish.topic)
    if wish.kind == Kind.STATION and len(wish.people) > 1:
        return say("Table %(table)d is about “%(topic)s”; %(names)s stay there.", table=wish.table, topic=wish.topic, names=names)
    if wish.kind == Kind.STATION:
        return say("Table %(table)d is about “%(topic)s”; %(names)s stays there.", table=wish.table, topic=wish.topic, names=names)
    if wish.kind == Kind.SEATS:
        return say("Table %(table)d seats up to %(seats)d.", table=wish.table, seats=wish.seats)
    if wish.kind == Kind.LEVEL:
        return say("Table %(table)d is step-free.", table=wish.table)
    if wish.round:
        return say("Table %(table)d is closed in round %(round)d.", table=wish.table, round=wish.round)
    return say("Table %(table)d is closed.", table=wish.table)


def listed(names: Sequence[object]) -> Sentence:
    """Names as one says them.

    >>> print(listed(["Ana", "Ben", "Cleo"]))
    Ana, Ben and Cleo
    """
    if len(names) < 2:
        return say("%(name)s", name=next(iter(names), ""))
    return say("%(some)s and %(last)s", some=", ".join(map(str, names[:-1])), last=names[-1])
