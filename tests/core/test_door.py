"""What deeds at a door mean together, and what a greeter is told (visits rules 16 and 17)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.door import OPENS, Caller, Deed, DeedKind, Presence, Result, Standing, explained, judge, presence, word

START = datetime(2026, 12, 2, 14, tzinfo=UTC)
MOMENTS = [START + timedelta(minutes=n) for n in range(5)]

deeds = st.builds(Deed, st.sampled_from(DeedKind), st.sampled_from(MOMENTS), st.sampled_from("abcdefgh"))
queues = st.lists(deeds, max_size=8, unique_by=lambda deed: deed.nonce)


@given(queues, st.data())
def test_queue_replayed_in_any_order_and_any_number_of_times_gives_the_same_roster(queue: list[Deed], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(queue), max_size=6)) if queue else []
    shuffled = data.draw(st.permutations([*queue, *again]))

    assert presence(shuffled) == presence(queue)


@given(queues)
def test_newest_deed_wins_and_ties_go_by_nonce(queue: list[Deed]) -> None:
    found = presence(queue)
    newest = max(queue, key=lambda deed: (deed.at, deed.nonce), default=None)

    assert found.is_here == (found.arrived_at is not None)
    assert not (found.is_here and found.is_absent)
    if newest is None or newest.kind == DeedKind.UNDO:
        assert found == Presence()
    elif newest.kind == DeedKind.ABSENT:
        assert found == Presence(is_absent=True)
    elif newest.kind == DeedKind.ARRIVE:
        assert found.is_here
        assert found.left_at is None
    else:
        assert not found.is_here or found.left_at == newest.at


@given(queues)
def test_nobody_is_here_before_they_came_or_leaves_before_that(queue: list[Deed]) -> None:
    found = presence(queue)

    arrivals = [deed.at for deed in queue if deed.kind == DeedKind.ARRIVE]
    assert found.arrived_at is None or found.arrived_at in arrivals
    assert found.left_at is None or (found.arrived_at is not None and found.arrived_at <= found.left_at)


def test_coming_back_keeps_the_first_time_and_takes_the_leaving_away() -> None:
    came, went, back = (Deed(kind, at, at.isoformat()) for kind, at in zip(("arrive", "leave", "arrive"), MOMENTS, strict=False))  # type: ignore[arg-type]

    assert presence([came, went]) == Presence(is_here=True, arrived_at=MOMENTS[0], left_at=MOMENTS[1])
    assert presence([back, came, went]) == Presence(is_here=True, arrived_at=MOMENTS[0])


def test_every_case_has_one_result_and_only_the_right_one_opens() -> None:
    found: dict[Result, int] = {}
    cases = product(DeedKind, Standing, (True, False), (True, False), (True, False), (START - OPENS, START - OPENS - timedelta(seconds=1)))
    for kind, standing, may_enter, is_here, link_is_alive, at in cases:
        caller = Caller(standing, may_enter=may_enter, is_here=is_here)
        result = judge(kind, caller, at=at, starts_at=START, link_is_alive=link_is_alive)
        found[result] = found.get(result, 0) + 1
        if result == Result.OK and kind == DeedKind.ARRIVE:
            assert (standing, may_enter, is_here, link_is_alive, at) == (Standing.COMES, True, False, True, START - OPENS)

    assert set(found) == set(Result)


@pytest.mark.parametrize("result", Result)
def test_every_result_is_a_color_a_word_and_a_sentence(result: Result) -> None:
    said = explained(result, since="9:02 am", opens="8:00 am", elsewhere="Modules, Wednesday, December 9, 9:00 am")

    assert result.tone in ("good", "wait", "bad")
    assert str(word(result)) != ""
    assert str(said).endswith(".")


def test_words_of_all_results_differ() -> None:
    words = [str(word(result)) for result in Result]

    assert len(set(words)) == len(words)
