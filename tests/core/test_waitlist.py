"""The walk through the line against a brute-force statement of its rule, and offers against their plain words (rules 10 and 11)."""

from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import waitlist as bench
from scheduler.core.capacity import Seats
from scheduler.core.times import to_wall
from scheduler.core.waitlist import Grant, Offer, Waiting, offer_deadline, order_key, overtaken, walk

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def lines(length, largest=4, tiers=("",)):
    """Every line of so many parties of up to `largest` people, with every smallest size and tier."""
    parties = [(size, smallest, tier) for size in range(1, largest + 1) for smallest in range(1, size + 1) for tier in tiers]
    for chosen in product(parties, repeat=length):
        yield [Waiting(number, *party) for number, party in enumerate(chosen)]


def answers(line, *, strict):
    """Every way to answer a line, the one first that gives the most to the first, then to the second, and so on.

    Strictly, nobody is seated behind somebody who is not.
    """
    choices = [[*range(waiting.party_size, waiting.smallest - 1, -1), 0] for waiting in line]
    for sizes in product(*choices):
        if not strict or 0 not in sizes or not any(sizes[sizes.index(0) :]):
            yield sizes


def best_answers(line, *, strict):
    """The best answer for each number of people that it seats, common ("") and of the tier "friend"."""
    best = {}
    for place, sizes in enumerate(answers(line, strict=strict)):
        people = tuple(sum(size for size, waiting in zip(sizes, line, strict=True) if waiting.tier == tier) for tier in ("", "friend"))
        best.setdefault(people, (place, sizes))
    return best


def rule_10(best, free, pool=0):
    """The best answer of all that fit: the unused part of the pool stays free."""
    return min(answer for (common, friends), answer in best.items() if common + max(friends, pool) <= free)[1]


def sizes_of(line, grants):
    given_to = {grant.entry_id: grant.size for grant in grants}
    return tuple(given_to.get(waiting.entry_id, 0) for waiting in line)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("length", [*range(4), pytest.param(4, marks=pytest.mark.soak)])
def test_rule_10_walk_is_the_rule_for_every_line_of_up_to_four_parties(length, strict):
    wrong = []

    for line in lines(length):
        best = best_answers(line, strict=strict)
        for free in range(7):
            if sizes_of(line, walk(Seats(12, {"": 12 - free}), line, strict=strict)) != rule_10(best, free):
                wrong.append((free, line))

    assert wrong == []


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("length", "largest"), [(1, 4), (2, 4), (3, 2), *(pytest.param(*more, marks=pytest.mark.soak) for more in [(3, 3), (4, 2)])]
)
def test_rule_10_walk_keeps_the_seats_reserved_for_a_tier(length, largest, strict):
    wrong = []

    for line in lines(length, largest, tiers=("", "friend")):
        best = best_answers(line, strict=strict)
        for free, pool in product(range(7), range(1, 4)):
            seats = Seats(12, {"": 12 - free, "friend": 0}, {"friend": pool})
            if pool <= free and sizes_of(line, walk(seats, line, strict=strict)) != rule_10(best, free, pool):
                wrong.append((free, pool, line))

    assert wrong == []


TIERS = st.sampled_from(["", "friend", "incubator"])
SEATS = st.builds(
    Seats, st.integers(0, 60), st.dictionaries(TIERS, st.integers(0, 20)), st.dictionaries(TIERS.filter(bool), st.integers(0, 20))
)


@st.composite
def long_lines(draw):
    """Up to 40 parties of up to 12 people."""
    sizes = draw(st.lists(st.integers(1, 12), max_size=40))
    return [Waiting(number, size, draw(st.integers(1, size)), draw(TIERS)) for number, size in enumerate(sizes)]


@given(seats=SEATS, line=long_lines(), strict=st.booleans())
def test_walk_gives_everybody_what_fits_and_never_more_than_there_is(seats, line, strict):
    grants = walk(seats, line, strict=strict)

    given_to = {grant.entry_id: grant.size for grant in grants}
    assert list(given_to) == sorted(given_to)
    for waiting in line:
        size, left = given_to.get(waiting.entry_id, 0), seats.left_for(waiting.tier)
        assert size <= left
        assert size in (0, waiting.party_size, left)
        assert size == 0 or size >= waiting.smallest
        if size == 0 and not strict:
            assert left < waiting.smallest  # so nobody who fits is passed by
        seats = seats.with_party(waiting.tier, size)


@given(seats=SEATS, line=long_lines())
def test_strictly_nobody_behind_the_first_who_stays_is_seated_and_nobody_is_overtaken(seats, line):
    grants = walk(seats, line, strict=True)

    assert [grant.entry_id for grant in grants] == [waiting.entry_id for waiting in line[: len(grants)]]
    assert overtaken(seats, line, grants) == {}


