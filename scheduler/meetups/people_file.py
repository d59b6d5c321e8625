"""A list of people with their wishes, from a table, as the pairing engine wants it: for planning without a database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from scheduler.core.pairing.plan import Pair, pair
from scheduler.core.pairing.problem import Participant, Problem
from scheduler.core.pairing.seating import BySize
from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import same_name
from scheduler.foundation.tables import Table
from scheduler.meetups.imports import guessed_mapping
from scheduler.meetups.registrants import FIELDS, Typed, missing_columns, name_faults, read_row, role_of, school_key
from scheduler.meetups.service import MOST_PEOPLE

WISHES: dict[str, tuple[str, ...]] = {
    "present": ("present in rounds", "here in rounds"),
    "away": ("absent", "away in rounds"),
    "offers": ("offer", "can share", "topics offered"),
    "wants": ("want", "would like to hear about", "topics wanted"),
    "apart": ("keep apart", "keep apart from", "not with"),
}
"""What further columns may hold, with the headings that are taken for it; they come before those of every list"""


def read_people(table: Table, *, rounds: int, table_size: int, students_have_company: bool) -> Problem:
    """The problem of a list: one row a person, rounds counted from 1. E-mail addresses are not looked at.

    People are called by their name, and where two share one by name and school. Refuses, with the row, what cannot be read.

    >>> table = Table(["Name", "School", "Away", "Keep apart from"], [["Ana", "KAPPA", "2-3", "Ben"], ["Ben", "", "", ""]], [2, 3])
    >>> problem = read_people(table, rounds=3, table_size=2, students_have_company=False)
    >>> problem.participants[0].present, problem.keep_apart
    (frozenset({0}), frozenset({('Ana', 'Ben')}))
    """
    listed = Listed(table, rounds)
    return Problem(
        tuple(listed.participants()), rounds=rounds, seating=BySize(table_size), keep_apart=frozenset(listed.apart()),
        students_have_company=students_have_company,
    )  # fmt: skip


class Listed:
    """The rows of a list with what each person is called."""

    def __init__(self, table: Table, rounds: int) -> None:
        self.rounds = rounds
        self.mapping = guessed_mapping(table.headers, {**WISHES, **FIELDS})
        if "name" in missing_columns(self.mapping):
            raise Refusal(say("No column holds the names. Head it Name, or two of them First name and Last name."))
        if not table.rows:
            raise Refusal(say("Below the headings there is no row. Each person takes one."))
        if len(table.rows) > MOST_PEOPLE:
            raise Refusal(say("This list has %(rows)d rows; up to 2,000 people can come to a meetup.", rows=len(table.rows)))
        self.cells = dict(zip(table.lines, table.rows, strict=True))
        self.people = [read_row(line, cells, self.mapping) for line, cells in self.cells.items()]
        self._refuse_faults()
        times = Counter(same_name(typed.name) for typed in self.people)
        self.called = {typed.line: _called(typed, alone=times[same_name(typed.name)] == 1) for typed in self.people}

    def _refuse_faults(self) -> None:
        lines: dict[tuple[str, str], int] = {}
        for typed in self.people:
            for _, fault in name_faults(typed.name):
                raise _in_row(typed.line, fault)
            first = lines.setdefault((same_name(typed.name), _school(typed)), typed.line)
            if first != typed.line:
                raise _in_row(typed.line, say("Row %(first)d names the same person of the same school. Tell the two apart.", first=first))

    def participants(self) -> Iterator[Participant]:
        """Everybody, schools in their first spelling and roles in our words where they have one."""
        schools: dict[str, str] = {}
        for typed in self.people:
            school = schools.setdefault(_school(typed), typed.school) or None
            role = role_of(typed.role) or same_name(typed.role) or None
            offers, wants = (self._topics(typed.line, field) for field in ("offers", "wants"))
            yield Participant(self.called[typed.line], school, role, self._present(typed.line), offers=offers, wants=wants)

    def apart(self) -> Iterator[Pair]:
        """Whom to keep apart: names parted by semicolons or line breaks, or by commas where no name has one."""
        found: dict[str, set[str]] = {}
        for typed in self.people:
            called = self.called[typed.line]
            for name in (typed.name, called, f"{typed.name} ({typed.school})"):
                found.setdefault(same_name(name), set()).add(called)
        for typed in self.people:
            for name in _names(self._cell(typed.line, "apart"), found):
                yield pair(self.called[typed.line], self._one(typed, name, found.get(same_name(name), set())))

    def _one(self, typed: Typed, name: str, found: set[str]) -> str:
        others = found - {self.called[typed.line]}
        if len(others) == 1:
            return others.pop()
        if others:
            said = say("More than one person is called “%(name)s”. Add the school, as in %(one)s.", name=name, one=min(others))
        else:
            said = say("Nobody else on the list is called “%(name)s”. Write names as they stand in the list.", name=name[:60])
        raise _in_row(typed.line, said)

    def _present(self, line: int) -> frozenset[int] | None:
        """In which rounds somebody is there, from 0; None for all."""
        here, away = self._cell(line, "present"), self._cell(line, "away")
        if not here and not away:
            return None
        every = frozenset(range(self.rounds))
        return (self._numbers(line, here) if here else every) - self._numbers(line, away)

    def _numbers(self, line: int, text: str) -> frozenset[int]:
        """Rounds from 0 out of a text that counts them from 1, such as 1, 3-5."""
        numbers: set[int] = set()
        for part in re.split(r"[\s,;]+", re.sub(r"\s*[-–]\s*", "-", text)) if text else ():
            span = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part)
            if span is None:
                raise _in_row(
                    line, say("“%(typed)s” is no list of rounds. Write one like 1, 3-5, or leave the cell empty.", typed=text[:40])
                )
            first, last = int(span[1]), int(span[2] or span[1])
            if not 1 <= first <= last <= self.rounds:
                raise _in_row(line, say("“%(typed)s” names rounds other than 1 to %(rounds)d.", typed=text[:40], rounds=self.rounds))
            numbers.update(range(first - 1, last))
        return frozenset(numbers)

    def _topics(self, line: int, field: str) -> frozenset[str]:
        parts = re.split(r"[,;\n]", self._cell(line, field))
        return frozenset(same_name(part) for part in parts if part.strip())

    def _cell(self, line: int, field: str) -> str:
        return self.cells[line][self.mapping[field]] if field in self.mapping else ""


def _in_row(line: int, what: Sentence) -> Refusal:
    return Refusal(say("Row %(line)d: %(what)s", line=line, what=what))


def _school(typed: Typed) -> str:
    """A form in which two spellings of the school are equal; one without a letter stands for itself."""
    return school_key(typed.school) or same_name(typed.school)


def _called(typed: Typed, *, alone: bool) -> str:
    return typed.name if alone or not typed.school else f"{typed.name} ({typed.school})"


def _names(text: str, known: dict[str, set[str]]) -> Iterator[str]:
    for part in filter(None, map(str.strip, re.split(r"[;\n]", text))):
        if same_name(part) in known:
            yield part
        else:
            yield from filter(None, map(str.strip, part.split(",")))
