"""The search of search.c, run as WebAssembly."""

from __future__ import annotations

from array import array
from dataclasses import astuple
from itertools import chain

from scheduler.core.pairing.kernel.chance import LUCK
from scheduler.core.pairing.kernel.layout import Counts, Layout, Prices
from scheduler.core.pairing.kernel.wasm import Bytes, Memory


class WasmSearch:
    """A search in a memory of its own. Raises ValueError for impossible seats, MemoryError when the memory does not suffice."""

    def __init__(self, layout: Layout, seats: array[int], seed: int) -> None:
        layout.check_seats(seats)
        self._layout = layout
        self._memory = Memory()
        self._search = self._memory.address("search_open", _put_layout(self._memory, layout), self._memory.put(LUCK), seed)
        if not self._search:
            raise MemoryError("The pairing engine has no memory for this search.")
        self._prices = self._memory.put(array("i", astuple(Prices())))
        self._seats = self._memory.put(seats)
        self._memory.call("search_begin", self._search, self._seats)

    def prices(self, prices: Prices) -> None:
        self._memory.write(self._prices, array("i", astuple(prices)))
        self._memory.call("search_prices", self._search, self._prices)

    def anneal(self, steps: int, heat: int) -> None:
        self._memory.call("search_anneal", self._search, steps, heat)

    def relabel(self, steps: int, heat: int) -> None:
        self._memory.call("search_relabel", self._search, steps, heat)

    def load(self, seats: array[int], forget: bool = False) -> None:
        self._layout.check_seats(seats)
        self._memory.write(self._seats, seats)
        self._memory.call("search_load", self._search, self._seats, forget)

    @property
    def counts(self) -> Counts:
        return self._counts(of_best=True)

    def best_seats(self) -> array[int]:
        return self._people(of_best=True)

    @property
    def current_counts(self) -> Counts:
        return self._counts(of_best=False)

    def current_seats(self) -> array[int]:
        return self._people(of_best=False)

    def _counts(self, of_best: bool) -> Counts:
        at = self._memory.address("search_counts", self._search, of_best)
        return Counts(*array("i", bytes(self._memory.get(at, 4 * len(Counts._fields)))))

    def _people(self, of_best: bool) -> array[int]:
        at = self._memory.address("search_seats", self._search, of_best)
        return array("i", array("H", bytes(self._memory.get(at, 2 * self._layout.seats))))


def _put_layout(memory: Memory, layout: Layout) -> int:
    """Write a layout as the structure of the same name in search.h; returns its address."""

    def put(data: Bytes | None) -> int:
        return 0 if data is None else memory.put(data)

    traders = layout.traders
    parts = (
        *(array("I", chain.from_iterable(layout.tables)), layout.table_of),
        *(layout.price, layout.met, layout.school, layout.held),
        *(traders.people, traders.first, traders.size, layout.particular),
        *(layout.student, layout.taste, layout.announced, layout.mobile, layout.came_from, layout.rotator, layout.sat_out),
    )
    numbers = (layout.people, len(layout.rounds), len(layout.tables), layout.seats, layout.ids, len(traders.people), layout.pairs_only)
    return memory.put(array("I", (*numbers, *map(put, parts))))
