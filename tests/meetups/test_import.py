"""Importing registrants: what the preview says, mending in place, and that nothing is written until somebody confirms."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from openpyxl import Workbook

from scheduler.accounts.models import User
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.outbox import OutboxMail
from scheduler.meetups import queries
from scheduler.meetups.models import Meetup
from scheduler.registration.models import Attendee, Person, Registration
from scheduler.schools.models import School
from tests.meetups.conftest import HEADERS, as_csv, registrants


class Organizer:
    """An organizer at the import pages of one meetup."""

    def __init__(self, client: FlaskClient, meetup: Meetup) -> None:
        self.client, self.id = client, meetup.gathering.public_id
        self.meetup_id, self.gathering_id = meetup.id, meetup.gathering_id

    def upload(self, data: bytes, name: str = "registrants.csv") -> str:
        answer = self.client.post(f"/workspace/meetups/{self.id}/import", data={"file": (io.BytesIO(data), name)})
        assert answer.status_code == 303, answer.text
        return answer.location

    def see(self, address: str) -> str:
        return self.client.get(address).text

    def send(self, address: str, **typed: str) -> str:
        """Press a button of the preview with the columns as they are; returns the page it leads to."""
        draft = db.session.scalars(sa.select(ImportDraft)).one()
        columns = {f"column-{name}": str(index) for name, index in draft.mapping.items()}
        db.session.rollback()
        answer = self.client.post(address, data=columns | typed)
        assert answer.status_code == 303, answer.text
        return self.see(answer.location)

    def people(self) -> list[tuple[str, str, str | None]]:
        found = [(a.person.name, a.role, a.person.email) for a in queries.attendees_of(self.gathering_id)]
        db.session.rollback()
        return found


@pytest.fixture
def organizer(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup], network: list[School]
) -> Organizer:
    return Organizer(sign_in(cast.organizer), make_meetup(in_days=30))


def mistakes() -> list[list[str]]:
    """120 rows with three faults: an unknown school, a doubled address, an empty name. Row 1 of the file holds the headings."""
    rows = registrants()
    rows[15][4] = "Smaple 16 Colegiate High School"
    rows[40][3] = rows[30][3]
    rows[77][1] = rows[77][2] = ""
    return rows


def test_preview_names_the_three_rows_with_mistakes_and_writes_nothing(organizer: Organizer) -> None:
    address = organizer.upload(as_csv(mistakes()))

    page = organizer.see(address)

    assert "3 rows need a look." in page
    assert "No school is called “Smaple 16 Colegiate High School”. Did you mean Sample 16 Collegiate High School?" in page
    assert "Row 32 has the same address. Each person needs their own, or none." in page
    assert [f'<a href="#row{line}">Row {line}</a>' in page for line in (17, 42, 79)] == [True, True, True]
    assert "The name is empty." in page
    assert "Import 117 people, leave out 3 rows" in page
    assert organizer.people() == []


@pytest.mark.both_engines
def test_mended_rows_are_imported_with_all_others_and_the_draft_is_emptied(organizer: Organizer) -> None:
    address = organizer.upload(as_csv(mistakes()))
    mended = {
        "line": ["17", "42", "79"],
        "row17-name": "Sample Visitor 15", "row17-school": "Sample 16 Collegiate High School", "row17-role": "leader",
        "row17-email": "visitor.15@example.org",
        "row42-name": "Sample Visitor 40", "row42-school": "Sample 1", "row42-role": "teacher", "row42-email": "visitor.40@example.org",
        "row79-name": "Sample Visitor 77", "row79-school": "Sample 38", "row79-role": "", "row79-email": "",
    }  # fmt: skip

    checked = organizer.send(address, **mended, check="1")
    after = organizer.send(address, confirm="120:0")

    assert "This list is ready." in checked
    assert "120 people are registered." in after
    assert len(organizer.people()) == 120
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 40
    draft = db.session.scalars(sa.select(ImportDraft)).one()
    assert (draft.rows, draft.confirmed_at is not None) == ([], True)
    line = db.session.scalars(sa.select(AuditLine).where(AuditLine.what == "registrants imported")).one()
    assert line.after == {"people": 120, "teams": 40, "left out": 0}


def test_rows_with_mistakes_are_left_out_when_the_organizer_says_so(organizer: Organizer) -> None:
    address = organizer.upload(as_csv(mistakes()))

    page = organizer.send(address, confirm="117:3")

    assert "117 people are registered." in page
    assert len(organizer.people()) == 117


def test_button_that_no_longer_says_the_truth_imports_nothing(organizer: Organizer) -> None:
    address = organizer.upload(as_csv(mistakes()))

    page = organizer.send(
        address, confirm="117:3", line="79", **{"row79-name": "Sample Visitor 77", "row79-school": "Sample 38", "row79-role": ""}
    )

    assert "What you changed makes a difference, so nothing is imported yet." in page
    assert "Import 118 people, leave out 2 rows" in page
    assert organizer.people() == []


def test_same_file_twice_changes_nothing(organizer: Organizer) -> None:
    organizer.send(organizer.upload(as_csv(registrants())), confirm="120:0")
    before = organizer.people()
    with db.engine.begin() as connection:
        connection.execute(sa.delete(ImportDraft))

    address = organizer.upload(as_csv(registrants()))
    page = organizer.see(address)

    assert "Everybody on this list is registered already." in page
    organizer.send(address, confirm="0:0")
    assert organizer.people() == before


def test_people_of_a_school_that_is_there_join_its_team(organizer: Organizer) -> None:
    organizer.send(organizer.upload(as_csv(registrants(40))), confirm="40:0")
    with db.engine.begin() as connection:
        connection.execute(sa.delete(ImportDraft))

    organizer.send(organizer.upload(as_csv(registrants(80))), confirm="40:0")

    teams = queries.teams_of(organizer.gathering_id)
    assert Counter(team.party_size for team in teams) == {2: 40}
    assert [len(team.attendees) for team in teams] == [2] * 40


@pytest.mark.parametrize("name", [("Maria", "Lopez-Hidden"), ("Maria Lopez-Hidden", "")])
def test_of_students_no_last_name_and_no_address_is_stored_at_any_time(organizer: Organizer, name: tuple[str, str]) -> None:
    rows = [["1", *name, "maria.hidden@example.org", "Sample 1", "Student"]]

    address = organizer.upload(as_csv(rows))
    draft = str(db.session.scalars(sa.select(ImportDraft)).one().rows)
    db.session.rollback()
    organizer.send(address, confirm="1:0")

    assert "idden" not in draft
    assert organizer.people() == [("Maria L.", "student", None)]
    assert db.session.scalars(sa.select(OutboxMail)).all() == []


def test_unknown_role_stays_empty_with_a_note(organizer: Organizer) -> None:
    address = organizer.upload(as_csv([["1", "Ana", "Perez", "ana@example.org", "Sample 1", "Wizard"]]))

    page = organizer.see(address)
    organizer.send(address, confirm="1:0")

    assert "“Wizard” is no role we know, so the role stays empty. Row 2" in page
    assert organizer.people() == [("Ana Perez", "", "ana@example.org")]


def test_columns_can_be_chosen_when_headings_say_nothing(organizer: Organizer) -> None:
    address = organizer.upload(as_csv([["Ana Perez", "Sample 1"]], headers=["A", "B"]))

    asked = organizer.see(address)
    checked = organizer.client.post(address, data={"column-name": "0", "column-school": "1", "check": "1"}, follow_redirects=True).text

    assert "No column is chosen for: Name, School." in asked
    assert "Import 1 person" in checked


def test_formula_in_a_cell_is_just_text(organizer: Organizer) -> None:
    address = organizer.upload(as_csv([["1", '=HYPERLINK("http://evil.example")', "Perez", "", "Sample 1", ""]]))

    page = organizer.see(address)
    organizer.send(address, confirm="1:0")

    assert "=HYPERLINK(&#34;http://evil.example&#34;) Perez" in page
    assert organizer.people()[0][0] == '=HYPERLINK("http://evil.example") Perez'


def test_workbook_is_read_like_a_csv_file(organizer: Organizer) -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in [HEADERS, *registrants(5)]:
        sheet.append(row)
    book.save(out)

    page = organizer.see(organizer.upload(out.getvalue(), "registrants.xlsx"))

    assert "Import 5 people" in page


def test_pasted_cells_are_read_too(organizer: Organizer) -> None:
    answer = organizer.client.post(f"/workspace/meetups/{organizer.id}/import", data={"pasted": "Name\tSchool\nAna Perez\tSample 1"})

    assert "Import 1 person" in organizer.see(answer.location)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("list.pdf", b"%PDF", "This page reads files that end in .csv or .xlsx."),
        ("list.csv", b"Name,School\n", "Below the headings there is no row. Each person takes one."),
        ("list.csv", b"Name,School\nA\0na,Sample 1\n", "Line 2 holds a NUL character."),
        ("list.xlsx", b"Name,School\n", "By its content this is not an Excel workbook."),
        ("list.csv", b"Name,School\n" + b"Ana,Sample 1\n" * 2001, "This list has 2001 rows; up to 2,000 people can come to a meetup."),
    ],
)
def test_list_that_cannot_be_read_gets_a_sentence(organizer: Organizer, name: str, data: bytes, sentence: str) -> None:
    answer = organizer.client.post(f"/workspace/meetups/{organizer.id}/import", data={"file": (io.BytesIO(data), name)})

    assert answer.status_code == 409
    assert sentence in answer.text
    assert db.session.scalars(sa.select(ImportDraft)).all() == []


def test_import_without_anything_asks_for_a_file(organizer: Organizer) -> None:
    answer = organizer.client.post(f"/workspace/meetups/{organizer.id}/import", data={})

    assert answer.status_code == 422
    assert "Choose a file, or paste cells below." in answer.text


def test_more_people_than_there_is_room_for_are_refused_and_nobody_is_written(
    cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], make_meetup: Callable[..., Meetup], network: list[School]
) -> None:
    organizer = Organizer(sign_in(cast.organizer), make_meetup(in_days=30, capacity=100))
    address = organizer.upload(as_csv(registrants()))
    columns = {"column-first_name": "1", "column-last_name": "2", "column-email": "3", "column-school": "4", "column-role": "5"}

    answer = organizer.client.post(address, data=columns | {"confirm": "120:0"})

    assert answer.status_code == 409
    assert "120 more people do not fit: 100 seats are left. Raise the capacity of the meetup first." in answer.text
    assert organizer.people() == []


@pytest.mark.both_engines
def test_confirming_twice_registers_everybody_once(organizer: Organizer) -> None:
    address = organizer.upload(as_csv(registrants(10)))

    organizer.send(address, confirm="10:0")
    organizer.send(address, confirm="10:0")

    assert len(organizer.people()) == 10


def test_list_of_another_meetup_is_not_there(organizer: Organizer, make_meetup: Callable[..., Meetup]) -> None:
    draft = organizer.upload(as_csv(registrants(2))).rsplit("/", 1)[1]
    other = make_meetup(in_days=40).gathering.public_id

    assert organizer.client.get(f"/workspace/meetups/{other}/import/{draft}").status_code == 404


def test_each_address_of_an_imported_list_is_mailed_once(organizer: Organizer) -> None:
    organizer.send(organizer.upload(as_csv(registrants())), confirm="120:0")

    mails = db.session.scalars(sa.select(OutboxMail)).all()

    assert Counter(mail.template for mail in mails) == {"registration/mail/team_registered": 40, "registration/mail/colleague": 40}
    assert len({mail.to_address for mail in mails}) == 80
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attendee)) == 120
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person).where(Person.email.is_not(None))) == 80


def test_students_grade_band_is_kept_and_no_permission_is_made_up(organizer: Organizer) -> None:
    """Registration rule 3: first name, last initial and grade band; permission stays unknown."""
    rows = [
        ["Maria", "Lopez", "m@x.org", "Sample 1", "Student", "10th grade, room 4"],
        ["Sam", "Mora", "", "Sample 1", "Student (grade 8)", ""],
        ["Lee", "Leader", "lee@example.org", "Sample 1", "Principal", "12"],
    ]
    address = organizer.upload(as_csv(rows, ["First name", "Last name", "Email", "School", "Role", "Grade"]))
    draft = str(db.session.scalars(sa.select(ImportDraft)).one().rows)
    db.session.rollback()

    organizer.send(address, confirm="3:0")

    assert "room 4" not in draft
    assert "Lopez" not in draft
    found = db.session.scalars(sa.select(Attendee).order_by(Attendee.id)).all()
    assert sorted((one.name, one.grade_band, len(one.consents)) for one in found) == [
        ("Lee Leader", "", 0), ("Maria L.", "9-10", 0), ("Sam M.", "6-8", 0),
    ]  # fmt: skip
