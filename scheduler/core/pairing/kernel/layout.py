"""What a search works on: people, tables and prices as arrays, the same for the kernel and its twin."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import NamedTuple, Protocol

ORDINARY, SITS_OUT, TRIO = range(3)
APART = 20_000
SAME_SCHOOL = 120
MOST_MEETINGS = 256
MOST_PEOPLE = 20_000


class TableShape(NamedTuple):
    """A table of one round: its seats, its identity across the rounds (from 0 on), its kind.

    A seat of somebody who sits out is a table of size 1; such seats may share an id, other tables of a round may not.
    """

    size: int
    id: int
    kind: int = ORDINARY


class TableSeats(NamedTuple):
    """The same table in a layout: its seats are first, first + 1, ... end - 1."""

    first: int
    end: int
    id: int
    round: int
    kind: int


class Traders(NamedTuple):
    """People who may trade all their seats, class by class; where the class of each begins in the list, and its size."""

    people: array[int]
    first: array[int]
    size: array[int]


class Counts(NamedTuple):
    """By these plans are compared, the first number first; smaller is better.

    `broken`: meetings of people to keep apart, people at tables where they may not sit, lonely students. `spread`: each
    meeting counts the earlier ones of the two. `soft`: roles, topics and tastes, and moves, trios, byes and visits by their prices.
    """

    broken: int
    repeats: int
    spread: int
    same_school: int
    changed: int
    soft: int


@dataclass(frozen=True)
class Prices:
    """What a search pays. The k-th meeting of two people, memory included, costs `repeat + spread * (k - 2)` for k >= 2.

    `lonely`: a student without company. `changed`: a seat at another table than announced. `move`: a table change of someone
    mobile. `trio`, `bye`: a turn, for each other one of the same person. `visit`: a rotator's visit to a table beyond the first.
    """

    repeat: int = 0
    spread: int = 0
    lonely: int = 0
    changed: int = 0
    move: int = 0
    trio: int = 0
    bye: int = 0
    visit: int = 0


@dataclass(frozen=True, eq=False)
class Layout:
    """People and tables as numbers. Seats are counted through all rounds: round after round, table after table.

    `price[a * people + b]` ("h"): the price of a meeting, earlier ones aside: 120 within a school, APART to keep apart.
    `met` (bytes, people x people): meetings before the first round. Both are symmetric. `school` ("i"): equal numbers for people
    of one school. `held` (bytes, rounds x people): 1 where somebody does not move. `classes` ("i"): people of one class may trade
    all their seats, because they are present in the same rounds and held in none; -1 takes no part.
    Optional parts, None where nobody asked for them: `student` (bytes): 1 for those who shall have company. `taste` ("h",
    people x ids): the price of a person at a table, APART where they may not sit. `announced` ("i", rounds x people): the id
    that was announced, -1 if none. `mobile` (bytes): 1 for people who should stay; `came_from` ("i"): the id of their last table
    before these rounds, -1 if none. `rotator` (bytes): 1 for people who should visit each table once. `sat_out` (bytes):
    how often each sat out before.
    Raises ValueError when an array has another length or type, when someone meets themselves, when two tables of a round have one id,
    or when somebody who is held belongs to a class.
    """

    people: int
    rounds: tuple[tuple[TableShape, ...], ...]
    price: array[int]
    met: bytearray
    school: array[int]
    held: bytearray
    classes: array[int]
    student: bytearray | None = None
    taste: array[int] | None = None
    announced: array[int] | None = None
    mobile: bytearray | None = None
    came_from: array[int] | None = None
    rotator: bytearray | None = None
    sat_out: bytearray | None = None

    def __post_init__(self) -> None:
        n, rounds = self.people, len(self.rounds)
        if not 1 <= n <= MOST_PEOPLE:
            raise ValueError(f"a search takes from 1 to {MOST_PEOPLE} people")
        self._check(n * n, price="h", met="B")
        self._check(n, school="i", classes="i", student="B", mobile="B", came_from="i", rotator="B", sat_out="B")
        self._check(n * rounds, held="B", announced="i")
        self._check(n * self.ids, taste="h")
        if any(self.price[:: n + 1]) or any(self.met[:: n + 1]):
            raise ValueError("nobody meets themselves")
        for tables in self.rounds:
            if any(times > 1 for times in Counter(table.id for table in tables if table.kind != SITS_OUT).values()):
                raise ValueError("two tables of a round have one id")
        if any(any(self.held[person::n]) for person in self.traders.people):
            raise ValueError("people who are held in a round cannot trade their seats")

    def _check(self, length: int, **kinds: str) -> None:
        for name, kind in kinds.items():
            part = getattr(self, name)
            if part is not None and (len(part) != length or getattr(part, "typecode", "B") != kind):
                raise ValueError(f"{name} is not {length} numbers of the type {kind!r}")

    @cached_property
    def ids(self) -> int:
        """How many tables there are, whether or not they stand in every round."""
        return 1 + max((table.id for tables in self.rounds for table in tables), default=-1)

    @cached_property
    def tables(self) -> tuple[TableSeats, ...]:
        shapes = [(r, table) for r, tables in enumerate(self.rounds) for table in tables]
        ends = accumulate(table.size for _, table in shapes)
        return tuple(TableSeats(end - table.size, end, table.id, r, table.kind) for (r, table), end in zip(shapes, ends, strict=True))

    @cached_property
    def table_of(self) -> array[int]:
        """The table of each seat."""
        return array("I", chain.from_iterable([t] * (table.end - table.first) for t, table in enumerate(self.tables)))

    @property
    def seats(self) -> int:
        return len(self.table_of)

    @cached_property
    def traders(self) -> Traders:
        people = sorted((person for person in range(self.people) if self.classes[person] >= 0), key=lambda person: self.classes[person])
        order = [self.classes[person] for person in people]
        size = Counter(order)
        first = {number: at for at, number in reversed([*enumerate(order)])}
        return Traders(array("I", people), array("I", map(first.__getitem__, order)), array("I", map(size.__getitem__, order)))

    @cached_property
    def particular(self) -> bytearray:
        """1 for people to whom it matters at which table they sit, not only with whom."""
        found = bytearray(self.people)
        for person in range(self.people):
            marks = bool(self.mobile and self.mobile[person]) or bool(self.rotator and self.rotator[person])
            tastes = self.taste is not None and any(self.taste[person * self.ids : (person + 1) * self.ids])
            announced = self.announced is not None and max(self.announced[person :: self.people], default=-1) >= 0
            found[person] = marks or tastes or announced
        return found

    @cached_property
    def pairs_only(self) -> bool:
        """Whether nothing but who sits with whom has a price."""
        extras = (self.student, self.taste, self.announced, self.mobile, self.rotator)
        return all(part is None for part in extras) and all(table.kind == ORDINARY for table in self.tables)

    def check_seats(self, seats: array[int]) -> None:
        """Raises ValueError unless there is one person for each seat, and nobody twice in a round."""
        if len(seats) != self.seats or seats.typecode != "i":
            raise ValueError(f"people on {self.seats} seats are not {self.seats} numbers of the type 'i'")
        taken = {(self.tables[t].round, person) for t, person in zip(self.table_of, seats, strict=True) if 0 <= person < self.people}
        if len(taken) != len(seats):
            raise ValueError("somebody sits twice in a round, or is not on the list")


class Search(Protocol):
    """A search under way. Same layout, seats, seed and calls: same results, with the kernel and with its twin."""

    def prices(self, prices: Prices) -> None:
        """What to pay from now on; nothing costs anything before."""

    def anneal(self, steps: int, heat: int) -> None:
        """Try so many swaps of two people in one round, at a heat in 1/1024 of the unit of prices."""

    def relabel(self, steps: int, heat: int) -> None:
        """Try so many trades: two people of one class exchange their seats in all rounds."""

    def load(self, seats: array[int], forget: bool = False) -> None:
        """Go on from other seats. The best plan so far stays the best unless these are better, or it is to be forgotten."""

    @property
    def counts(self) -> Counts:
        """The counts of the best plan."""

    def best_seats(self) -> array[int]:
        """The people ("i") on the seats of the best plan."""

    @property
    def current_counts(self) -> Counts:
        """The counts of the plan as it is now."""

    def current_seats(self) -> array[int]:
        """The people ("i") on the seats as they are now."""
