"""Who sits in which slot: two people trade all their seats, so that repeats stay as they are and everything else improves.

With equal presence and no memory a trade changes nothing but names: the design underneath keeps its repeats. The first order
puts a school into one class of the design, the kernel's trades do the rest.
"""

from __future__ import annotations

from scheduler.core.pairing.costs import Costs


def by_school(costs: Costs, places: int) -> list[int]:
    """People in the order of slots, `places` slots a class: a school goes into one class, where it still fits.

    Classmates never meet, so neither do people of one school.

    >>> from scheduler.core.pairing.problem import Participant, Problem
    >>> from scheduler.core.pairing.seating import BySize
    >>> people = tuple(Participant(f"p{n}", school="ab"[n % 2]) for n in range(4))
    >>> by_school(Costs(Problem(people, rounds=2, seating=BySize(2))), 2)
    [0, 2, 1, 3]
    """
    left = [min(places, costs.people - first) for first in range(0, costs.people, places)]
    classes: list[list[int]] = [[] for _ in left]
    alone = set(range(costs.people)).difference(*costs.mates)
    for mates in [*costs.mates, *([person] for person in sorted(alone))]:
        while mates:
            fits = [j for j, room in enumerate(left) if room >= len(mates)]
            j = min(fits, key=left.__getitem__) if fits else max(range(len(left)), key=left.__getitem__)
            taken, mates = mates[: left[j]], mates[left[j] :]
            classes[j].extend(taken)
            left[j] -= len(taken)
    return [person for members in classes for person in members]
