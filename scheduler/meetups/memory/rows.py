"""A list of who talked with whom, as organizers have it: one row a conversation, or one row a person at a table."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from scheduler.core.people import STUDENT, student_name
from scheduler.core.refusal import Sentence, say
from scheduler.core.text import is_blank, same_name, unshowable
from scheduler.foundation.tables import guess
from scheduler.meetups.registrants import FIELDS as PERSON
from scheduler.meetups.registrants import MOST_LETTERS, Directory, KnownSchool, name_faults, role_of

TABLE_FIELDS: dict[str, Sequence[str]] = {
    "round": ("round number", "rotation", "session", "ronda"),
    "table": ("table number", "group", "mesa"),
    "name": (*PERSON["name"], "nombre"),
    "school": PERSON["school"],
    "role": PERSON["role"],
    "email": PERSON["email"],
}
"""One row a person at a table in a round"""
PAIR_FIELDS: dict[str, Sequence[str]] = {
    "a_email": ("email a", "e-mail a", "email 1"),
    "b_email": ("email b", "e-mail b", "email 2"),
    "a_school": ("school a", "school 1", "first school"),
    "b_school": ("school b", "school 2", "second school"),
    "a_role": ("role a", "role 1"),
    "b_role": ("role b", "role 2"),
    "a_name": ("person a", "name a", "person 1", "name 1", "first person"),
    "b_name": ("person b", "name b", "person 2", "name 2", "second person"),
}
"""One row a conversation of two"""
ALL_FIELDS = (*TABLE_FIELDS, *PAIR_FIELDS)
SIDES = ("", "a_", "b_")


def guessed_columns(headers: Sequence[str]) -> dict[str, int]:
    """Which column holds what, for the kind of list that the headings fit better.

    >>> guessed_columns(["Round", "Table", "Name", "School"])
    {'round': 0, 'table': 1, 'name': 2, 'school': 3}
    >>> guessed_columns(["Person A", "School A", "Person B", "School B"])
    {'a_school': 1, 'b_school': 3, 'a_name': 0, 'b_name': 2}
    """
    pairs = guess(headers, PAIR_FIELDS)
    return pairs if {"a_school", "b_school"} <= pairs.keys() else guess(headers, TABLE_FIELDS)


def missing_columns(columns: Mapping[str, int]) -> tuple[str, ...]:
    """What a list needs and has no column for: school and table, or the two schools of each conversation.

    >>> missing_columns({"name": 0, "school": 1}), missing_columns({"a_school": 0})
    (('table',), ('b_school',))
    """
    needed = ("a_school", "b_school") if _is_pairs(columns) else ("table", "school")
    return tuple(name for name in needed if name not in columns)


def _is_pairs(columns: Mapping[str, int]) -> bool:
    return "a_school" in columns or "b_school" in columns


def without_student_data(cells: Sequence[str], columns: Mapping[str, int]) -> list[str]:
    """A row less what is never stored of students: the last name but its initial, and addresses. Whoever the role's column, or
    without one any short cell, calls a student is one.

    >>> without_student_data(["3", "7", "Maria Lopez", "MS 442", "Student", "m@x.org"], {"name": 2, "school": 3, "role": 4})
    ['3', '7', 'Maria L.', 'MS 442', 'Student', '']
    """
    kept = list(cells)
    for side in SIDES:
        name = columns.get(f"{side}name", len(cells))
        if name < len(cells) and _is_student(cells, columns.get(f"{side}role")):
            kept[name] = student_name(kept[name]) if kept[name].strip() else ""
            kept = ["" if "@" in cell else cell for cell in kept]
    return kept


def _is_student(cells: Sequence[str], role: int | None) -> bool:
    said = [cells[role]] if role is not None and role < len(cells) else [cell for cell in cells if len(cell) < 30]
    return any(role_of(cell) == STUDENT for cell in said)


@dataclass(frozen=True)
class Sitter:
    """One person of a list, as far as memory needs them."""

    school: KnownSchool
    name: str = ""
    email: str = ""
    is_student: bool = False


@dataclass(frozen=True)
class Row:
    """One row after the check: at which table its people sat, or what is wrong with it."""

    line: int
    table: tuple[str, str] = ("", "")
    sitters: tuple[Sitter, ...] = ()
    faults: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Checked:
    """A whole list after the check; `unknown` are schools that the directory does not have, with the nearest it has."""

    rows: tuple[Row, ...] = ()
    unknown: Mapping[str, str | None] | None = None
    missing: tuple[str, ...] = ()

    @cached_property
    def faulty(self) -> list[Row]:
        return [row for row in self.rows if row.faults]

    @cached_property
    def tables(self) -> list[tuple[Sitter, ...]]:
        """Who sat together; tables at which only one person is known are left out."""
        seated: defaultdict[tuple[str, str], list[Sitter]] = defaultdict(list)
        for row in self.rows:
            if not row.faults:
                seated[row.table].extend(row.sitters)
        return [tuple(sitters) for sitters in seated.values() if len(sitters) > 1]

    @property
    def conversations(self) -> int:
        return sum(len(list(combinations(table, 2))) for table in self.tables)

    @property
    def schools(self) -> int:
        return len({sitter.school.id for table in self.tables for sitter in table})

    @property
    def people(self) -> int:
        """Those who are told apart; students count by school only, so they are not among them."""
        named = {(same_name(sitter.name), sitter.school.id) for table in self.tables for sitter in table if not sitter.is_student}
        return len({who for who in named if who[0]})

    @property
    def fingerprint(self) -> str:
        """The same for the same list, however its rows are ordered (SHA-256)."""
        tables = sorted(sorted([s.school.id, same_name(s.name), s.email, s.is_student] for s in table) for table in self.tables)
        return hashlib.sha256(json.dumps(tables).encode()).hexdigest()

    @property
    def expected(self) -> str:
        """What the button promises; compared when it is pressed."""
        return f"{self.conversations}:{len(self.faulty)}"


def check(
    rows: Iterable[tuple[int, Sequence[str]]], columns: Mapping[str, int], directory: Directory, matched: Mapping[str, str]
) -> Checked:
    """Say of every row what it holds or what is wrong. `matched` are schools that somebody named anew, by what the list calls them.

    >>> directory = Directory([KnownSchool(1, "Harvest Collegiate High School", "Harvest"), KnownSchool(2, "KAPPA", "KAPPA")])
    >>> columns = {"a_name": 0, "a_school": 1, "b_name": 2, "b_school": 3}
    >>> rows = [(2, ["Ana", "Harvest", "Ben", "KAPPA"]), (3, ["Ana", "Hogwarts", "Ben", "KAPPA"])]
    >>> checked = check(rows, columns, directory, {})
    >>> checked.conversations, [(row.line, str(row.faults[0])) for row in checked.faulty]
    (1, [(3, 'No school of the directory is called “Hogwarts”.')])
    """
    if missing := missing_columns(columns):
        return Checked(missing=missing)
    reader = _Reader(columns, directory, matched)
    checked = tuple(reader.read(line, cells) for line, cells in rows)
    return Checked(tuple(_told_apart(checked)), reader.unknown)


class _Reader:
    """Reads rows by their columns and notes the schools nobody knows."""

    def __init__(self, columns: Mapping[str, int], directory: Directory, matched: Mapping[str, str]) -> None:
        self.columns, self.directory, self.matched = columns, directory, matched
        self.unknown: dict[str, str | None] = {}

    def read(self, line: int, cells: Sequence[str]) -> Row:
        sides = ("a_", "b_") if _is_pairs(self.columns) else ("",)
        faults: list[Sentence] = []
        sitters = [sitter for side in sides if (sitter := self._sitter(cells, side, faults)) is not None]
        table = (str(line), "") if len(sides) == 2 else (self._cell(cells, "round"), self._cell(cells, "table"))
        if len(sides) == 1 and not table[1]:
            faults.append(say("The table is empty."))
        return Row(line, table, tuple(sitters), tuple(faults))

    def _sitter(self, cells: Sequence[str], side: str, faults: list[Sentence]) -> Sitter | None:
        typed, name = self._cell(cells, f"{side}school"), self._cell(cells, f"{side}name")
        is_student = role_of(self._cell(cells, f"{side}role")) == STUDENT
        if name and not is_student:
            faults.extend(sentence for _, sentence in name_faults(name))
        school = self._school(typed, faults)
        return Sitter(school, name, self._cell(cells, f"{side}email")[:254], is_student) if school else None

    def _school(self, typed: str, faults: list[Sentence]) -> KnownSchool | None:
        if is_blank(typed):
            faults.append(say("The school is empty."))
            return None
        if (school := self.directory.find(self.matched.get(typed) or typed)) is None:
            self.unknown.setdefault(typed, self.directory.nearest(typed))
            shown = "".join(letter for letter in typed[:60] if not unshowable(letter))
            faults.append(say("No school of the directory is called “%(typed)s”.", typed=shown))
        return school

    def _cell(self, cells: Sequence[str], name: str) -> str:
        index = self.columns.get(name, -1)
        return cells[index].strip()[:MOST_LETTERS] if 0 <= index < len(cells) else ""


def _told_apart(rows: Sequence[Row]) -> Iterator[Row]:
    """Somebody who stands at one table twice in a round is one row too many."""
    seen: dict[tuple[tuple[str, str], str, int], int] = {}
    for row in rows:
        faults = list(row.faults)
        for sitter in row.sitters:
            if sitter.name and not sitter.is_student:
                first = seen.setdefault((row.table, same_name(sitter.name), sitter.school.id), row.line)
                if first != row.line:
                    faults.append(say("Row %(line)d seats the same person at this table.", line=first))
        yield Row(row.line, row.table, row.sitters, tuple(faults))
