"""The fast kernel of the pairing engine: C compiled to WebAssembly, and its twin in plain Python that gives the same results."""

from __future__ import annotations

from array import array
from typing import Literal

from scheduler.core.pairing.kernel import wasm
from scheduler.core.pairing.kernel.layout import Layout, Search
from scheduler.core.pairing.kernel.search_twin import TwinSearch
from scheduler.core.pairing.kernel.search_wasm import WasmSearch

Kernel = Literal["wasm", "twin"]


def open_search(layout: Layout, seats: array[int], seed: int, kernel: Kernel | None = None) -> Search:
    """A search that begins with these people ("i") on the seats of the layout; the twin where WebAssembly does not run.

    Raises ValueError when somebody sits twice in a round.
    """
    if kernel == "twin" or (kernel is None and not wasm.loads()):
        return TwinSearch(layout, seats, seed)
    return WasmSearch(layout, seats, seed)
