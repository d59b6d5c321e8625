"""Booking one seat through the whole flow (page, form, confirmation), beside a minimal Flask and SQLAlchemy application that does the
same three requests on the same server settings: bookings a second, and how long a whole booking takes.

    python bench/booking.py [--full]
"""

from __future__ import annotations

import argparse

from minimal.house import Measured, Served, both, databases

CLIENTS = (1, 8, 32)
VISITS = 5
"""So many visits are booked in turn"""


def measured(served: Served, clients: int, seconds: float) -> Measured:
    return served.load(served.visits[:VISITS], clients, seconds, "book")


def row(name: str, clients: int, found: Measured, base: Measured) -> str:
    ratio = found.rate / base.rate if base.rate else 0.0
    figures = f"{found.rate:10.1f} {ratio:7.0%} {found.ms(0.5):8.0f} {found.ms(0.99):8.0f} {len(found.wrong):7}"
    return f"{name:<34} {clients:>7} {figures}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="twenty seconds for each figure instead of one and a half")
    seconds = 20.0 if options.parse_args().full else 1.5
    print(f"{'three requests a booking':<34} {'clients':>7} {'bookings/s':>10} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8} {'errors':>7}")
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
