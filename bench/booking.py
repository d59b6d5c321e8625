"""Booking one seat through the whole flow (page, form, confirmation), beside a minimal Flask and SQLAlchemy application that does the
same three requests on the same server settings: bookings a second, how long a whole booking takes (p50, p99) and how long its requests
do (each, p99). The last column is the p99 of a booking in the time that the minimal application needs for one, so that a quick machine
and a slow one say the same.

    python bench/booking.py [--full]
"""

from __future__ import annotations

import argparse

from minimal.house import Measured, Served, both, databases, ms

CLIENTS = (1, 8, 32)
VISITS = 5
"""So many visits are booked in turn"""


def measured(served: Served, clients: int, seconds: float) -> Measured:
    return served.load(served.visits[:VISITS], clients, seconds, "book")


def row(name: str, clients: int, found: Measured, base: Measured) -> str:
    ratio = found.rate / base.rate if base.rate else 0.0
    half, slow, each = ms(found.took, 0.5), ms(found.took, 0.99), ms(found.requests, 0.99)
    times = f"{half:7.0f} {slow:7.0f} {each:7.0f} {len(found.wrong):6} {slow / 1000 * base.rate / clients:8.1f}"
    return f"{name:<34} {clients:>7} {found.rate:10.1f} {ratio:6.0%} {times}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="twenty seconds for each figure instead of one and a half")
    seconds = 20.0 if options.parse_args().full else 1.5
    times = f"{'p50 ms':>7} {'p99 ms':>7} {'each':>7} {'errors':>6} {'minimal':>8}"
    print(f"{'three requests a booking':<34} {'clients':>7} {'bookings/s':>10} {'ratio':>6} {times}")
    with databases() as found:
        for engine, urls in found.items():
            with both(urls) as (ours, least):
                for served in (ours, least):
                    measured(served, 4, 1.0)  # templates and statements are compiled once
                for clients in CLIENTS:
                    base, own = measured(least, clients, seconds), measured(ours, clients, seconds)
                    print(row(f"minimal application, {engine}", clients, base, base))
                    print(row(f"the scheduler, {engine}", clients, own, base), flush=True)
                    for wrong in sorted(set(own.wrong))[:3]:
                        print(f"    {wrong}")


if __name__ == "__main__":
    main()
