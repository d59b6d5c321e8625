"""The kernel as WebAssembly: the C of this folder, compiled once a process; a memory of its own for every use."""

from __future__ import annotations

import atexit
from array import array
from functools import cache
from importlib import import_module
from pkgutil import get_data
from threading import Lock
from typing import Any, TypeAlias

Bytes: TypeAlias = "bytes | bytearray | array[int]"

_one_at_a_time = Lock()


@cache
def loads() -> bool:
    """Whether this machine can run the kernel."""
    try:
        Memory()
    except Exception:  # a processor wasmtime does not know, too little address space, ...: whatever it is, there is the twin
        return False
    return True


class Memory:
    """One running instance of the kernel with all its data. Not for two threads at a time.

    >>> memory = Memory()
    >>> at = memory.put(array("i", (3, 1, 4)))
    >>> memory.get(at, 12) == array("i", (3, 1, 4)).tobytes()
    True
    """

    def __init__(self) -> None:
        wasmtime, engine, module = _compiled()
        self._store = wasmtime.Store(engine)
        self._exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._bytes = self._exports["memory"]

    def call(self, function: str, *arguments: int) -> int:
        """Call an exported function; a function without a result gives 0. The interpreter is free for other threads meanwhile."""
        return self._exports[function](self._store, *arguments) or 0

    def address(self, function: str, *arguments: int) -> int:
        """Call a function whose result is an address."""
        return self.call(function, *arguments) & 0xFFFFFFFF

    def allocate(self, size: int) -> int:
        """The address of so many new bytes, all zero, for as long as this memory lives. Raises MemoryError when there are no more."""
        at = self.address("allocate", size)
        if not at:
            raise MemoryError(f"The kernel of the pairing engine cannot have {size} bytes more.")
        return at

    def put(self, data: Bytes) -> int:
        """Copy data to a new place; returns its address."""
        raw = bytearray(data)
        at = self.allocate(len(raw))
        self._bytes.write(self._store, raw, at)
        return at

    def write(self, at: int, data: Bytes) -> None:
        """Copy data to an address where there is room for it."""
        self._bytes.write(self._store, bytearray(data), at)

    def get(self, at: int, size: int) -> bytearray:
        """A copy of so many bytes from an address on."""
        return bytearray(self._bytes.read(self._store, at, at + size))


def _compiled() -> tuple[Any, Any, Any]:
    """wasmtime, its engine and the compiled kernel, the same for the whole process."""
    with _one_at_a_time:
        return _compile()


@cache
def _compile() -> tuple[Any, Any, Any]:
    wasmtime = import_module("wasmtime")  # here, because it takes longer to import than the whole pairing engine
    config = wasmtime.Config()
    config.parallel_compilation = False  # no slower for so little code, and it leaves no threads behind that a fork would lose
    engine = wasmtime.Engine(config)
    atexit.register(_compile.cache_clear)  # when Python takes its modules apart, wasmtime cannot clean up any more
    return wasmtime, engine, wasmtime.Module(engine, get_data(__package__, "kernel.wasm"))
