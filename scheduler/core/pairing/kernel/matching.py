"""The cheapest way to make pairs of all people: one call of the kernel."""

from __future__ import annotations

from array import array

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
