"""Who moves up when parties cancel a full visit: four policies on the same 4,000 visits, and the seats that stay empty."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from scheduler.core.capacity import Seats
from scheduler.core.waitlist import Grant, Waiting, overtaken, walk

VISITS = 3000
SEED = 2026
CAPACITY = 12
PARTIES = 14
"""How many parties ask for seats at one visit."""
SIZES = (1, 2, 2, 3, 3, 4, 5, 6)
"""Sizes of parties: most come in twos and threes."""
CANCEL = 0.3
"""Share of parties that cancel, or leave the line, before the cutoff."""
FLEXIBLE = 0.4
"""Share of parties that would come with fewer people."""

Policy = Callable[[Seats, list[Waiting]], list[Grant]]


def smallest_first(seats: Seats, line: list[Waiting]) -> list[Grant]:
    return walk(seats, sorted(line, key=lambda waiting: waiting.party_size))


def largest_that_fits(seats: Seats, line: list[Waiting]) -> list[Grant]:
    return walk(seats, sorted(line, key=lambda waiting: -waiting.party_size))


POLICIES: dict[str, Policy] = {
    "walk in order": walk,
    "strict first-come": lambda seats, line: walk(seats, line, strict=True),
    "smallest first": smallest_first,
    "largest that fits": largest_that_fits,
}


@dataclass(frozen=True)
class Story:
    """What happens before one visit, whatever the policy: parties ask one after another, and some leave. Times run from 0 to 1."""

    parties: tuple[Waiting, ...]
    events: tuple[tuple[float, int, bool], ...]
    """When, which party, and whether it comes (else it leaves)."""


@dataclass
class Outcome:
    """One visit under one policy, as it goes on."""

    line: dict[int, Waiting] = field(default_factory=dict)
    seated: dict[int, int] = field(default_factory=dict)
    waited: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)

    @property
    def people(self) -> int:
        return sum(self.seated.values())


@dataclass(frozen=True)
class Result:
    """Means over all visits; `overtaken` is the share of the parties that waited whom somebody later passed."""

    empty_seats: float
    parties: float
    people: float
    overtaken: float


def tell(random: Random) -> Story:
    """One visit's story: most ask early, and who leaves does so some time after asking."""
    parties, events = [], []
    for number in range(PARTIES):
        size = random.choice(SIZES)
        parties.append(Waiting(number, size, random.randint(1, size) if random.random() < FLEXIBLE else size))
        asks = 0.6 * number / PARTIES
        events.append((asks, number, True))
        if random.random() < CANCEL:
            events.append((random.uniform(asks, 1), number, False))
    return Story(tuple(parties), tuple(sorted(events)))


def play(story: Story, policy: Policy) -> Outcome:
    """The visit at its start. After each event the free seats go to the line; entries keep the order in which they asked."""
    outcome = Outcome()
    for _, number, comes in story.events:
        if comes:
            outcome.line[number] = story.parties[number]
        else:
            outcome.line.pop(number, None)
            outcome.seated.pop(number, None)
        _move_up(outcome, policy)
        outcome.waited |= outcome.line.keys()
    return outcome


def _move_up(outcome: Outcome, policy: Policy) -> None:
    seats, line = Seats(CAPACITY, {"": outcome.people}), list(outcome.line.values())
    grants = policy(seats, line)
    outcome.passed |= overtaken(seats, line, grants).keys()
    for grant in grants:
        outcome.seated[grant.entry_id] = grant.size
        del outcome.line[grant.entry_id]


def compare(rounds: int, seed: int) -> dict[str, Result]:
    """Every policy on the same stories."""
    random = Random(seed)
    stories = [tell(random) for _ in range(rounds)]
    return {name: _result([play(story, policy) for story in stories]) for name, policy in POLICIES.items()}


def _result(outcomes: list[Outcome]) -> Result:
    visits, waited = len(outcomes), sum(len(outcome.waited) for outcome in outcomes)
    people = sum(outcome.people for outcome in outcomes) / visits
    return Result(
        empty_seats=CAPACITY - people,
        parties=sum(len(outcome.seated) for outcome in outcomes) / visits,
        people=people,
        overtaken=sum(len(outcome.passed) for outcome in outcomes) / waited,
    )


if __name__ == "__main__":
    began = time.perf_counter()
    results = compare(VISITS, SEED)
    print(f"{VISITS} visits of {CAPACITY} seats   empty seats   parties   people   overtaken")
    for name, result in results.items():
        print(f"{name:<24} {result.empty_seats:13.2f} {result.parties:9.2f} {result.people:8.2f} {result.overtaken:11.0%}")
    print(f"in {time.perf_counter() - began:.1f} s")
