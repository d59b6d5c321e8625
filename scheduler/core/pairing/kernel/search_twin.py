"""The search of search.c in plain Python: what the tests compare it with, and what runs where WebAssembly does not."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import combinations

from scheduler.core.pairing.kernel.chance import Chance
from scheduler.core.pairing.kernel.layout import APART, MOST_MEETINGS, SAME_SCHOOL, SITS_OUT, TRIO, Counts, Layout, Prices, TableSeats


@dataclass(slots=True)
class Tally:
    """What is counted: cases, and in `wishes` the soft prices of pairs and of tables."""

    apart: int = 0
    forbidden: int = 0
    lonely: int = 0
    repeats: int = 0
    spread: int = 0
    same_school: int = 0
    changed: int = 0
    wishes: int = 0
    moves: int = 0
    trios: int = 0
    byes: int = 0
    visits: int = 0

    def copy(self) -> Tally:
        return Tally(*(getattr(self, name) for name in Tally.__slots__))

    def add(self, more: Tally) -> None:
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(more, name))

    def counts(self, prices: Prices) -> Counts:
        broken = self.apart + self.forbidden + self.lonely
        return Counts(broken, self.repeats, self.spread, self.same_school, self.changed, self.soft(prices))

    def soft(self, prices: Prices) -> int:
        return self.wishes + prices.move * self.moves + prices.trio * self.trios + prices.bye * self.byes + prices.visit * self.visits

    def price_beyond_pairs(self, prices: Prices) -> int:
        return APART * self.forbidden + prices.lonely * self.lonely + prices.changed * self.changed + self.soft(prices)


class TwinSearch:
    """A search with the functions and the steps of search.c. Raises ValueError for impossible seats."""

    def __init__(self, layout: Layout, seats: array[int], seed: int) -> None:
        layout.check_seats(seats)
        self._layout = layout
        self._chance = Chance(seed)
        n = layout.people
        self._price = [list(layout.price[a * n : (a + 1) * n]) for a in range(n)]
        self._met = [bytearray(layout.met[a * n : (a + 1) * n]) for a in range(n)]
        self.prices(Prices())
        self._fill_seats(seats)
        self._begin_best()

    def prices(self, prices: Prices) -> None:
        self._prices = prices
        self._meeting = [0, 0, *(prices.repeat + prices.spread * k for k in range(MOST_MEETINGS - 1))]

    def anneal(self, steps: int, heat: int) -> None:
        below, movable, table_of = self._chance.below, self._movable, self._table_of
        for _ in range(steps if movable else 0):
            seat_i = movable[below(len(movable))]
            in_round = self._movable_in[table_of[seat_i].round]
            seat_j = in_round[below(len(in_round))]
            if table_of[seat_i] is not table_of[seat_j]:
                self._attempt(seat_i, seat_j, heat)

    def relabel(self, steps: int, heat: int) -> None:
        people, first, size = self._layout.traders
        for _ in range(steps if people else 0):
            k = self._chance.below(len(people))
            i, j = people[k], people[first[k] + self._chance.below(size[k])]
            if i != j:
                if self._chance.accepts(self._trade(i, j), heat):
                    self._look(self._trading_seats(i, j))
                else:
                    self._trade(i, j)

    def load(self, seats: array[int], forget: bool = False) -> None:
        self._layout.check_seats(seats)
        self._copy_best()
        for table in self._layout.tables:
            for a, b in combinations(self._person[table.first : table.end], 2):
                self._part(a, b)
        self._fill_seats(seats)
        if forget or self.current_counts < self.counts:
            self._begin_best()

    @property
    def counts(self) -> Counts:
        return self._best.counts(self._prices)

    def best_seats(self) -> array[int]:
        return array("i", self._person if self._best_is_here else self._best_person)

    @property
    def current_counts(self) -> Counts:
        return self._tally.counts(self._prices)

    def current_seats(self) -> array[int]:
        return array("i", self._person)

    # Pairs

    def _count_meeting(self, a: int, b: int, sign: int) -> None:
        tally, price, met = self._tally, self._price[a][b], self._met[a][b]
        same_school = self._layout.school[a] == self._layout.school[b]
        if price >= APART:
            tally.apart += sign
        else:
            tally.wishes += sign * (price - SAME_SCHOOL * same_school)
        tally.same_school += sign * same_school
        tally.repeats += sign * (met > 0)
        tally.spread += sign * met

    def _meet(self, a: int, b: int) -> None:
        self._count_meeting(a, b, 1)
        self._met[a][b] += 1
        self._met[b][a] += 1

    def _part(self, a: int, b: int) -> None:
        self._met[a][b] -= 1
        self._met[b][a] -= 1
        self._count_meeting(a, b, -1)

    def _price_pairs(self, i: int, j: int, here: TableSeats, there: TableSeats) -> int:
        """What a swap costs for all pairs; the two themselves are among their mates, and met nobody less by that."""
        person, meeting = self._person, self._meeting
        price_i, price_j, met_i, met_j = self._price[i], self._price[j], self._met[i], self._met[j]
        price = -2 * (price_i[j] + meeting[met_i[j] + 1])
        for mate in person[here.first : here.end]:
            price += price_j[mate] + meeting[met_j[mate] + 1] - price_i[mate] - meeting[met_i[mate]]
        for mate in person[there.first : there.end]:
            price += price_i[mate] + meeting[met_i[mate] + 1] - price_j[mate] - meeting[met_j[mate]]
        return price

    # Everything but pairs

    def _count_turn(self, tally: Tally, person: int, table: TableSeats, sign: int) -> None:
        own = sign < 0
        if table.kind == TRIO:
            tally.trios += sign * (self._trios[person] - own)
        if table.kind == SITS_OUT:
            tally.byes += sign * (self._byes[person] - own)

    def _count_place(self, tally: Tally, person: int, table: TableSeats, sign: int) -> None:
        layout = self._layout
        if layout.taste:
            price = layout.taste[person * layout.ids + table.id]
            if price >= APART:
                tally.forbidden += sign
            else:
                tally.wishes += sign * price
        if layout.announced:
            announced = layout.announced[table.round * layout.people + person]
            tally.changed += sign * (announced >= 0 and announced != table.id)
        if layout.rotator and layout.rotator[person] and table.kind != SITS_OUT:
            tally.visits += sign * (self._visits[person][table.id] > (sign < 0))

    def _remember_place(self, person: int, table: TableSeats, sign: int) -> None:
        self._trios[person] += sign * (table.kind == TRIO)
        self._byes[person] += sign * (table.kind == SITS_OUT)
        self._visits[person][table.id] += sign * (table.kind != SITS_OUT)

    def _id_in(self, person: int, round: int) -> int:
        """The id of the table where a person sits in a round; -1 when absent or without a table."""
        seat = self._seat[round][person]
        if seat < 0 or self._table_of[seat].kind == SITS_OUT:
            return -1
        return self._table_of[seat].id

    def _id_before(self, person: int, round: int) -> int:
        came_from = self._layout.came_from[person] if self._layout.came_from else -1
        return next((id for r in reversed(range(round)) if (id := self._id_in(person, r)) >= 0), came_from)

    def _id_after(self, person: int, round: int) -> int:
        return next((id for r in range(round + 1, len(self._seat)) if (id := self._id_in(person, r)) >= 0), -1)

    def _moves_around(self, person: int, table: TableSeats) -> int:
        before, after = self._id_before(person, table.round), self._id_after(person, table.round)
        if table.kind == SITS_OUT:
            return _is_move(before, after)
        return _is_move(before, table.id) + _is_move(table.id, after)

    def _lonely_at(self, people: list[int]) -> int:
        student, school = self._layout.student, self._layout.school
        students = [person for person in people if student and student[person]]
        return int(len(students) == 1 and sum(school[person] == school[students[0]] for person in people) == 1)

    def _count_change(self, tally: Tally, person: int, from_: TableSeats, to: TableSeats) -> None:
        if from_.kind != to.kind:
            self._count_turn(tally, person, from_, -1)
            self._count_turn(tally, person, to, 1)
        if self._layout.particular[person]:
            self._count_place(tally, person, from_, -1)
            self._count_place(tally, person, to, 1)
            if self._layout.mobile and self._layout.mobile[person]:
                tally.moves += self._moves_around(person, to) - self._moves_around(person, from_)

    def _count_beyond_pairs(self, i: int, j: int, here: TableSeats, there: TableSeats) -> Tally:
        tally = Tally()
        self._count_change(tally, i, here, there)
        self._count_change(tally, j, there, here)
        if self._layout.student:
            for table, leaves, comes in ((here, i, j), (there, j, i)):
                if table.kind != SITS_OUT:
                    people = self._person[table.first : table.end]
                    after = [comes if person == leaves else person for person in people]
                    tally.lonely += self._lonely_at(after) - self._lonely_at(people)
        return tally

    # The best plan

    def _begin_best(self) -> None:
        self._best = self._tally.copy()
        self._best_is_here = True

    def _copy_best(self) -> None:
        if self._best_is_here:
            self._best_person = self._person[:]
            self._best_is_here = False

    def _look(self, swapped: list[tuple[int, int]]) -> None:
        """After a change. The best plan is copied only when it is left behind, and then without the seats just swapped."""
        now, best = self.current_counts, self.counts
        if now < best:
            self._begin_best()
        elif now > best and self._best_is_here:
            self._copy_best()
            for seat_i, seat_j in swapped:
                self._best_person[seat_i], self._best_person[seat_j] = self._person[seat_j], self._person[seat_i]

    # Swaps

    def _attempt(self, seat_i: int, seat_j: int, heat: int) -> None:
        i, j, here, there = self._person[seat_i], self._person[seat_j], self._table_of[seat_i], self._table_of[seat_j]
        price, beyond_pairs = self._price_pairs(i, j, here, there), None
        if not self._layout.pairs_only:
            beyond_pairs = self._count_beyond_pairs(i, j, here, there)
            price += beyond_pairs.price_beyond_pairs(self._prices)
        if self._chance.accepts(price, heat):
            self._swap(seat_i, seat_j, beyond_pairs)
            self._look([(seat_i, seat_j)])

    def _swap(self, seat_i: int, seat_j: int, beyond_pairs: Tally | None) -> None:
        i, j, here, there = self._person[seat_i], self._person[seat_j], self._table_of[seat_i], self._table_of[seat_j]
        self._exchange_mates(here, i, j)
        self._exchange_mates(there, j, i)
        if beyond_pairs:
            self._tally.add(beyond_pairs)
        self._remember_place(i, here, -1)
        self._remember_place(j, there, -1)
        self._sit_down(i, seat_j)
        self._sit_down(j, seat_i)

    def _exchange_mates(self, table: TableSeats, leaves: int, comes: int) -> None:
        for mate in self._person[table.first : table.end]:
            if mate != leaves:
                self._part(leaves, mate)
                self._meet(comes, mate)

    def _sit_down(self, person: int, seat: int) -> None:
        table = self._table_of[seat]
        self._person[seat] = person
        self._seat[table.round][person] = seat
        self._remember_place(person, table, 1)

    # Trading all seats

    def _trading_seats(self, i: int, j: int) -> list[tuple[int, int]]:
        """The seats of two people in the rounds in which they sit at different tables."""
        seats = ((where[i], where[j]) for where in self._seat)
        return [(a, b) for a, b in seats if a >= 0 and b >= 0 and self._table_of[a] is not self._table_of[b]]

    def _trade(self, i: int, j: int) -> int:
        price = 0
        for seat_i, seat_j in self._trading_seats(i, j):
            here, there = self._table_of[seat_i], self._table_of[seat_j]
            beyond_pairs = self._count_beyond_pairs(i, j, here, there)
            price += self._price_pairs(i, j, here, there) + beyond_pairs.price_beyond_pairs(self._prices)
            self._swap(seat_i, seat_j, beyond_pairs)
        return price

    # Seating everybody

    def _fill_seats(self, people: array[int]) -> None:
        layout = self._layout
        self._tally = Tally()
        self._table_of = [layout.tables[t] for t in layout.table_of]
        self._person = [-1] * layout.seats
        self._seat = [[-1] * layout.people for _ in layout.rounds]
        self._trios = bytearray(layout.people)
        self._byes = bytearray(layout.sat_out or layout.people)
        self._visits = [bytearray(layout.ids) for _ in range(layout.people)]
        for table in layout.tables:
            self._fill_table(table, people)
        for person in range(layout.people):
            if layout.mobile and layout.mobile[person]:
                self._tally.moves += sum(_is_move(self._id_before(person, r), self._id_in(person, r)) for r in range(len(layout.rounds)))
        self._list_movable()

    def _fill_table(self, table: TableSeats, people: array[int]) -> None:
        for seat in range(table.first, table.end):
            self._count_turn(self._tally, people[seat], table, 1)
            self._count_place(self._tally, people[seat], table, 1)
            self._sit_down(people[seat], seat)
        members = self._person[table.first : table.end]
        for a, b in combinations(members, 2):
            self._meet(a, b)
        if self._layout.student and table.kind != SITS_OUT:
            self._tally.lonely += self._lonely_at(members)

    def _list_movable(self) -> None:
        held, n = self._layout.held, self._layout.people
        self._movable_in: list[list[int]] = [[] for _ in self._layout.rounds]
        for seat, person in enumerate(self._person):
            round = self._table_of[seat].round
            if not held[round * n + person]:
                self._movable_in[round].append(seat)
        self._movable = [seat for part in self._movable_in for seat in part]


def _is_move(from_: int, to: int) -> bool:
    return from_ >= 0 and to >= 0 and from_ != to
