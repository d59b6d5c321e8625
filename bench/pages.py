"""What everybody looks at, beside the minimal application of this bench on the same server settings: the list of coming visits and the
page of one; and what the server takes to be there at all: seconds, memory, distributions.

    python bench/pages.py [--full]
"""

from __future__ import annotations

import argparse
import subprocess
from importlib.metadata import requires
from pathlib import Path

from minimal.house import Measured, Served, both, databases, ms
from packaging.requirements import Requirement

CLIENTS = 8


def row(name: str, found: Measured, base: Measured) -> str:
    ratio = found.rate / base.rate if base.rate else 0.0
    return f"{name:<44} {found.rate:9.1f} {ratio:7.0%} {ms(found.took, 0.5):8.0f} {ms(found.took, 0.99):8.0f} {len(found.wrong):7}"


def pages(ours: Served, least: Served, engine: str, seconds: float) -> None:
    """The same number of clients reads each page for as long."""
    for name, own, theirs in (("a list of visits", "/", "/"), ("one visit", ours.visits[0], least.visits[0])):
        for served, path in ((ours, own), (least, theirs)):
            served.load((path,), 2, 0.5, "read")
        base = least.load((theirs,), CLIENTS, seconds, "read")
        print(row(f"minimal application, {name}, {engine}", base, base))
        print(row(f"the scheduler, {name}, {engine}", ours.load((own,), CLIENTS, seconds, "read"), base), flush=True)


def memory(process: int) -> float:
    """PSS of a process and its children in MiB; where the machine does not say, 0."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()
    rollups = [Path(f"/proc/{number}/smaps_rollup") for number in (process, *map(int, found))]
    lines = [line for rollup in rollups if rollup.exists() for line in rollup.read_text().splitlines() if line.startswith("Pss:")]
    return sum(int(line.split()[1]) for line in lines) / 1024


def distributions() -> set[str]:
    """All that is installed with the scheduler, extras aside."""
    found, open_ = set[str](), ["living-lab-scheduler"]
    while open_:
        name = open_.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        needs = [Requirement(line) for line in requires(name) or []]
        open_ += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="twenty seconds for each figure instead of one and a half")
    seconds = 20.0 if options.parse_args().full else 1.5
    print(f"{f'{CLIENTS} clients':<44} {'pages/s':>9} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'errors':>7}")
    with databases() as found:
        for engine, urls in found.items():
            with both(urls) as (ours, least):
                pages(ours, least, engine, seconds)
                took, there = ours.started, memory(ours.process.pid)
    print(f"\nserver start {took:.2f} s, memory {there:.0f} MiB (PSS of all processes), {len(distributions()) - 1} distributions")


if __name__ == "__main__":
    main()
