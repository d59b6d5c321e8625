"""The clock of a meetup's rounds: whatever is pressed, it goes forward, keeps what was announced, and needs nothing written (rule 11)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from scheduler.core.refusal import Refusal
from scheduler.core.rounds_clock import (
    MINUTE,
    MOVE,
    Moment,
    Phase,
    Run,
    add_minute,
    back,
    moment,
    new_run,
    pause,
    resume,
    skip,
    spans,
    start,
)

FOUR = datetime(2026, 12, 3, 16)
SEEDS = range(150)
PRESSED: list[Callable[..., Run]] = [pause, resume, add_minute, skip, back]


def begun(rounds: int = 3, minutes: float = 6) -> Run:
    return start(new_run([timedelta(minutes=minutes)] * rounds, move=MOVE), now=FOUR)


def at(run: Run, **after: float) -> tuple[str, int, int]:
    there = moment(run, FOUR + timedelta(**after))
    return there.phase.value, there.round, there.frozen


def evenings() -> Iterator[tuple[Run, datetime, Moment]]:
    """Many of them, one after the other."""
    for seed in SEEDS:
        yield from evening(seed)


def evening(seed: int) -> list[tuple[Run, datetime, Moment]]:
    """What an organizer with restless fingers sees: the run after each deed, when it was done, and what was shown before it."""
    chance = random.Random(seed)
    run, now, seen = begun(chance.randint(1, 5), chance.choice([0.5, 1, 6])), FOUR, []
    for _ in range(25):
        now += timedelta(seconds=chance.choice([0, 0.4, 7, 59.5, 61, 200]))
        before = moment(run, now)
        try:
            run = chance.choice(PRESSED)(run, now=now)
        except Refusal:
            continue
        seen.append((run, now, before))
    return seen


def test_rounds_go_by_with_their_signals() -> None:
    run = begun(2)

    assert [at(run, seconds=s) for s in (0, 89, 90, 389, 390, 450, 539, 540, 839, 840, 900)] == [
        ("move", 0, 1), ("move", 0, 1), ("talk", 1, 1), ("talk", 1, 1), ("wrap", 1, 2), ("move", 1, 2), ("move", 1, 2), ("talk", 2, 2),
        ("talk", 2, 2), ("wrap", 2, 2), ("finished", 2, 2),
    ]  # fmt: skip


def test_minute_after_the_signal_leaves_the_next_tables_announced() -> None:
    """Rule 8: what people were told stays."""
    run = add_minute(begun(), now=FOUR + timedelta(seconds=400))

    assert at(run, seconds=401) == ("talk", 1, 2)


def test_short_talk_is_all_signal() -> None:
    assert at(begun(2, minutes=0.5), seconds=91) == ("wrap", 1, 2)


def test_back_lets_a_talk_go_on_with_what_was_skipped_or_a_minute() -> None:
    skipped = skip(begun(), now=FOUR + timedelta(seconds=150))
    skipped = skip(skipped, now=FOUR + timedelta(seconds=150))
    ended = begun()

    after_skip = moment(back(skipped, now=FOUR + timedelta(seconds=170)), FOUR + timedelta(seconds=170))
    after_end = moment(back(ended, now=FOUR + timedelta(seconds=460)), FOUR + timedelta(seconds=460))
    assert (after_skip.phase, after_skip.round, after_skip.left) == (Phase.MOVE, 1, MOVE)
    assert (after_end.phase, after_end.round, after_end.left, after_end.frozen) == (Phase.WRAP, 1, MINUTE, 2)


def test_back_from_the_end_lets_the_last_round_talk_on() -> None:
    over = FOUR + timedelta(hours=1)
    there = moment(back(begun(), now=over), over)

    assert (there.round, there.left, there.frozen) == (3, MINUTE, 3)


def test_what_was_announced_stays_announced() -> None:
    for seed in SEEDS:
        known = 0
        for run, now, before in evening(seed):
            known = max(known, before.frozen)
            assert moment(run, now).frozen >= known
            known = moment(run, now).frozen


def test_lengths_stay_lengths_in_whole_seconds_and_rounds_follow_each_other() -> None:
    for run, now, _ in evenings():
        there = moment(run, now)
        for lengths in run.rounds:
            parts = (lengths.talk, lengths.move, lengths.added, lengths.skipped, lengths.paused, lengths.until_move)
            assert all(part >= timedelta() and not part.microseconds for part in parts)
        all_spans = list(spans(run))
        assert all(one.ends_at == other.began_at for one, other in pairwise(all_spans))
        assert there.phase == Phase.FINISHED or there.left > timedelta()
        assert there.ends_at is None or there.ends_at == now + there.left


def test_each_deed_does_what_its_button_says() -> None:
    chance = random.Random(1)
    for run, now, _ in evenings():
        there = moment(run, now)
        if there.phase == Phase.FINISHED:
            continue
        longer = moment(add_minute(run, now=now), now)
        assert (longer.left, longer.round, longer.phase == Phase.PAUSED) == (there.left + MINUTE, there.round, there.phase == Phase.PAUSED)
        skipped = moment(skip(run, now=now), now)
        assert skipped.under_way != there.under_way or {skipped.under_way, there.under_way} == {Phase.WRAP}
        assert (skipped.round, skipped.phase) >= (there.round, skipped.phase)
        if there.phase != Phase.PAUSED:
            later = now + timedelta(seconds=chance.randint(0, 4000))
            went_on = moment(resume(pause(run, now=now), now=later), later.replace(microsecond=now.microsecond))
            assert abs(went_on.left - there.left) <= timedelta(seconds=1)
            assert (went_on.round, went_on.under_way, went_on.frozen) == (there.round, there.under_way, there.frozen)


@pytest.mark.parametrize(
    ("deed", "when", "says"),
    [
        (pause, -1, "has not begun. Start it first"), (back, -1, "nothing to go back to"), (resume, 100, "running already"),
        (back, 30, "just begun"), (add_minute, 9999, "last round is over. Go back a step"), (skip, 9999, "last round is over"),
    ],
)  # fmt: skip
def test_refusals_say_what_would_work(deed: Callable[..., Run], when: int, says: str) -> None:
    run = begun() if when >= 0 else new_run([6 * MINUTE], move=MOVE)

    with pytest.raises(Refusal, match=says):
        deed(run, now=FOUR + timedelta(seconds=when))


def test_start_and_pause_are_not_pressed_twice() -> None:
    with pytest.raises(Refusal, match="begun already"):
        start(begun(), now=FOUR)
    with pytest.raises(Refusal, match="stands already"):
        pause(pause(begun(), now=FOUR), now=FOUR)
