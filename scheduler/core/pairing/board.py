"""The seats of all free rounds while a plan is being made: people and tables as numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from scheduler.core.pairing.design import Design
from scheduler.core.pairing.kernel.matching import assigned
from scheduler.core.pairing.plan import Pair, Plan, Round, Table
from scheduler.core.pairing.problem import Problem

TRIES = 30
MOST_NAMES = 150
"""Tables of a round whose names are given anew; naming more takes longer than it helps."""

Seats = list[list[list[int]]]


class Board:
    """Who sits where: `seats[r][t]` are the people at table t of the r-th free round, `sits_out[r]` those without a table.

    People in `held[r]` do not move in that round: hosts, pinned people, pairs seated together on purpose.
    `allowed[r]` names the tables of people who may not sit anywhere.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.number = {id: number for number, id in enumerate(problem.ids)}
        self.seats: Seats = []
        self.sits_out: list[list[int]] = []
        self.held: list[set[int]] = []
        self.allowed = [self._allowed(round) for round in problem.free_rounds]

    def _allowed(self, round: int) -> dict[int, set[int]]:
        names = {table.id: t for t, table in enumerate(self.problem.shape[round].tables)}
        limits = {id: self.problem.tables_for(id, round) for id in self.problem.roster[round]}
        return {self.number[id]: {names[name] for name in tables} for id, tables in limits.items() if tables is not None}

    def copy_seats(self) -> Seats:
        return [[list(table) for table in round] for round in self.seats]

    def plan(self) -> Plan:
        """The plan these seats make, frozen rounds included, with tables named so that few people who should stay have to move."""
        rounds = {**self.problem.played}
        last: dict[int, str] = {}
        for number in range(self.problem.rounds):
            if number in rounds:
                last.update({self.number[id]: table.id for id, table in rounds[number].table_of.items() if id in self.number})
            else:
                rounds[number] = self._round(number, last)
        return Plan(tuple(rounds[number] for number in sorted(rounds)), self.problem.name)

    def _round(self, number: int, last: dict[int, str]) -> Round:
        r = self.problem.free_rounds.index(number)
        names = self._names(r, last)
        last.update({person: names[t] for t, people in enumerate(self.seats[r]) for person in people})
        ids = self.problem.ids
        tables = [Table(name, tuple(ids[i] for i in people)) for name, people in zip(names, self.seats[r], strict=True) if people]
        order = {table.id: t for t, table in enumerate(self.problem.shape[number].tables)}
        tables.sort(key=lambda table: order[table.id])
        return Round(number, tuple(tables), tuple(ids[i] for i in self.sits_out[r]))

    def _names(self, r: int, last: Mapping[int, str]) -> list[str]:
        """Swap the names of like tables so that people who should not move find their last table's name again."""
        tables = list(self.problem.shape[self.problem.free_rounds[r]].tables)
        tied = {t for t, people in enumerate(self.seats[r]) if any(person in self.allowed[r] for person in people)}
        for t, person in self._stayers(r):
            wanted = next((u for u, table in enumerate(tables) if table.id == last.get(person)), t)
            if not {t, wanted} & tied and (tables[t].least, tables[t].most) == (tables[wanted].least, tables[wanted].most):
                tables[t], tables[wanted] = tables[wanted], tables[t]
                tied.add(t)
        names = [table.id for table in tables]
        return self._as_announced(r, names, tied) if self.problem.announced else names

    def _as_announced(self, r: int, names: list[str], tied: set[int]) -> list[str]:
        """Names of tables at which nobody is tied, given anew so that as many people as can be find the one they were told."""
        number = self.problem.free_rounds[r]
        free = [t for t in range(len(names)) if t not in tied]
        if not self.problem.shape[number].free_sizes or not 1 < len(free) <= MOST_NAMES:
            return names
        ids, told = self.problem.ids, self.problem.known_seats
        here = [Counter(told.get((ids[person], number)) for person in self.seats[r][t]) for t in free]
        found = assigned([[at[names[u]] for u in free] for at in here])
        given = list(names)
        for t, u in zip(free, found, strict=True):
            given[t] = names[free[u]]
        return given

    def _stayers(self, r: int) -> list[tuple[int, int]]:
        """(table, person) of everybody who should change tables as rarely as possible, and of the line that stays."""
        stays = [person.mobility or self.problem.line(person.id) for person in self.problem.participants]
        return [(t, person) for t, table in enumerate(self.seats[r]) for person in table if stays[person]]


