"""The annealing of base rounds in plain Python: what starters.c does, step by step. Ideas are told there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.core.pairing.kernel.chance import Chance

if TYPE_CHECKING:
    from scheduler.core.pairing.kernel.starters import StarterLayout


class TwinStarter:
    """Base rounds with what one more use of each orbit costs."""

    def __init__(self, layout: StarterLayout, seed: int) -> None:
        self.layout = layout
        self.chance = Chance(seed)
        self.people = layout.people
        self.price = [max(turns - 1, 0) for turns in layout.turns]
        self.growth = [2 * turns for turns in layout.turns]
        self.rounds = [layout.seats.tolist() for _ in range(layout.base_rounds)]
        self.cost = sum(self.count(round) for round in self.rounds)
        self.least, self.kept = self.cost, self.best_now()

    def deal(self) -> None:
        for round in self.rounds:
            for a in range(self.people):
                b = self.chance.below(self.people)
                if a != b and self.layout.length[a] == self.layout.length[b]:
                    self.cost += self.seat_both(round, a, round[b], b, round[a])
        self.keep_if_best()

    def anneal(self, steps: int, heat: int) -> int:
        while steps and self.least > 0:
            self.step(heat)
            steps -= 1
        return self.least

    def best(self) -> list[list[int]]:
        return self.kept

    def best_now(self) -> list[list[int]]:
        return [round[:] for round in self.rounds]

    def keep_if_best(self) -> None:
        if self.cost < self.least:
            self.least, self.kept = self.cost, self.best_now()

    def step(self, heat: int) -> None:
        round = self.rounds[self.chance.below(len(self.rounds))]
        a, b = self.chance.below(self.people), self.chance.below(self.people)
        first, length = self.layout.first, self.layout.length
        if a == b or length[a] != length[b] or (length[a] == 1 and first[a] == first[b]):
            return
        u, v = round[a], round[b]
        change = self.seat_both(round, a, v, b, u)
        if self.chance.accepts(change, heat):
            self.cost += change
            self.keep_if_best()
        else:
            self.seat_both(round, a, u, b, v)

    def seat_both(self, round: list[int], a: int, u: int, b: int, v: int) -> int:
        layout, change = self.layout, 0
        for _ in range(layout.length[a]):
            change += self.put(round, a, u)
            if layout.cycle[a] != layout.cycle[b]:
                change += self.put(round, b, v)
            a, b = layout.next_seat[a], layout.next_seat[b]
            u, v = layout.next_person[u], layout.next_person[v]
        return change

    def put(self, round: list[int], seat: int, person: int) -> int:
        change = 0
        for mate in range(self.layout.first[seat], self.layout.end[seat]):
            if mate != seat:
                change += self.use(person, round[mate]) - self.give_back(round[seat], round[mate])
        round[seat] = person
        return change

    def use(self, u: int, v: int) -> int:
        orbit = self.layout.orbit[u * self.people + v]
        self.price[orbit] += self.growth[orbit]
        return self.price[orbit] - self.growth[orbit]

    def give_back(self, u: int, v: int) -> int:
        orbit = self.layout.orbit[u * self.people + v]
        self.price[orbit] -= self.growth[orbit]
        return self.price[orbit]

    def count(self, round: list[int]) -> int:
        first = self.layout.first
        return sum(self.use(round[seat], round[mate]) for seat in range(self.people) for mate in range(first[seat], seat))
