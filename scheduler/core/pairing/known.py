"""What is proven about bare rooms, where people differ in nothing: fewest repeats that no search needs to look below."""

from __future__ import annotations

from math import comb

# (tables, seats): the proven largest number of rounds without a repeat where it is smaller than counting allows, and how
# many repeats one round more has at least (OEIS A107431; 6 x 6 is Euler's problem of the 36 officers, Tarry 1900).
MOST_ROUNDS = {(4, 3): (4, 1), (5, 4): (5, 1), (6, 5): (6, 1), (6, 6): (3, 2)}

# (tables, seats, rounds): fewest repeats, one more than counting allows. 4 x 3 x 6 with 6 repeats would be a resolvable
# minimum covering of 12 points by triples, of which there is none (Assaf, Mendelsohn, Stinson, Utilitas Mathematica 32,
# 1987; a test of ours goes through all of them).
FEWEST_REPEATS = {(4, 3, 6): 7}


def fewest_repeats(tables: int, seats: int, rounds: int) -> int:
    """A safe limit for `tables` full tables of `seats` people, everybody present, nobody known to anybody.

    If any m + 1 rounds hold at least q repeats, so does every choice of m + 1 out of all rounds. A pair that meets c times
    counts in such a choice once less than it meets there; most of all when all repeats fall on one pair. So r repeats are
    too few while one pair with r + 1 meetings does not make up q in each choice on average.

    For 6 x 6 any four rounds hold two repeats. With a single one, the other three rounds and the fourth would be two Latin
    squares in which exactly one pair of symbols stands twice; but then one pair is missing in that row and one in that
    column of the table of pairs, and these are different ones.

    >>> fewest_repeats(6, 6, 3), fewest_repeats(6, 6, 4), fewest_repeats(6, 6, 7), fewest_repeats(7, 7, 8)
    (0, 2, 5, 0)
    """
    known = FEWEST_REPEATS.get((tables, seats, rounds), 0)
    most, q = MOST_ROUNDS.get((tables, seats), (rounds, 0))
    if rounds <= most:
        return known
    needed = q * comb(rounds, most + 1)
    repeats = 1
    while repeats < rounds - 1 and _counted(repeats + 1, rounds, most + 1) < needed:
        repeats += 1
    return max(known, q, repeats)


def _counted(times: int, rounds: int, chosen: int) -> int:
    """Repeats of a pair that meets `times` times, summed over every choice of `chosen` rounds."""
    return sum((inside - 1) * comb(times, inside) * comb(rounds - times, chosen - inside) for inside in range(2, min(times, chosen) + 1))