def from_design(problem: Problem, design: Design, order: Iterable[int]) -> Board:
    """Seat people in the slots of a design: slot s is taken by the s-th person of `order`."""
    board = Board(problem)
    person = list(order)
    for round in design:
        tables = [[person[slot] for slot in table] for table in round]
        board.seats.append([table for table in tables if len(table) > 1])
        board.sits_out.append([person[slot] for table in round if len(table) == 1 for slot in table])
        board.held.append(set())
    return board


def by_chance(problem: Problem, chance: Random, like: Plan | None = None, first: Board | None = None) -> Board:
    """Seat everybody: wishes and pins first, the others by chance, or where they sit in the plan `like`.

    Who sits out is chosen here: never twice running, then whoever sat out least. `first` gives rounds that are ready.
    """
    board = first or Board(problem)
    ready = len(board.seats)
    wishes = _wishes_by_round(problem, chance)
    sitting = _choose_sitting(problem, wishes, chance)
    for r, number in enumerate(problem.free_rounds[ready:], start=ready):
        prefer = {} if like is None else _table_numbers(problem, number, like)
        out = [board.number[id] for id in sitting[number]]
        pairs = [(board.number[a], board.number[b]) for a, b in wishes[number]]
        seats, held = _seat_round(board, r, _blocks(board, number, out, pairs), prefer, chance)
        board.seats.append(seats)
        board.held.append(held)
        board.sits_out.append(out)
    return board


def _wishes_by_round(problem: Problem, chance: Random) -> Mapping[int, list[Pair]]:
    """Give every keep-together wish a round: its own, or one where both are there and few wishes touch the two."""
    wishes: defaultdict[int, list[Pair]] = defaultdict(list)
    played = {people for round in problem.frozen for people in round.pairings()}
    for wish in sorted(problem.keep_together, key=lambda wish: wish.round is None):
        if wish.round is not None:
            wishes[wish.round].append(wish.pair)
        elif wish.pair not in played:
            both = problem.present[wish.pair[0]] & problem.present[wish.pair[1]]
            free = [number for number in problem.free_rounds if number in both]
            busy = {number: sum(1 for people in wishes[number] if set(people) & set(wish.pair)) for number in free}
            if free:
                wishes[min(free, key=lambda number: (busy[number], len(wishes[number]), chance.random()))].append(wish.pair)
    return wishes


def _choose_sitting(problem: Problem, wishes: Mapping[int, list[Pair]], chance: Random) -> Mapping[int, list[str]]:
    times = Counter({person.id: person.sat_out for person in problem.participants})
    before: set[str] = set()
    sitting: dict[int, list[str]] = {}
    for number in range(problem.rounds):
        if number in problem.played:
            sitting[number] = list(problem.played[number].sits_out)
        else:
            needed = {id for people in wishes[number] for id in people}
            able = [id for id in _longer_line(problem, number) if (id, number) not in problem.pinned]
            turn = {id: (id in needed, id in before, times[id], chance.random()) for id in able}
            sitting[number] = sorted(able, key=turn.__getitem__)[: problem.shape[number].sits_out]
        times.update(sitting[number])
        before = set(sitting[number])
    return sitting


def _longer_line(problem: Problem, number: int) -> Sequence[str]:
    """Who may have to sit out: in two lines the people of the longer one, else everybody."""
    lines = {line: [id for id in problem.roster[number] if problem.line(id) is line] for line in (True, False)}
    longer = max(lines.values(), key=len)
    return longer or problem.roster[number]


