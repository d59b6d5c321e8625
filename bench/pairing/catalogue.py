"""Make the catalogue of cyclic starters: `.venv/bin/python bench/pairing/catalogue.py --seconds 2400`.

Goes over all rooms of up to 150 people at tables of 3 to 8, pass after pass with four times the steps, and looks for longer
schedules than class rotation and the catalogue have. It only ever adds, so it may be stopped and started again; another
`--seed` has other luck, and `--people 48 --steps 20000` looks longer at small rooms.
"""

import argparse
import time
from functools import cache
from itertools import count
from pathlib import Path

from scheduler.core.pairing import catalogue
from scheduler.core.pairing.problem import MOST_ROUNDS
from scheduler.core.pairing.rotation import rotation
from scheduler.core.pairing.seating import BySize, even_sizes
from scheduler.core.pairing.starters import attempts, starter

FILE = Path(catalogue.__file__).with_name("catalogue.txt")
MOST_PEOPLE = 150
MORE_EACH_PASS = 4
HEAD = f"""\
# Cyclic starters, made by bench/pairing/catalogue.py: rooms where they give more rounds without a repeat than class rotation.
# People, tables, length and number of the rings in which people turn (the others stay), then a word for each base round, in
# which the letter at the place of a person is their table. Each base round gives as many rounds as the rings are long.
# Tried: rooms of up to {MOST_PEOPLE} people at tables of about 3 to 8, up to {MOST_ROUNDS} rounds.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=MOST_PEOPLE, help="rooms of at most so many")
    parser.add_argument("--steps", type=int, default=300, help="for each seat and ring in the first pass")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    lines = read()
    tried = [room for room in rooms() if room[0] <= options.people]
    for number in count():
        for people, tables in tried:
            if time.monotonic() > end:
                return save(lines)
            improve(lines, people, tables, options.steps * people * MORE_EACH_PASS**number, options.seed + number)
        print(f"pass {number}: {len(lines)} lines", flush=True)
        save(lines)


def rooms() -> list[tuple[int, int]]:
    """People and tables; rooms with full tables first, for fewer people often sit at theirs.

    Left out: tables of 5 and more where rotation gives a round for each table; more is hardly ever found there.
    """
    shapes = {
        (people, len(sizes))
        for people in range(6, MOST_PEOPLE + 1)
        for size in range(3, 9)
        for fit in ("at_least_three", "smaller", "larger")
        if len(sizes := BySize(size, fit=fit).shape(people, 0).sizes) > 1 and min(sizes) >= 3
        if max(sizes) <= 4 or rotated(people, len(sizes)) < min(len(sizes), MOST_ROUNDS)
    }
    return sorted(shapes, key=lambda shape: (shape[0] % shape[1] > 0, shape))


def read() -> dict[tuple[int, int], str]:
    lines = FILE.read_text("utf-8").splitlines() if FILE.exists() else []
    return {(int(line.split()[0]), int(line.split()[1])): line for line in lines if line and not line.startswith("#")}


def save(lines: dict[tuple[int, int], str]) -> None:
    """Write what is needed: not what rotation or leaving people out of a fuller room gives as well."""
    FILE.write_text(HEAD + "".join(f"{lines[room]}\n" for room in sorted(lines)), "utf-8")
    catalogue._catalogue.cache_clear()
    needed = {room: line for room, line in lines.items() if rounds_of(line) > otherwise(*room)}
    FILE.write_text(HEAD + "".join(f"{needed[room]}\n" for room in sorted(needed)), "utf-8")


def rounds_of(line: str) -> int:
    _, _, length, _, *words = line.split()
    return min(MOST_ROUNDS, int(length) * len(words))


def otherwise(people: int, tables: int) -> int:
    """How many rounds there are without a line for this room."""
    full = -(-people // tables) * tables
    fuller = catalogue._turning(full, tables)[:MOST_ROUNDS] if full > people else []
    return max(rotated(people, tables), len(catalogue.leave_out(fuller, full - people)))


@cache
def rotated(people: int, tables: int) -> int:
    return len(rotation(people, tables, MOST_ROUNDS))


def counted(people: int, tables: int) -> int:
    """No more rounds than this, by counting pairs and the people someone can meet; a little over what is ever asked for."""
    sizes = even_sizes(people, tables)
    pairs = people * (people - 1) // sum(size * (size - 1) for size in sizes)
    return min(pairs, (people - 1) // (min(sizes) - 1), MOST_ROUNDS + 4)


def improve(lines: dict[tuple[int, int], str], people: int, tables: int, steps: int, seed: int) -> None:
    """Try what is just beyond what there is, as long as that helps, and the most that counting allows."""
    most = counted(people, tables)
    have = max(otherwise(people, tables), rounds_of(lines[people, tables]) if (people, tables) in lines else 0)
    while have < min(most, MOST_ROUNDS):
        targets = sorted({*range(have + 1, have + 4), most} & {*range(have + 1, most + 1)}, reverse=True)
        found = next((rounds for rounds in targets if search(lines, people, tables, rounds, steps, seed)), have)
        if found == have:
            break
        have = found


def search(lines: dict[tuple[int, int], str], people: int, tables: int, rounds: int, steps: int, seed: int) -> bool:
    for rings, base_rounds, mirror in attempts(people, tables, rounds):
        conflicts, found = starter(even_sizes(people, tables), rings, base_rounds, steps, seed, mirror)
        if not conflicts:
            lines[people, tables] = catalogue.as_line(people, tables, rings, found)
            return True
    return False


if __name__ == "__main__":
    main()
