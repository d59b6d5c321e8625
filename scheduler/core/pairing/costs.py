"""What it costs the search when two people share a table; only the search uses these prices, plans are compared by counts."""

from __future__ import annotations

from array import array
from collections import defaultdict
from functools import cached_property

from scheduler.core.pairing.kernel.layout import APART, MOST_MEETINGS, SAME_SCHOOL
from scheduler.core.pairing.problem import MOST_ROUNDS, Problem

# The last place in the order of plans is same role (by its weight) - topics that meet + 2 x table changes: four times its weights,
# and a little more for topics, so that of two plans alike the one with more topics is found.
SAME_ROLE = 4
TOPIC = 5
MOST_TIMES = MOST_MEETINGS - MOST_ROUNDS - 1


class Costs:
    """Prices and labels by the numbers of people, in the order of the problem's participants, as the kernel takes them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.number = {id: number for number, id in enumerate(problem.ids)}
        self.people = len(problem.ids)

    @cached_property
    def price(self) -> array[int]:
        """people x people: the price of one meeting, repeats aside: school, role, topics that meet (a gain), keep apart."""
        roles = [person.role for person in self.problem.participants]
        same = SAME_ROLE * self.problem.role_mix
        rows = {role: array("h", (same * (role is not None and role == other) for other in roles)) for role in set(roles)}
        found = array("h")
        for role in roles:
            found.extend(rows[role])
        self._add_schools(found)
        self._add_topics(found)
        self._add_lines(found)
        for one, other in self.problem.keep_apart:
            a, b = self.number[one], self.number[other]
            found[a * self.people + b] = found[b * self.people + a] = APART
        for person in range(self.people):
            found[person * self.people + person] = 0
        return found

    @cached_property
    def plain(self) -> bool:
        """Nothing but repeats matters."""
        problem = self.problem
        stays = any(person.mobility for person in problem.participants)
        about = any(table.topics for shape in problem.shape.values() for table in shape.tables)
        return not (any(self.price) or stays or about or problem.distinct_tables or problem.announced)

    @cached_property
    def met(self) -> bytearray:
        """people x people: how often two met before the free rounds."""
        found = bytearray(self.people * self.people)
        for (one, other), times in self.problem.prior.items():
            if one in self.number and other in self.number:
                a, b = self.number[one], self.number[other]
                found[a * self.people + b] = found[b * self.people + a] = min(times, MOST_TIMES)
        return found

    @cached_property
    def school(self) -> array[int]:
        """Each person's school as a number; who has none gets a number of their own."""
        numbers: dict[str, int] = {}
        labels = [person.school if person.school is not None else f"\0{person.id}" for person in self.problem.participants]
        return array("i", [numbers.setdefault(label, len(numbers)) for label in labels])

    @cached_property
    def mates(self) -> list[list[int]]:
        """The people of each school that has any, large schools first."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for number, person in enumerate(self.problem.participants):
            if person.school is not None:
                found[person.school].append(number)
        return sorted(found.values(), key=len, reverse=True)

    @cached_property
    def student(self) -> bytearray | None:
        """1 for those who shall have company; None where that is not asked for."""
        if not self.problem.students_have_company:
            return None
        found = bytearray(self.problem.is_student(id) for id in self.problem.ids)
        return found if any(found) else None

    def _add_schools(self, price: array[int]) -> None:
        for mates in self.mates:
            for a in mates:
                for b in mates:
                    price[a * self.people + b] += SAME_SCHOOL

    def _add_lines(self, price: array[int]) -> None:
        """People of one line never make a pair."""
        lines = [self.problem.line(id) for id in self.problem.ids]
        for a, line in enumerate(lines):
            if line is not None:
                row = array("h", (APART if line == other else price[a * self.people + b] for b, other in enumerate(lines)))
                price[a * self.people : (a + 1) * self.people] = row

    def _add_topics(self, price: array[int]) -> None:
        offered: defaultdict[str, list[int]] = defaultdict(list)
        for number, person in enumerate(self.problem.participants):
            for topic in person.offers:
                offered[topic].append(number)
        for number, person in enumerate(self.problem.participants):
            for other in {other for topic in person.wants for other in offered[topic]}:
                price[number * self.people + other] -= TOPIC
                price[other * self.people + number] -= TOPIC
