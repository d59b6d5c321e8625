"""A list of registrants as organizers really have it: read by its columns, checked row by row, grouped into teams."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property

from email_validator import EmailNotValidError, validate_email

from scheduler.core.people import address_key, grade_band, student_name
from scheduler.core.refusal import Sentence, say
from scheduler.core.text import is_blank, same_name, unshowable

FIELDS: dict[str, tuple[str, ...]] = {
    "email": ("e-mail", "email address", "e-mail address", "mail", "correo"),
    "school": ("school name", "name of school", "organization", "organisation", "company", "affiliation", "escuela"),
    "role": ("position", "job title", "your role", "title", "ticket type", "i am a"),
    "grade": ("grade level", "grade band", "grades", "class year", "grado"),
    "first_name": ("first", "given name", "forename", "nombre"),
    "last_name": ("last", "surname", "family name", "apellido"),
    "name": ("full name", "your name", "participant", "attendee", "registrant"),
}
"""What a column may hold, with the headings that are taken for it; the order settles headings that fit two."""

_ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "student": ("student", "pupil", "scholar", "learner"),
    "counselor": ("counselor", "counsellor", "social worker", "advisor"),
    "leader": ("leader", "principal", "director", "head", "dean", "ap"),
    "district": ("district", "superintendent", "doe", "central office"),
    "partner": ("partner", "community", "nonprofit", "funder"),
    "teacher": ("teacher", "educator", "instructor", "coach", "faculty"),
}
MOST_LETTERS = 200


def role_of(typed: str) -> str:
    """The role that somebody means, or nothing.

    >>> role_of("Assistant Principal"), role_of("Student (grade 10)"), role_of("Wizard")
    ('leader', 'student', '')
    """
    words = f" {' '.join(_words(typed))} "
    for role, synonyms in _ROLE_WORDS.items():
        if any(f" {word} " in words or f" {word}s " in words for word in synonyms):
            return role
    return ""


@dataclass(frozen=True)
class KnownSchool:
    """A school of the directory, as far as a list can name it."""

    id: int
    name: str
    short_name: str
    slug: str = ""


class Directory:
    """Finds the school that somebody means: by name, short name or slug, with HS or High School, with or without brackets.

    >>> directory = Directory([KnownSchool(1, "Harvest Collegiate High School", "Harvest"), KnownSchool(2, "The James School (MS 8)", "MS 8")])
    >>> directory.find("harvest collegiate HS"), directory.find("James School"), directory.find("Hogwarts")
    (KnownSchool(id=1, name='Harvest Collegiate High School', short_name='Harvest', slug=''), KnownSchool(id=2, name='The James School (MS 8)', short_name='MS 8', slug=''), None)
    >>> directory.nearest("Harvst Colegiate High School")
    'Harvest Collegiate High School'
    """  # noqa: E501 - a docstring's answer stands on one line

    def __init__(self, schools: Iterable[KnownSchool]) -> None:
        self.keys: dict[str, KnownSchool] = {}
        for school in schools:
            for name in (school.name, school.short_name, school.slug, re.sub(r"\(.*?\)", "", school.name)):
                if key := school_key(name):
                    self.keys.setdefault(key, school)

    def find(self, typed: str) -> KnownSchool | None:
        return self.keys.get(school_key(typed))

    def nearest(self, typed: str) -> str | None:
        """The name of the school whose spelling comes closest, if one comes close."""
        close = get_close_matches(school_key(typed[:MOST_LETTERS]), self.keys, n=1, cutoff=0.6)
        return self.keys[close[0]].name if close else None


def school_key(name: str) -> str:
    """A form in which two spellings of one school are equal.

    >>> school_key("The Harvest HS") == school_key("Harvest High School")
    True
    """
    whole = {"hs": ["high", "school"], "the": [], "and": []}
    return " ".join(part for word in _words(name.replace("’", "").replace("'", "")) for part in whole.get(word, [word]))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", same_name(text))


@dataclass(frozen=True)
class Typed:
    """One row as it stands in the file or as somebody mended it."""

    line: int
    name: str
    school: str
    role: str
    email: str
    grade: str = ""


@dataclass(frozen=True)
class Here:
    """Somebody who is registered already."""

    name: str
    school_id: int | None
    email: str | None


@dataclass(frozen=True)
class Row:
    """One row after the check: what was typed, what it means, what is wrong at which field, and what is worth knowing."""

    typed: Typed
    school: KnownSchool | None = None
    role: str = ""
    faults: tuple[tuple[str, Sentence], ...] = ()
    notes: tuple[Sentence, ...] = ()
    is_here: bool = False

    @property
    def line(self) -> int:
        return self.typed.line

    @property
    def is_new(self) -> bool:
        return not self.faults and not self.is_here

    @property
    def email(self) -> str | None:
        """The address to keep: none of students."""
        return address_key(self.typed.email) if self.typed.email and self.role != "student" else None

    @property
    def grade_band(self) -> str:
        """Of students, from the grade's column or from a role like “Student (grade 10)”."""
        return (grade_band(self.typed.grade) or grade_band(self.typed.role)) if self.role == "student" else ""

    @property
    def name(self) -> str:
        """The name to keep: of students first name and last initial."""
        return student_name(self.typed.name) if self.role == "student" and self.typed.name.strip() else self.typed.name


