"""From people and wishes to the problem the engine solves, and the wishes that cannot even be put to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import combinations

from scheduler.core.pairing.clashes import Clash, clashes
from scheduler.core.pairing.plan import pair
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.room import Known, room, table_id, tables_needed
from scheduler.core.pairing.seating import BySize, ByTables, Seating, TwoLines
from scheduler.core.pairing.wishes import ABOUT_TABLES, Kind, Wish, sentence
from scheduler.core.refusal import Sentence, count, say
from scheduler.core.text import folded


@dataclass(frozen=True)
class Frame:
    """How a meetup talks: its rounds and format (pairs, tables, stations, lines). `stays`: the role that keeps its places in two
    lines. `role_mix`: how much it counts that roles mix."""

    rounds: int
    format: str = "tables"
    size: int = 4
    stays: str = "student"
    company: bool = True
    role_mix: int = 1

    @property
    def in_pairs(self) -> bool:
        return self.format in ("pairs", "lines")

    @property
    def may_have_company(self) -> bool:
        """Whether students can have company: at tables of three or more; in pairs one student and one adult talk (rule 3)."""
        return self.format == "stations" or (self.format == "tables" and self.size >= 3)

    @property
    def has_company(self) -> bool:
        return self.company and self.may_have_company


@dataclass(frozen=True)
class Asked:
    """What is asked of the engine, and every clash that can be seen before it begins."""

    problem: Problem
    clashes: tuple[Clash, ...]


def ask(people: Sequence[Participant], wishes: Sequence[Wish], frame: Frame) -> Asked:
    """The problem of these people and wishes. What cannot be put to the engine is a clash, and the rest is asked without it.

    >>> people = [Participant(id, name=id.title()) for id in ("ana", "ben", "cleo", "dan")]
    >>> asked = ask(people, [Wish(Kind.APART, ("ana", "ben")), Wish(Kind.TOGETHER, ("ana", "ben"))], Frame(1, "pairs"))
    >>> print(asked.clashes[0])
    Ana and Ben are both kept apart and kept together. Take one of the two wishes away.
    """
    asking = _Asking(people, wishes, frame)
    problem = asking.problem()
    return Asked(problem, (*asking.clashes, *clashes(problem)))


def behind(clash: Clash, wishes: Sequence[Wish]) -> list[Wish]:
    """The wishes that a clash may be about: those that name its people, or close a table where these place somebody, in its round.

    >>> wishes = [Wish(Kind.APART, ("ana", "ben", "cleo")), Wish(Kind.AWAY, ("dan",), 1)]
    >>> [wish.kind.value for wish in behind(Clash(say("No."), ("ana", "ben")), wishes)]
    ['apart']
    """
    there = set(clash.people)
    found = [wish for wish in wishes if len(there & set(wish.people)) >= min(2, len(wish.people)) > 0]
    about = {wish for wish in found if wish.kind not in (Kind.OFFERS, Kind.ASKS, Kind.STAYS)}
    tables = {wish.table for wish in about}
    about |= {wish for wish in wishes if wish.kind == Kind.CLOSED and wish.table in tables}
    return [wish for wish in wishes if wish in about and (clash.round is None or wish.round in (None, clash.round + 1))]


class _Asking:
    """Sorts the wishes of people who are on the list."""

    def __init__(self, people: Sequence[Participant], wishes: Sequence[Wish], frame: Frame) -> None:
        self.people, self.frame = people, frame
        self.names = {person.id: person.name or person.id for person in people}
        self.clashes: list[Clash] = []
        self.wishes = [wish for wish in map(self._of_those_here, wishes) if wish is not None and self._is_in_time(wish)]
        self.clashes += [*self._tables_in_vain(), *self._wrong_stations(), *self._two_places()]

    def _of_those_here(self, wish: Wish) -> Wish | None:
        """A wish less the people who have left the list; None where nothing is left of it."""
        here = tuple(dict.fromkeys(id for id in wish.people if id in self.names))
        least = {Kind.APART: 2, Kind.TOGETHER: 2}.get(wish.kind, 0 if wish.kind in ABOUT_TABLES else 1)
        return replace(wish, people=here) if len(here) >= least else None

    def _is_in_time(self, wish: Wish) -> bool:
        if wish.round is None or wish.round <= self.frame.rounds:
            return True
        there = count(self.frame.rounds, "there is only %(n)d round", "there are only %(n)d rounds")
        said = sentence(wish, self.names.__getitem__)
        self.clashes.append(
            Clash(say("%(wish)s But %(there)s. Take the wish away, or plan more rounds.", wish=said, there=there), wish.people)
        )
        return False

    def of(self, *kinds: Kind) -> list[Wish]:
        return [wish for wish in self.wishes if wish.kind in kinds]

    @cached_property
    def has_tables(self) -> bool:
        return self.frame.format in ("tables", "stations")

    def _tables_in_vain(self) -> Iterator[Clash]:
        """Wishes about tables of which the format knows nothing."""
        told = [wish for wish in self.of(*ABOUT_TABLES) if not self.has_tables]
        if told:
            which = reduce(_then, [sentence(wish, self.names.__getitem__) for wish in told])
            text = "Pairs and two lines know no numbered tables. Choose tables or stations, or take these wishes away: %(wishes)s"
            yield Clash(say(text, wishes=which))
        self.wishes = [wish for wish in self.wishes if wish not in told]

    def _two_places(self) -> Iterator[Clash]:
        """One person who is to sit at two tables in one round; the first wish is asked for, so that more clashes can be found."""
        self.pinned: dict[tuple[str, int], int] = {}
        told: set[tuple[str, int, int]] = set()
        for wish in self.of(Kind.STATION, Kind.PIN):
            for person in wish.people:
                for number in range(self.frame.rounds) if wish.round is None else [wish.round - 1]:
                    table = self.pinned.setdefault((person, number), wish.table or 0)
                    if table != wish.table and (found := (person, table, wish.table or 0)) not in told:
                        told.add(found)
                        yield self._torn(person, table, wish, number)

    def _torn(self, person: str, table: int, wish: Wish, number: int) -> Clash:
        facts = {"person": self.names[person], "one": table, "other": wish.table, "round": number + 1}
        said = say("%(person)s is to sit at table %(one)d and at table %(other)d in round %(round)d. Take one wish away.", **facts)
        return Clash(said, (person,), number)

    def _wrong_stations(self) -> Iterator[Clash]:
        for wish in self.of(Kind.STATION):
            if not wish.people:
                facts = {"table": wish.table, "topic": wish.topic}
                yield Clash(say("Nobody stays at table %(table)d, “%(topic)s”. Say who does, or take the station away.", **facts))
            elif wish.table not in self.numbers:
                last = max(self.numbers, default=0)
                facts = {"table": wish.table, "last": last}
                yield Clash(
                    say("There is no table %(table)d for a station: the last one is %(last)d. Choose another.", **facts), wish.people
                )
        self.wishes = [wish for wish in self.wishes if wish.kind != Kind.STATION or wish.table in self.numbers]
        if self.frame.format == "stations" and len(self.of(Kind.STATION)) < 2:
            yield Clash(say("Stations need at least 2 tables with a topic and somebody who stays. Add a station, or choose tables."))

    @cached_property
    def present(self) -> dict[str, frozenset[int]]:
        away: defaultdict[str, set[int]] = defaultdict(set)
        for wish in self.of(Kind.AWAY):
            away[wish.people[0]].add((wish.round or 1) - 1)
        return {person.id: frozenset(range(self.frame.rounds)) - away[person.id] for person in self.people}

    @cached_property
    def a_round(self) -> list[int]:
        """How many people are there in each round."""
        return [sum(1 for rounds in self.present.values() if number in rounds) for number in range(self.frame.rounds)]

    @cached_property
    def known(self) -> Known:
        closed: defaultdict[int, set[int]] = defaultdict(set)
        for wish in self.of(Kind.CLOSED):
            closed[wish.table or 0].update(range(self.frame.rounds) if wish.round is None else [wish.round - 1])
        return Known(
            closed={table: frozenset(rounds) for table, rounds in closed.items()},
            seats={wish.table or 0: wish.seats or 0 for wish in self.of(Kind.SEATS)},
            level=frozenset(wish.table or 0 for wish in self.of(Kind.LEVEL)),
            topics={wish.table or 0: folded(wish.topic) for wish in self.of(Kind.STATION)},
        )

    @cached_property
    def numbers(self) -> list[int]:
        """The tables that stand in the room."""
        if self.frame.format == "stations":
            return sorted(wish.table or 0 for wish in self.of(Kind.STATION))
        return tables_needed(self.a_round, self.frame.size, self.known) if self.has_tables else []

    @cached_property
    def seating(self) -> Seating:
        if self.frame.format == "lines":
            return TwoLines(self.frame.stays)
        if self.frame.format == "stations" and self.numbers:
            return room(self.numbers, self.a_round, self.known)
        if self.frame.format == "tables" and self.numbers and not self.known.nothing:
            return room(self.numbers, self.a_round, self.known, size=self.frame.size)
        return BySize(2 if self.frame.in_pairs else self.frame.size)

    def problem(self) -> Problem:
        there = {(person, number): table for (person, number), table in self.pinned.items() if number in self.present[person]}
        return Problem(
            tuple(map(self._participant, self.people)), rounds=self.frame.rounds, seating=self.seating,
            keep_apart=frozenset(pair(a, b) for wish in self.of(Kind.APART) for a, b in combinations(wish.people, 2)),
            keep_together=tuple(self._together()),
            pins=tuple(Pin(person, number, table_id(table)) for (person, number), table in there.items() if self._is_pin(person, number)),
            students_have_company=self.frame.has_company, distinct_tables=self.frame.format == "stations", role_mix=self.frame.role_mix,
        )  # fmt: skip

    def _together(self) -> Iterator[Together]:
        for wish in self.of(Kind.TOGETHER):
            for a, b in combinations(wish.people, 2):
                yield Together(pair(a, b), None if wish.round is None else wish.round - 1)

    @cached_property
    def stations(self) -> dict[str, int]:
        """Where somebody stays throughout."""
        return {person: wish.table or 0 for wish in reversed(self.of(Kind.STATION)) for person in wish.people}

    def _is_pin(self, person: str, number: int) -> bool:
        """Whether it takes a pin to bring somebody to their table: a station brings its people by itself."""
        return person not in self.stations

    @cached_property
    def by_person(self) -> dict[str, list[Wish]]:
        found: defaultdict[str, list[Wish]] = defaultdict(list)
        for wish in self.wishes:
            for person in wish.people:
                found[person].append(wish)
        return {person.id: found[person.id] for person in self.people}

    def _participant(self, person: Participant) -> Participant:
        mine = self.by_person[person.id]
        kinds = {wish.kind for wish in mine}
        throughout = len(self.present[person.id]) == self.frame.rounds
        return replace(
            person, present=None if throughout else self.present[person.id], mobility=person.mobility or Kind.STAYS in kinds,
            step_free=self._has_steps and (person.step_free or Kind.STEP_FREE in kinds),
            station=table_id(self.stations[person.id]) if person.id in self.stations else None,
            offers=person.offers | _topics(mine, Kind.OFFERS), wants=person.wants | _topics(mine, Kind.ASKS),
        )  # fmt: skip

    @cached_property
    def _has_steps(self) -> bool:
        """Whether some table cannot be reached without a step: only then does the engine hear who needs that."""
        return isinstance(self.seating, ByTables) and any(not table.step_free for table in self.seating.tables)


def _then(one: Sentence, other: Sentence) -> Sentence:
    return say("%(one)s %(other)s", one=one, other=other)


def _topics(wishes: Sequence[Wish], kind: Kind) -> frozenset[str]:
    return frozenset(folded(wish.topic) for wish in wishes if wish.kind == kind)
