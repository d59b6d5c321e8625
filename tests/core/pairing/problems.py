"""Problems for the tests of the pairing engine: a room of people by rule, and small rooms by chance."""

from hypothesis import strategies as st

from scheduler.core.pairing.plan import Plan, Round, Table, pair
from scheduler.core.pairing.problem import Participant, Pin, Problem, Together
from scheduler.core.pairing.seating import ByCount, BySize, ByTables, Seating, TableSpec

ROLES = ("leader", "teacher", "student")


def people(n: int, *, schools: int = 0, roles: bool = False, **same) -> tuple[Participant, ...]:
    """p0, p1, ... with schools and roles dealt in turn; three neighbors in a row share no role."""
    return tuple(
        Participant(f"p{i}", school=f"s{i % schools}" if schools else None, role=ROLES[i % 3] if roles else None, **same) for i in range(n)
    )


def room(n: int, rounds: int, seating: Seating, *, schools: int = 0, roles: bool = False, **wishes) -> Problem:
    return Problem(people(n, schools=schools, roles=roles), rounds=rounds, seating=seating, **wishes)


def plan_of(*rounds: str) -> Plan:
    """A plan from "ab cd | e": tables of one-letter people, and who sits out after the bar."""
    return Plan(tuple(_round(number, text) for number, text in enumerate(rounds)))


def _round(number: int, text: str) -> Round:
    seated, _, out = text.partition("|")
    return Round(number, tuple(Table(f"T{t}", tuple(people)) for t, people in enumerate(seated.split(), 1)), tuple(out.strip()))


def letters(text: str, **same) -> tuple[Participant, ...]:
    return tuple(Participant(letter, **same) for letter in text)


seatings = st.one_of(
    st.builds(BySize, st.just(2), st.sampled_from(["trio", "sits_out"])),
    st.builds(BySize, st.integers(3, 5), fit=st.sampled_from(["at_least_three", "smaller", "larger"])),
    st.builds(ByCount, st.integers(1, 4)),
)


@st.composite
def small_rooms(draw: st.DrawFn, wishes: bool = False, most_people: int = 14, most_rounds: int = 4) -> Problem:
    """At least 4 people of a few schools, some of them away for a while, with a memory; with wishes if asked for."""
    n, rounds = draw(st.integers(4, most_people)), draw(st.integers(1, most_rounds))
    every = frozenset(range(rounds))
    presence = st.one_of(st.none(), st.none(), st.none(), st.frozensets(st.sampled_from(sorted(every))))
    participants = tuple(
        Participant(
            f"p{i}",
            school=draw(st.sampled_from([None, "a", "b", "c"])),
            role=draw(st.sampled_from(ROLES)),
            present=draw(presence),
            mobility=draw(st.booleans()),
            offers=draw(st.frozensets(st.sampled_from("xyz"), max_size=1)),
            wants=draw(st.frozensets(st.sampled_from("xyz"), max_size=1)),
        )
        for i in range(n)
    )
    pairs = st.lists(st.integers(0, n - 1), min_size=2, max_size=2, unique=True).map(lambda two: pair(f"p{two[0]}", f"p{two[1]}"))
    asked = draw(_wishes(pairs, n, rounds)) if wishes else {}
    return Problem(participants, rounds, draw(seatings), met_before=draw(st.dictionaries(pairs, st.integers(1, 3), max_size=5)), **asked)


@st.composite
def _wishes(draw: st.DrawFn, pairs: st.SearchStrategy, n: int, rounds: int) -> dict:
    some_round = st.integers(0, rounds - 1)
    return {
        "keep_apart": draw(st.frozensets(pairs, max_size=3)),
        "keep_together": tuple(draw(st.lists(st.builds(Together, pairs, st.one_of(st.none(), some_round)), max_size=2))),
        "pins": tuple(draw(st.lists(st.builds(Pin, st.integers(0, n - 1).map("p{}".format), some_round, st.just("T1")), max_size=1))),
        "students_have_company": draw(st.booleans()),
    }


def stations(hosts: int, guests: int, rounds: int, least: int = 2, most: int = 5) -> Problem:
    """A host stays at each table, guests go round."""
    tables = ByTables(tuple(TableSpec(f"T{t}", least, most) for t in range(hosts)))
    stay = tuple(Participant(f"h{t}", station=f"T{t}") for t in range(hosts))
    return Problem((*stay, *people(guests)), rounds, tables)