@dataclass(frozen=True)
class Checked:
    """A whole list after the check."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...] = field(default=())
    """Fields for which no column is chosen; then no row was looked at"""

    @cached_property
    def new(self) -> list[Row]:
        return [row for row in self.rows if row.is_new]

    @cached_property
    def unchanged(self) -> list[Row]:
        return [row for row in self.rows if row.is_here]

    @cached_property
    def faulty(self) -> list[Row]:
        return [row for row in self.rows if row.faults]

    @cached_property
    def notes(self) -> list[tuple[Sentence, list[int]]]:
        """What is worth knowing about the new people, each sentence once with its rows."""
        notes: dict[str, tuple[Sentence, list[int]]] = {}
        for row in self.new:
            for sentence in row.notes:
                notes.setdefault(str(sentence), (sentence, []))[1].append(row.line)
        return list(notes.values())

    @cached_property
    def teams(self) -> dict[KnownSchool, list[Row]]:
        """The new people of each school, by its name; whoever can be written to comes first and becomes the lead."""
        teams: defaultdict[KnownSchool, list[Row]] = defaultdict(list)
        for row in self.new:
            assert row.school is not None, "a row without fault has a school"
            teams[row.school].append(row)
        return {school: sorted(teams[school], key=_leads) for school in sorted(teams, key=lambda school: same_name(school.name))}

    @property
    def expected(self) -> str:
        """What the button promises; compared when it is pressed."""
        return f"{len(self.new)}:{len(self.faulty)}"


def _leads(row: Row) -> tuple[bool, bool, int]:
    return row.email is None, row.role == "student", row.line


def missing_columns(mapping: Mapping[str, int]) -> tuple[str, ...]:
    """The fields that need a column and have none.

    >>> missing_columns({"first_name": 0, "email": 2})
    ('school',)
    """
    named = "name" in mapping or "first_name" in mapping
    return (() if named else ("name",)) + (() if "school" in mapping else ("school",))


def read_row(line: int, cells: Sequence[str], mapping: Mapping[str, int]) -> Typed:
    """A row by its columns; a name comes whole or in two parts.

    >>> read_row(7, ["Ana", "Perez", "KAPPA"], {"first_name": 0, "last_name": 1, "school": 2})
    Typed(line=7, name='Ana Perez', school='KAPPA', role='', email='', grade='')
    """

    def cell(name: str) -> str:
        index = mapping.get(name, -1)
        return cells[index].strip() if 0 <= index < len(cells) else ""

    name = cell("name") or f"{cell('first_name')} {cell('last_name')}".strip()
    return Typed(line, name, cell("school"), cell("role"), cell("email"), cell("grade"))


def without_student_data(cells: Sequence[str], mapping: Mapping[str, int]) -> list[str]:
    """A student's row less what is never stored: the last name but its initial, addresses, and every column nobody asked for.

    Whoever the role's column, or without one any cell, calls a student is one. Other rows stay as they are.

    >>> without_student_data(["Maria", "Lopez", "m@x.org", "MS 442", "Student"], {"first_name": 0, "last_name": 1, "school": 3, "role": 4})
    ['Maria', 'L.', '', 'MS 442', 'Student']
    """
    roles = [cells[mapping["role"]]] if mapping.get("role", len(cells)) < len(cells) else [cell for cell in cells if len(cell) < 30]
    if not any(role_of(cell) == "student" for cell in roles):
        return list(cells)
    asked = {index: name for name, index in mapping.items() if name != "email"}
    last = mapping.get("last_name", len(cells))
    if not (last < len(cells) and cells[last].strip()):  # then the first name's column may hold the whole name
        asked = {index: "name" if name == "first_name" else name for index, name in asked.items()}
    return [_kept_cell(cell, asked.get(index), all_known=not missing_columns(mapping)) for index, cell in enumerate(cells)]


def _kept_cell(cell: str, name: str | None, *, all_known: bool) -> str:
    if name == "last_name" and cell.strip():
        return f"{cell.strip()[0]}."
    if name == "name" and cell.strip():
        return student_name(cell)
    if name == "grade":
        return grade_band(cell)
    if name is None and (all_known or "@" in cell):
        return ""
    return cell


def check(rows: Sequence[Typed], directory: Directory, here: Iterable[Here]) -> tuple[Row, ...]:
    """Say of every row whether it is new, here already, or what is wrong with it.

    People are known by address, else by name and school; the same list twice changes nothing.

    >>> directory = Directory([KnownSchool(1, "Harvest Collegiate High School", "Harvest")])
    >>> rows = check([Typed(2, "Ana", "Harvest", "", "a@x.org"), Typed(3, "Ben", "Harvest", "", "A@x.org")], directory, [])
    >>> [(name, str(sentence)) for name, sentence in rows[1].faults]
    [('email', 'Row 2 has the same address. Each person needs their own, or none.')]
    """
    lines: dict[str, int] = {}
    known = Known(here)
    checked = []
    for typed in rows:
        row = _look_at(typed, directory, lines)
        checked.append(row if row.faults else replace(row, is_here=known.take(row)))
    return tuple(checked)


class Known:
    """Those who are registered, each found once: two students of one kept name are two people."""

    def __init__(self, here: Iterable[Here]) -> None:
        everybody = list(here)
        self.addresses = {person.email for person in everybody if person.email}
        self.without_address = Counter((same_name(person.name), person.school_id) for person in everybody if not person.email)
        self.named = {(same_name(person.name), person.school_id) for person in everybody}

    def take(self, row: Row) -> bool:
        """Whether this row is somebody who is registered."""
        if row.email in self.addresses:
            return True
        key = (same_name(row.name), row.school.id if row.school else None)
        if row.role != "student":
            return key in (self.without_address if row.email else self.named)
        if self.without_address[key] == 0:
            return False
        self.without_address[key] -= 1
        return True


def _look_at(typed: Typed, directory: Directory, lines: dict[str, int]) -> Row:
    role = role_of(typed.role)
    school = directory.find(typed.school) if typed.school else None
    faults = [*name_faults(typed.name), *_school_faults(typed.school, school, directory)]
    notes = []
    if typed.role and not role:
        notes.append(say("“%(role)s” is no role we know, so the role stays empty.", role=typed.role[:40]))
    if role == "student":
        if typed.email:
            notes.append(say("Addresses of students are not kept."))
    else:
        faults += _address_faults(typed, lines)
        if not typed.email and not faults:
            faults += _name_again(typed, school, lines)
    return Row(typed, school, role, tuple(faults), tuple(notes))


def name_faults(name: str) -> list[tuple[str, Sentence]]:
    """What is wrong with a name, at its field; nothing if it will do."""
    if is_blank(name):
        return [("name", say("The name is empty."))]
    if found := unshowable(name):
        return [("name", say("%(what)s cannot be shown in a name. Type it again without.", what=", ".join(found)))]
    if len(name) > MOST_LETTERS:
        return [("name", say("The name has %(letters)d letters; up to 200 fit.", letters=len(name)))]
    return []


def _school_faults(typed: str, school: KnownSchool | None, directory: Directory) -> list[tuple[str, Sentence]]:
    if school is not None:
        return []
    if is_blank(typed):
        return [("school", say("The school is empty."))]
    shown = "".join(character for character in typed[:60] if not unshowable(character))
    if nearest := directory.nearest(typed):
        return [("school", say("No school is called “%(typed)s”. Did you mean %(nearest)s?", typed=shown, nearest=nearest))]
    return [("school", say("No school of the directory is called “%(typed)s”. An administrator can add it there.", typed=shown))]


def _address_faults(typed: Typed, lines: dict[str, int]) -> list[tuple[str, Sentence]]:
    if not typed.email:
        return []
    try:
        validate_email(typed.email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return [("email", say("This is not an e-mail address. It looks like ana@school.org."))]
    first = lines.setdefault(address_key(typed.email), typed.line)
    if first != typed.line:
        return [("email", say("Row %(line)d has the same address. Each person needs their own, or none.", line=first))]
    return []


def _name_again(typed: Typed, school: KnownSchool | None, lines: dict[str, int]) -> list[tuple[str, Sentence]]:
    key = f"{same_name(typed.name)}\n{school.id if school else ''}"
    first = lines.setdefault(key, typed.line)
    if first != typed.line:
        return [("name", say("Row %(line)d names the same person of the same school. Give one of the two an address.", line=first))]
    return []
