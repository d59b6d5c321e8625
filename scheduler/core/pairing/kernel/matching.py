"""The cheapest way to make pairs of all people: one call of the kernel."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from scheduler.core.pairing.kernel import Kernel, wasm
from scheduler.core.pairing.kernel.matching_twin import TwinMatching


def cheapest_pairs(people: int, cost: array[int], kernel: Kernel | None = None) -> list[int]:
    """The mate of each of an even number of people, such that the costs of all pairs add up to the least that is possible.

    `cost` ("i") has people x people entries, the same both ways round; what stands on the diagonal does not matter. Edmonds'
    blossom algorithm, in O(n^3); of several cheapest ways always the same one. Raises ValueError when the number of people is
    odd or the costs do not fit it.

    >>> cheapest_pairs(4, array("i", (0, 1, 2, 9, 1, 0, 9, 3, 2, 9, 0, 7, 9, 3, 7, 0)))
    [2, 3, 0, 1]
    """
    if people % 2 or len(cost) != people * people or cost.typecode != "i":
        raise ValueError("cheapest pairs: an even number of people and a cost for each two of them")
    if kernel == "twin" or (kernel is None and not wasm.loads()):
        return TwinMatching(people, cost.tolist()).run()
    memory = wasm.Memory()
    at = memory.address("cheapest_pairs", people, memory.put(cost))
    if not at:
        raise MemoryError("The pairing engine has no memory for this matching.")
    return array("i", bytes(memory.get(at, 4 * people))).tolist()


def assigned(gains: Sequence[Sequence[int]], kernel: Kernel | None = None) -> list[int]:
    """For each row the column it gets, all different, such that the gains add up to the most: a matching of rows with columns.

    >>> assigned([[3, 1], [4, 0]])
    [1, 0]
    """
    n = len(gains)
    most = 1 + sum(max(row, default=0) for row in gains)
    cost = array("i", [most] * (4 * n * n))
    for row in range(n):
        for column in range(n):
            cost[row * 2 * n + n + column] = cost[(n + column) * 2 * n + row] = -gains[row][column]
    return [mate - n for mate in cheapest_pairs(2 * n, cost, kernel)[:n]]
