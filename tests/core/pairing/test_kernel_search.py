"""The search of the kernel and its twin in Python take the same steps, and what they count is what is there."""

import pathlib
import subprocess
import sys
from array import array
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise
from random import Random

import pytest

from scheduler.core.pairing.kernel import open_search
from scheduler.core.pairing.kernel.layout import APART, ORDINARY, SAME_SCHOOL, SITS_OUT, TRIO, Counts, Layout, Prices, TableShape

ROOT = pathlib.Path(__file__).resolve().parents[3]
HEAT = 1024
KERNELS = ("wasm", "twin")
BOARDS = range(40)
DEAR = Prices(repeat=400, spread=100, lonely=300, changed=50, move=6, trio=40, bye=90, visit=15)


def board(seed: int) -> tuple[Layout, array]:
    """A small layout with gaps in presence, memory and any of the optional parts, and seats for it; all by chance."""
    chance = Random(seed)
    n, rounds, size = chance.randint(2, 13), chance.randint(1, 4), chance.choice((2, 2, 3, 4))
    present = [sorted(chance.sample(range(n), chance.choice((n, max(2, n - 2))))) for _ in range(rounds)]
    tables = tuple(shapes(len(people), size, chance) for people in present)
    ids = 1 + max(table.id for shape in tables for table in shape)
    school = array("i", (chance.randrange(max(2, n // 2)) for _ in range(n)))
    held = bytearray(chance.random() < 0.1 for _ in range(n * rounds))
    optional = {
        "student": bytearray(chance.random() < 0.4 for _ in range(n)),
        "taste": array("h", (chance.choice((0, 0, 0, -3, 9, APART)) for _ in range(n * ids))),
        "announced": array("i", (chance.randrange(-1, ids) for _ in range(n * rounds))),
        "mobile": bytearray(chance.random() < 0.4 for _ in range(n)),
        "came_from": array("i", (chance.randrange(-1, ids) for _ in range(n))),
        "rotator": bytearray(chance.random() < 0.4 for _ in range(n)),
        "sat_out": bytearray(chance.randrange(3) for _ in range(n)),
    }
    layout = Layout(
        n,
        tables,
        square("h", n, lambda a, b: chance.choice((0, 2, -3, 1, APART)) + 120 * (school[a] == school[b])),
        square("B", n, lambda a, b: chance.choice((0, 0, 0, 1, 2))),
        school,
        held,
        array("i", classes(n, present, held)),
        **{name: part for name, part in optional.items() if chance.random() < 0.5},
    )
    return layout, array("i", (person for people in present for person in chance.sample(people, len(people))))


def shapes(people: int, size: int, chance: Random) -> tuple[TableShape, ...]:
    """Tables for a round in any order; of an odd number of people in pairs, three sit together or one sits out."""
    trio = size == 2 and people % 2 and people > 2 and chance.random() < 0.5
    out = size == 2 and people % 2 and not trio
    count = max(1, (people - out) // size)
    sizes = [len(range(t, people - out, count)) for t in range(count)]
    ids = chance.sample(range(count + 1), count)
    tables = [TableShape(size, id, TRIO if trio and size == 3 else ORDINARY) for size, id in zip(sizes, ids, strict=True)]
    return (*tables, *[TableShape(1, count + 1, SITS_OUT)] * out)


def square(kind: str, n: int, entry) -> array | bytearray:
    cells = array(kind, [0]) * (n * n)
    for a, b in combinations(range(n), 2):
        cells[a * n + b] = cells[b * n + a] = entry(a, b)
    return bytearray(cells) if kind == "B" else cells


def classes(n: int, present: list[list[int]], held: bytearray) -> list[int]:
    """The rounds of each person as a number; -1 for those who are held somewhere."""
    there = [sum(1 << r for r, people in enumerate(present) if person in people) for person in range(n)]
    return [-1 if any(held[person::n]) else there[person] for person in range(n)]


def count(layout: Layout, seats: array, prices: Prices) -> Counts:
    """The counts of a plan from their definitions, without any memory of how it came about."""
    tables = [(table, seats[table.first : table.end]) for table in layout.tables]
    parts = (
        count_pairs(layout, tables),
        count_tastes(layout, tables),
        count_turns(layout, tables, prices),
        count_ways(layout, tables, prices),
    )
    return Counts(*map(sum, zip(*parts, strict=True)))


def count_pairs(layout: Layout, tables) -> Counts:
    met = Counter({(a, b): layout.met[a * layout.people + b] for a, b in combinations(range(layout.people), 2)})
    before, apart, same_school, soft = [], 0, 0, 0
    for a, b in (pair for _, people in tables for pair in combinations(sorted(people), 2)):
        before.append(met[a, b])
        met[a, b] += 1
        same_school += (together := layout.school[a] == layout.school[b])
        if (price := layout.price[a * layout.people + b]) >= APART:
            apart += 1
        else:
            soft += price - SAME_SCHOOL * together
    lonely = sum(is_lonely(layout, people) for table, people in tables if layout.student and table.kind != SITS_OUT)
    return Counts(apart + lonely, sum(map(bool, before)), sum(before), same_school, 0, soft)


def is_lonely(layout: Layout, people: array) -> bool:
    students = [person for person in people if layout.student[person]]
    return len(students) == 1 and [layout.school[person] for person in people].count(layout.school[students[0]]) == 1


def count_tastes(layout: Layout, tables) -> Counts:
    places = [(person, table) for table, people in tables for person in people]
    prices = [layout.taste[person * layout.ids + table.id] for person, table in places] if layout.taste else []
    announced = [(layout.announced[table.round * layout.people + person], table.id) for person, table in places] if layout.announced else []
    changed = sum(was not in (-1, is_now) for was, is_now in announced)
    return Counts(sum(price >= APART for price in prices), 0, 0, 0, changed, sum(price for price in prices if price < APART))


def count_turns(layout: Layout, tables, prices: Prices) -> Counts:
    turns = {TRIO: Counter(), SITS_OUT: Counter(dict(enumerate(layout.sat_out or b"")))}
    soft = 0
    for table, people in tables:
        for person in people if table.kind != ORDINARY else ():
            soft += turns[table.kind][person] * (prices.trio if table.kind == TRIO else prices.bye)
            turns[table.kind][person] += 1
    return Counts(0, 0, 0, 0, 0, soft)


def count_ways(layout: Layout, tables, prices: Prices) -> Counts:
    soft = 0
    for person in range(layout.people):
        way = [table.id for table, people in tables if person in people and table.kind != SITS_OUT]
        if layout.rotator and layout.rotator[person]:
            soft += prices.visit * (len(way) - len(set(way)))
        if layout.mobile and layout.mobile[person]:
            start = [layout.came_from[person]] if layout.came_from and layout.came_from[person] >= 0 else []
            soft += prices.move * sum(a != b for a, b in pairwise([*start, *way]))
    return Counts(0, 0, 0, 0, 0, soft)


def state(search) -> tuple:
    return search.current_seats(), search.current_counts, search.best_seats(), search.counts


def plain(n: int, *rounds: tuple[int, ...], **parts) -> Layout:
    """A layout of ordinary tables of these sizes, everybody of a school of their own, and what else is given."""
    shape = tuple(tuple(TableShape(size, id) for id, size in enumerate(sizes)) for sizes in rounds)
    bare = {
        "price": array("h", bytes(2 * n * n)),
        "met": bytearray(n * n),
        "school": array("i", range(n)),
        "held": bytearray(n * len(rounds)),
        "classes": array("i", [0] * n),
    }
    return Layout(n, shape, **{**bare, **parts})


def in_order(layout: Layout) -> array:
    """Everybody in the order of their numbers, in every round."""
    return array("i", [*range(layout.people)] * len(layout.rounds))


def take(search, chance: Random, seats: array) -> None:
    """Any step that a search can take, the same for the same chance."""
    steps, heat = chance.randrange(30), chance.choice((0, 1, 60, 500, 10**6)) * HEAT
    match chance.randrange(6):
        case 0:
            search.prices(Prices(*(chance.randrange(500) for _ in range(8))))
        case 1:
            search.load(seats, forget=bool(steps % 2))
        case 2 | 3:
            search.relabel(steps, heat)
        case _:
            search.anneal(steps, heat)


@pytest.mark.parametrize("seed", BOARDS)
def test_kernel_and_twin_take_the_same_steps(seed):
    layout, seats = board(seed)
    fast, slow = (open_search(layout, seats, seed, kernel) for kernel in KERNELS)

    for turn in range(15):
        take(fast, Random(f"{seed} {turn}"), seats)
        take(slow, Random(f"{seed} {turn}"), seats)

        assert state(fast) == state(slow)


@pytest.mark.parametrize("kernel", KERNELS)
def test_counts_after_any_steps_are_those_of_the_seats(kernel):
    for seed in BOARDS:
        layout, seats = board(seed)
        search = open_search(layout, seats, seed, kernel)
        search.prices(DEAR)
        for steps, heat in ((0, 0), (1, 500), (20, 60), (60, 5)):
            search.anneal(steps, heat * HEAT)
            search.relabel(steps // 4, heat * HEAT)

            assert search.current_counts == count(layout, search.current_seats(), DEAR)
            assert search.counts == count(layout, search.best_seats(), DEAR)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_best_plan_is_the_best_of_all_that_were_passed(kernel):
    for seed in BOARDS:
        layout, seats = board(seed)
        search = open_search(layout, seats, seed, kernel)
        search.prices(DEAR)
        best = count(layout, seats, DEAR)
        for step in range(60):
            (search.relabel if step % 5 == 0 else search.anneal)(1, 200 * HEAT)
            best = min(best, search.current_counts)

            assert search.counts == best


def test_at_no_heat_nothing_gets_dearer():
    for seed in BOARDS:
        layout, seats = board(seed)
        search = open_search(layout, seats, seed)
        search.prices(DEAR)
        dearness = [price(layout, search.current_seats())]
        for _ in range(60):
            search.anneal(1, 0)
            search.relabel(1, 0)
            dearness.append(price(layout, search.current_seats()))

        assert dearness == sorted(dearness, reverse=True)


def price(layout: Layout, seats: array) -> int:
    """All that a plan costs by DEAR."""
    counts = count(layout, seats, DEAR)
    tables = [(table, seats[table.first : table.end]) for table in layout.tables]
    lonely = sum(is_lonely(layout, people) for table, people in tables if layout.student and table.kind != SITS_OUT)
    again = DEAR.repeat * counts.repeats + DEAR.spread * (counts.spread - counts.repeats)
    broken = APART * (counts.broken - lonely) + DEAR.lonely * lonely
    return again + broken + SAME_SCHOOL * counts.same_school + DEAR.changed * counts.changed + counts.soft


@pytest.mark.parametrize("kernel", KERNELS)
def test_who_is_held_stays_and_everybody_keeps_their_rounds(kernel):
    for seed in BOARDS:
        layout, seats = board(seed)
        search = open_search(layout, seats, seed, kernel)
        search.anneal(200, 1000 * HEAT)
        search.relabel(50, 1000 * HEAT)
        after = search.current_seats()

        assert held_seats(layout, after) == held_seats(layout, seats)
        assert rounds_of(layout, after) == rounds_of(layout, seats)


def held_seats(layout: Layout, seats: array) -> dict[int, int]:
    rounds = [layout.tables[t].round for t in layout.table_of]
    return {seat: person for seat, (r, person) in enumerate(zip(rounds, seats, strict=True)) if layout.held[r * layout.people + person]}


def rounds_of(layout: Layout, seats: array) -> list[list[int]]:
    tables = [(layout.tables[t].round, person) for t, person in zip(layout.table_of, seats, strict=True)]
    return [sorted(person for r, person in tables if r == number) for number in range(len(layout.rounds))]


def test_trades_leave_repeats_as_they_are_where_everybody_is_equally_present():
    layout = plain(12, *[(4, 4, 4)] * 5, school=array("i", (person % 4 for person in range(12))))
    search = open_search(layout, in_order(layout), 3)
    search.prices(Prices(repeat=1000, spread=250))
    search.anneal(20, 100 * HEAT)
    before = search.current_seats(), search.current_counts

    search.relabel(50, 10**6 * HEAT)
    after = search.current_seats(), search.current_counts

    assert after[0] != before[0]
    assert after[1][:3] == before[1][:3]


def test_only_people_of_one_class_trade_their_seats():
    layout = plain(6, (3, 3), (2, 2, 2), classes=array("i", [1, -1, 1, 0, 0, -1]))
    seats = array("i", [0, 1, 2, 3, 4, 5, 0, 3, 1, 2, 4, 5])
    search = open_search(layout, seats, 1)
    seen = set()
    for _ in range(100):
        search.relabel(1, 10**6 * HEAT)
        seen.add(tuple(search.current_seats()))

    assert {(plan[1], plan[5], plan[8], plan[11]) for plan in seen} == {(1, 5, 1, 5)}
    assert {plan[7] for plan in seen} == {3, 4}


def test_annealing_lets_nine_people_all_meet_at_tables_of_three():
    layout = plain(9, *[(3, 3, 3)] * 4)
    search = open_search(layout, in_order(layout), 1)
    search.prices(Prices(repeat=1000, spread=250))
    for heat in range(500, 0, -1):
        search.anneal(100, heat * HEAT)

    assert search.counts == Counts(0, 0, 0, 0, 0, 0)
    assert count(layout, search.best_seats(), Prices()) == search.counts


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "layout",
    [
        plain(1, (1,)),
        plain(2, (2,)),
        plain(2, (1, 1)),
        plain(5, (5,), (5,)),
        plain(4),
        plain(4, (2, 2), held=bytearray([1] * 4), classes=array("i", [-1] * 4)),
        plain(3, ()),
    ],
    ids=["one person", "a pair", "two alone", "one table", "no rounds", "all held", "no tables"],
)
def test_where_nothing_can_change_nothing_does(layout, kernel):
    seats = in_order(layout)[: layout.seats]
    search = open_search(layout, seats, 1, kernel)
    search.prices(DEAR)
    before = search.counts

    search.anneal(20, 100 * HEAT)
    search.relabel(20, 0)

    assert (search.counts, sorted(search.best_seats())) == (before, sorted(seats))


@pytest.mark.parametrize("kernel", KERNELS)
def test_loading_keeps_a_better_plan_unless_it_is_to_be_forgotten(kernel):
    layout = plain(4, (2, 2), (2, 2))
    good, bad = array("i", [0, 1, 2, 3, 0, 2, 1, 3]), array("i", [0, 1, 2, 3, 0, 1, 2, 3])
    search = open_search(layout, good, 1, kernel)

    search.load(bad)
    assert (search.best_seats(), search.current_seats(), search.counts.repeats) == (good, bad, 0)

    search.load(bad, forget=True)
    assert (search.best_seats(), search.counts.repeats) == (bad, 2)

    search.load(good)
    assert (search.best_seats(), search.counts.repeats) == (good, 0)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("seats", "reason"), [([0, 1, 2], "not 4 numbers"), ([0, 1, 2, 2], "twice"), ([0, 1, 2, 4], "list"), ([0, 1, 2, -1], "list")]
)
def test_impossible_seats_are_refused(seats, reason, kernel):
    layout = plain(4, (2, 2))
    search = open_search(layout, in_order(layout), 1, kernel)

    with pytest.raises(ValueError, match=reason):
        open_search(layout, array("i", seats), 1, kernel)
    with pytest.raises(ValueError, match=reason):
        search.load(array("i", seats))
    assert search.current_seats() == in_order(layout)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"price": array("h", bytes(30))}, "price is not 16 numbers of the type 'h'"),
        ({"mobile": bytearray(5)}, "mobile is not 4 numbers of the type 'B'"),
        ({"school": array("h", bytes(8))}, "school is not 4 numbers of the type 'i'"),
        ({"taste": array("h", bytes(18))}, "taste is not 8 numbers of the type 'h'"),
        ({"held": bytearray(8)}, "held is not 4 numbers of the type 'B'"),
        ({"met": bytearray([1] * 16)}, "nobody meets themselves"),
        ({"held": bytearray([1, 0, 0, 0])}, "held in a round"),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(wrong, reason):
    with pytest.raises(ValueError, match=reason):
        plain(4, (2, 2), **wrong)


def test_two_tables_of_a_round_with_one_id_are_refused():
    layout = plain(4, (2, 2))

    with pytest.raises(ValueError, match="one id"):
        Layout(4, ((TableShape(2, 0), TableShape(2, 0)),), layout.price, layout.met, layout.school, layout.held, layout.classes)


def test_searches_in_many_threads_do_not_disturb_each_other():
    def result(seed: int) -> tuple:
        layout, seats = board(seed)
        search = open_search(layout, seats, seed, "wasm")
        search.prices(DEAR)
        for _ in range(20):
            search.anneal(500, 60 * HEAT)
        return state(search)

    alone = [result(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(result, range(8)))

    assert together == alone


def test_what_takes_long_to_import_waits_for_the_first_search():
    slow = {"wasmtime", "ctypes", "pathlib", "tempfile", "importlib.resources", "json"}

    assert run(f"import scheduler.core.pairing.solve; print(sorted({slow} & set(sys.modules)))") == "[]"


def test_the_twin_searches_where_wasmtime_cannot_be_loaded():
    program = """
from array import array
from scheduler.core.pairing.kernel import open_search
from scheduler.core.pairing.kernel.layout import Layout, TableShape
pair = Layout(2, ((TableShape(2, 0),),), array("h", [0] * 4), bytearray(4), array("i", [0, 1]), bytearray(2), array("i", [0, 0]))
print(type(open_search(pair, array("i", [0, 1]), 1)).__name__)
"""
    assert run("sys.modules['wasmtime'] = None\n" + program) == "TwinSearch"
    assert run(program) == "WasmSearch"


def run(program: str) -> str:
    """All that a Python of its own prints, complaints included."""
    command = [sys.executable, "-c", "import sys\n" + program]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, text=True).stdout.strip()