@given(seats=SEATS, line=long_lines())
def test_overtaken_are_those_who_stay_while_somebody_behind_is_seated(seats, line):
    grants = walk(seats, line)

    passed = overtaken(seats, line, grants)

    seated = [grant.entry_id for grant in grants]
    assert set(passed) == {
        waiting.entry_id for waiting in line if waiting.entry_id not in seated and waiting.entry_id < max(seated, default=0)
    }
    assert all(free < line[entry_id].smallest for entry_id, free in passed.items())


def test_overtaken_party_learns_how_many_seats_were_free_when_its_turn_came():
    seats = Seats(12, {"": 7}, {"friend": 1})
    line = [Waiting(1, 2, 2), Waiting(2, 4, 3), Waiting(3, 5, 5, "friend"), Waiting(4, 1, 1), Waiting(5, 6, 6)]

    grants = walk(seats, line)

    assert grants == [Grant(1, 2), Grant(4, 1)]
    assert overtaken(seats, line, grants) == {2: 2, 3: 3}


def test_line_stands_by_priority_and_then_by_time():
    line = [Waiting(number, 1, 1, priority=number % 3) for number in range(1, 7)]

    ordered = [waiting.entry_id for waiting in sorted(Random(5).sample(line, 6), key=order_key)]

    assert ordered == [2, 5, 1, 4, 3, 6]


def plain_words(now, cutoff, zone):
    """Rule 11 minute by minute: mail waits for the morning; then a quarter of the time, at most a day, at least 2 hours."""
    mail_at = now
    while not 7 <= to_wall(mail_at, zone).hour < 21:
        mail_at += timedelta(minutes=15)
    left = cutoff - mail_at
    if left < 2 * HOUR:
        return None
    return Offer(mail_at, mail_at + sorted([2 * HOUR, left / 4, 24 * HOUR])[1])


@pytest.mark.parametrize("monday", [datetime(2026, 9, 14), datetime(2026, 10, 26), datetime(2027, 3, 8)], ids=lambda day: f"{day:%B}")
def test_rule_11_offers_of_every_half_hour_of_a_week_are_what_the_rule_says(monday):
    start = monday.replace(tzinfo=UTC)
    cutoffs = [start + timedelta(days=days, hours=19) for days in (0, 1, 4, 7, 60)]

    for now, cutoff in product((start + n * HOUR / 2 for n in range(2 * 24 * 7)), cutoffs):
        offer = offer_deadline(now, cutoff, NEW_YORK)

        assert offer == plain_words(now, cutoff, NEW_YORK)
        if offer:
            assert 7 <= to_wall(offer.mail_at, NEW_YORK).hour < 21
            assert now <= offer.mail_at
            assert 2 * HOUR <= offer.deadline - offer.mail_at <= 24 * HOUR
            assert offer.deadline <= cutoff


@pytest.mark.parametrize(
    ("wall", "mailed"),
    [
        (datetime(2026, 10, 31, 20, 59), datetime(2026, 10, 31, 20, 59)),
        (datetime(2026, 10, 31, 21, 0), datetime(2026, 11, 1, 7, 0)),  # the clocks go back in this night
        (datetime(2027, 3, 13, 23, 0), datetime(2027, 3, 14, 7, 0)),  # and forward in this one
        (datetime(2026, 12, 2, 6, 59), datetime(2026, 12, 2, 7, 0)),
        (datetime(2026, 12, 2, 7, 0), datetime(2026, 12, 2, 7, 0)),
    ],
)
def test_mail_waits_for_the_morning_on_the_wall_of_the_school(wall, mailed):
    now = wall.replace(tzinfo=NEW_YORK).astimezone(UTC)

    offer = offer_deadline(now, now + timedelta(days=30), NEW_YORK)

    assert to_wall(offer.mail_at, NEW_YORK) == mailed
    assert offer.deadline == offer.mail_at + 24 * HOUR


@pytest.mark.parametrize(
    ("left", "held"), [(timedelta(hours=1, minutes=59), None), (2 * HOUR, 2 * HOUR), (8 * HOUR, 2 * HOUR), (10 * HOUR, 2.5 * HOUR)]
)
def test_offer_holds_a_quarter_of_the_time_left_and_at_least_two_hours(left, held):
    noon = datetime(2026, 12, 2, 17, tzinfo=UTC)

    offer = offer_deadline(noon, noon + left, NEW_YORK)

    assert offer == (held and Offer(noon, noon + held))


def test_walking_in_order_leaves_far_fewer_empty_seats_than_strict_first_come():
    results = bench.compare(rounds=400, seed=1)

    empty = {policy: result.empty_seats for policy, result in results.items()}
    assert 3 * empty["walk in order"] < empty["strict first-come"]
    assert results["strict first-come"].overtaken == 0 < results["walk in order"].overtaken < results["smallest first"].overtaken