def _table_numbers(problem: Problem, number: int, plan: Plan) -> dict[int, int]:
    """At which table of this round each person sits in another plan."""
    names = {table.id: t for t, table in enumerate(problem.shape[number].tables)}
    seats = plan.by_number[number].table_of if number in plan.by_number else {}
    return {i: names[seats[id].id] for i, id in enumerate(problem.ids) if id in seats and seats[id].id in names}


def _blocks(board: Board, number: int, out: list[int], wishes: list[tuple[int, int]]) -> list[list[int]]:
    """People who must share a table in this round, wish by wish; everybody else alone."""
    people = [board.number[id] for id in board.problem.roster[number]]
    block = {person: [person] for person in people if person not in out}
    for a, b in wishes:
        if a in block and b in block and block[a] is not block[b]:
            block[a].extend(block[b])
            block.update(dict.fromkeys(block[b], block[a]))
    return list({id(members): members for members in block.values()}.values())


def _seat_round(
    board: Board, r: int, blocks: list[list[int]], prefer: Mapping[int, int], chance: Random
) -> tuple[list[list[int]], set[int]]:
    """Seat the bound blocks first, trying again when one finds no table, then everybody else."""
    sizes = board.problem.shape[board.problem.free_rounds[r]].sizes
    bound = [block for block in blocks if len(block) > 1 or block[0] in board.allowed[r]]
    singles = [block[0] for block in blocks if len(block) == 1 and block[0] not in board.allowed[r]]
    for _ in range(TRIES):
        tables: list[list[int]] = [[] for _ in sizes]
        lost = _seat_bound(board, r, bound, tables, chance)
        if not lost and not any(_apart(board, table) for table in tables):
            break
    _seat_singles(board, [*singles, *lost], sizes, tables, prefer, chance)
    allowed = board.allowed[r]
    held = {person for block in bound for person in block if len(block) > 1 or len(allowed[person]) == 1}
    return tables, held


def _seat_bound(board: Board, r: int, bound: list[list[int]], tables: list[list[int]], chance: Random) -> list[int]:
    """Seat blocks with few possible tables first; gives back the people of blocks that fit nowhere."""
    sizes = board.problem.shape[board.problem.free_rounds[r]].sizes
    every = set(range(len(tables)))
    choice = {block[0]: every.intersection(*(board.allowed[r].get(person, every) for person in block)) for block in bound}
    lost: list[int] = []
    for block in sorted(bound, key=lambda block: (len(choice[block[0]]), -len(block), chance.random())):
        fits = [t for t in sorted(choice[block[0]]) if len(tables[t]) + len(block) <= sizes[t]]
        good = [t for t in fits if not _apart(board, [*tables[t], *block])]
        if good or fits:
            tables[chance.choice(good or fits)].extend(block)
        else:
            lost.extend(block)
    return lost


def _apart(board: Board, people: list[int]) -> bool:
    """Whether two of these people are to be kept apart."""
    ids = sorted(board.problem.ids[person] for person in people)
    return any((a, b) in board.problem.keep_apart for n, a in enumerate(ids) for b in ids[n + 1 :])


def _seat_singles(
    board: Board, people: list[int], sizes: tuple[int, ...], tables: list[list[int]], prefer: Mapping[int, int], chance: Random
) -> None:
    waiting = []
    for person in people:
        t = prefer.get(person)
        if t is not None and len(tables[t]) < sizes[t]:
            tables[t].append(person)
        else:
            waiting.append(person)
    chance.shuffle(waiting)
    if len(waiting) == 2 * len(tables):  # in two lines one of each
        waiting.sort(key=lambda person: bool(board.problem.line(board.problem.ids[person])))
        waiting = [person for two in zip(waiting[: len(tables)], waiting[len(tables) :], strict=True) for person in two]
    places = [t for t, size in enumerate(sizes) for _ in range(size - len(tables[t]))]
    for t, person in zip(places, waiting, strict=True):
        tables[t].append(person)
