"""What it costs the search when two people share a table; only the search uses these prices, plans are compared by counts."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from scheduler.core.pairing.problem import Problem

KEEP_APART = 1_000_000
SAME_SCHOOL = 120
SAME_ROLE = 2
TOPIC = 3
MOST_TIMES = 200

Row = list[int]


class Costs:
    """Prices by the numbers of two people, in the order of the problem's participants."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.number = {id: number for number, id in enumerate(problem.ids)}
        self.people = len(problem.ids)

    @cached_property
    def static(self) -> list[Row]:
        """The price of one pairing, apart from repeats: school, role, topics that meet (a gain), keep apart."""
        rows = [self._labels[person.role][:] for person in self.problem.participants]
        for mates in self._schools.values():
            for a in mates:
                for b in mates:
                    rows[a][b] += SAME_SCHOOL
        self._add_topics(rows)
        for one, other in self.problem.keep_apart:
            a, b = self.number[one], self.number[other]
            rows[a][b] = rows[b][a] = KEEP_APART
        for person, row in enumerate(rows):
            row[person] = 0
        return rows

    @cached_property
    def plain(self) -> bool:
        """Nothing but repeats matters."""
        return not any(any(row) for row in self.static)

    @cached_property
    def prior(self) -> dict[tuple[int, int], int]:
        """How often two people met before the free rounds."""
        known = {(self.number.get(a), self.number.get(b)): times for (a, b), times in self.problem.prior.items() if times > 0}
        return {(a, b): min(times, MOST_TIMES) for (a, b), times in known.items() if a is not None and b is not None}

    @cached_property
    def school(self) -> list[int]:
        """Each person's school as a number; who has none gets a number of their own."""
        numbers: dict[str, int] = {}
        labels = [person.school if person.school is not None else f"\0{person.id}" for person in self.problem.participants]
        return [numbers.setdefault(label, len(numbers)) for label in labels]

    @cached_property
    def students(self) -> list[bool]:
        return [self.problem.is_student(id) for id in self.problem.ids]

    def lonely(self, table: list[int]) -> int:
        """Students at this table with neither a second student nor an adult of their own school."""
        students = [person for person in table if self.students[person]]
        if len(students) != 1:
            return 0
        school = self.school[students[0]]
        return int(sum(1 for person in table if self.school[person] == school) < 2)

    @cached_property
    def _labels(self) -> dict[str | None, Row]:
        roles = [person.role for person in self.problem.participants]
        return {role: [SAME_ROLE * (role is not None and role == other) for other in roles] for role in set(roles)}

    @cached_property
    def _schools(self) -> dict[str, list[int]]:
        mates: defaultdict[str, list[int]] = defaultdict(list)
        for number, person in enumerate(self.problem.participants):
            if person.school is not None:
                mates[person.school].append(number)
        return mates

    def _add_topics(self, rows: list[Row]) -> None:
        offered: defaultdict[str, list[int]] = defaultdict(list)
        for number, person in enumerate(self.problem.participants):
            for topic in person.offers:
                offered[topic].append(number)
        for number, person in enumerate(self.problem.participants):
            for other in {other for topic in person.wants for other in offered[topic]}:
                rows[number][other] -= TOPIC
                rows[other][number] -= TOPIC
