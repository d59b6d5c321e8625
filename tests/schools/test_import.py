"""A list of schools: seen before it is written, all of it or nothing, and the second time it changes nothing."""

import io

import openpyxl
import pytest
import sqlalchemy as sa

from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.tables import read_table
from scheduler.schools import imports, queries, service
from scheduler.schools.models import School, Tier
from scheduler.schools.rows import FIELDS, Known, check, split_areas
from scheduler.schools.service import SchoolDetails
from tests.people import MONDAY

LIST = (
    "name,short_name,tier,borough,address,focus_areas,contact_name,contact_email\n"
    'KAPPA International High School,KAPPA,living_lab,Bronx,"500 E Fordham Rd, Bronx",'
    "student-led conferences;competency design,Kim,kim@example.org\n"
    "NYC iSchool,iSchool,Living Lab,Manhattan,,flexible pacing,,\n"
    "Bronx Arena High School,,active member,Bronx,,,,\n"
)
OLD = SchoolDetails("NYC iSchool", "iSchool", Tier.LIVING_LAB, "Manhattan", "America/New_York", focus_areas=("flexible pacing",))


def checked(text, *known):
    table = read_table("schools.csv", text.encode())
    mapping = {name: table.headers.index(name) for name in table.headers if name in FIELDS}
    return check(
        zip(table.lines, table.rows, strict=True), mapping, [Known(n, each) for n, each in enumerate(known, 1)], zone="Europe/Vienna"
    )


def test_new_schools_have_what_the_row_says_and_sensible_rest():
    rows = checked(LIST).new

    assert [row.details for row in rows] == [
        SchoolDetails(
            "KAPPA International High School", "KAPPA", Tier.LIVING_LAB, "Bronx", "Europe/Vienna", address="500 E Fordham Rd, Bronx",
            focus_areas=("student-led conferences", "competency design"), contacts=(("Kim", "kim@example.org"),),
        ),
        SchoolDetails("NYC iSchool", "iSchool", Tier.LIVING_LAB, "Manhattan", "Europe/Vienna", focus_areas=("flexible pacing",)),
        SchoolDetails("Bronx Arena High School", "Bronx Arena High School", Tier.ACTIVE_MEMBER, "Bronx", "Europe/Vienna"),
    ]  # fmt: skip


def test_known_school_is_unchanged_by_equal_and_by_empty_cells():
    result = checked("name,short_name,tier,borough,focus_areas\nnyc  ischool,,LIVING LABS,,Flexible Pacing\n", OLD)

    assert (result.new, result.changed, result.faulty) == ([], [], [])
    assert len(result.unchanged) == 1


def test_changes_are_told_field_by_field():
    row = checked("name,borough,tier,contact_email\nNYC iSchool,Queens,friend,ana@example.org\n", OLD).changed[0]

    assert row.changes == (
        ("tier", "Living Lab", "Friend"), ("borough", "Manhattan", "Queens"), ("contacts", "", "ana@example.org <ana@example.org>"),
    )  # fmt: skip


def test_contact_of_a_known_address_gets_the_new_name_and_the_others_stay():
    before = SchoolDetails("A", "A", Tier.FRIEND, "", "UTC", contacts=(("Ana", "ana@example.org"), ("Ben", "ben@example.org")))

    row = checked("name,contact_name,contact_email\nA,Anna,ANA@example.org\n", before).changed[0]

    assert row.details.contacts == (("Anna", "ana@example.org"), ("Ben", "ben@example.org"))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("name,tier\n,friend\n", ["The name of the school is missing."]),
        ("name,tier\nA,gold\n", ["gold is no tier. Write Living Lab, Incubator, Active Member, Friend or External."]),
        ("name,time_zone\nA,New York\n", ["New York is no time zone. Write it like America/New_York."]),
        ("name,contact_email\nA,nonsense\n", ["nonsense is not an e-mail address."]),
        ("name,contact_name\nA,Ana\n", ["The contact has a name but no e-mail address."]),
        ("name,borough\nA,B\u2028C\n", ["U+2028 in “Borough” cannot be shown here."]),
        (f"name,borough\nA,{'x' * 61}\n", ["“Borough” has 61 letters; up to 60 fit."]),
        (f"name,focus_areas\nA,{';'.join(str(n) for n in range(21))}\n", ["Up to 20 focus areas of up to 80 letters fit."]),
        ("name\nA\nB\n a \n", ["Line 2 is about the same school."]),
    ],
)
def test_what_is_wrong_with_a_line_is_said(text, sentences):
    faulty = checked(text).faulty

    assert [str(fault) for row in faulty for fault in row.faults] == sentences


def test_areas_are_split_and_each_is_kept_once():
    assert split_areas(" a, b;c\nA ;; ") == ("a", "b", "c")


# The use cases


def start(text=LIST, name="schools.csv", user_id=1):
    public_id = imports.start_import(name, read_table(name, text.encode()), user_id=user_id, now=MONDAY)
    draft = db.session.scalar(sa.select(ImportDraft).where(ImportDraft.public_id == public_id))
    expected = imports.preview(draft).expected
    draft_id = draft.id
    db.session.remove()
    return draft_id, expected


def confirm(text=LIST):
    draft_id, expected = start(text)
    done = imports.confirm(draft_id, expected=expected, actor="user:1", now=MONDAY)
    db.session.remove()
    return done


def everything():
    found = [(school.slug, school.version, service.details_of(school)) for school in queries.all_schools()]
    db.session.remove()
    return found


def test_nothing_is_written_before_confirming(app):
    start()

    assert everything() == []


@pytest.mark.both_engines
def test_confirmed_list_is_in_the_directory_and_the_second_time_changes_nothing(app):
    assert confirm() == imports.Imported(True, 3, 0)
    before = everything()
    assert [slug for slug, *_ in before] == ["bronx-arena-high-school", "kappa", "ischool"]

    again = confirm()

    assert again == imports.Imported(True, 0, 0)
    assert everything() == before


def test_draft_forgets_its_rows_when_confirmed_and_confirming_twice_is_confirming_once(app):
    draft_id, expected = start()
    assert imports.confirm(draft_id, expected=expected, actor="user:1", now=MONDAY).new == 3

    assert imports.confirm(draft_id, expected=expected, actor="user:1", now=MONDAY) == imports.Imported(True)

    draft = db.session.get(ImportDraft, draft_id)
    assert (draft.headers, draft.rows, draft.confirmed_at) == ([], [], MONDAY)
    assert len(everything()) == 3


def test_nothing_is_written_when_the_directory_changed_meanwhile(app):
    draft_id, expected = start()
    service.create_school(OLD, actor="user:1", now=MONDAY)

    done = imports.confirm(draft_id, expected=expected, actor="user:1", now=MONDAY)

    assert done == imports.Imported(False)
    assert len(everything()) == 1


@pytest.mark.both_engines
def test_one_bad_line_and_nothing_is_written(app):
    draft_id, expected = start(LIST + "Bad School,,gold,,,,,\n")

    assert imports.confirm(draft_id, expected=expected, actor="user:1", now=MONDAY) == imports.Imported(False)
    assert everything() == []


def test_changed_lines_change_their_schools_only(app):
    confirm()
    untouched = everything()[0]

    done = confirm(LIST.replace('Bronx,"500', 'Queens,"500'))

    assert done == imports.Imported(True, 0, 1)
    assert queries.school_or_404("kappa").borough == "Queens"
    assert everything()[0] == untouched


def test_log_names_the_import_and_who_confirmed_it(app):
    draft_id, expected = start()
    imports.confirm(draft_id, expected=expected, actor="user:7", now=MONDAY)

    lines = db.session.execute(sa.select(AuditLine.actor, AuditLine.what).order_by(AuditLine.id)).all()
    assert [tuple(line) for line in lines] == [(f"import:{draft_id}", "school added")] * 3 + [("user:7", "schools imported")]


def test_five_hundred_schools_are_imported_once(app):
    text = "name,short_name,focus_areas\n" + "".join(f"School {n},S{n % 50},area {n % 9}\n" for n in range(500))

    assert confirm(text) == imports.Imported(True, 500, 0)
    assert confirm(text) == imports.Imported(True, 0, 0)
    assert len({slug for slug, *_ in everything()}) == 500


# Pages


def upload(client, data=None, name="schools.csv"):
    return client.post(
        "/workspace/schools/import",
        data={"file": (io.BytesIO(LIST.encode() if data is None else data), name)},
        content_type="multipart/form-data",
    )


def workbook():
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in (["School", "Membership"], ["KAPPA", "Friend"]):
        book.active.append(line)
    book.save(out)
    return out.getvalue()


def test_administrator_sees_the_list_and_confirms_it(cast, sign_in):
    ada = sign_in(cast.administrator)
    preview = upload(ada).location
    page = ada.get(preview).text
    assert "2 schools to write." in page
    assert "KAPPA International High School" in page
    assert all(f"<b>1</b> <span>{word}" in page for word in ("new", "changed", "as they are"))

    expected = page.split('name="expected" value="')[1].split('"')[0]
    done = ada.post(preview, data={"expected": expected})

    assert (done.status_code, done.location) == (303, "/workspace/schools")
    assert "1 school is new." in ada.get("/workspace/schools").text
    assert ada.get(preview).location == "/workspace/schools"


def test_workbook_is_read_and_columns_can_be_corrected(cast, sign_in):
    ada = sign_in(cast.administrator)
    preview = upload(ada, workbook(), "schools.xlsx").location
    assert "1 school to write." in ada.get(preview).text

    wrong = ada.post(f"{preview}/columns", data={"name": "1", "tier": "", "borough": "99999999999999", "address": "x", "evil": "0"})
    page = ada.get(preview).text
    none = ada.post(f"{preview}/columns", data={})

    assert wrong.status_code == none.status_code == 303
    assert '<th scope="row" role="rowheader">Friend</th>' in page
    assert "Which column holds the name?" in ada.get(preview).text


def test_lines_to_mend_are_listed_and_there_is_no_button(cast, sign_in):
    ada = sign_in(cast.administrator)
    preview = upload(ada, b"name,tier\n<b>A</b>,gold\nB,friend\n").location
    page = ada.get(preview).text

    assert "1 line needs mending." in page
    assert "<b>Line 2</b> · &lt;b&gt;A&lt;/b&gt;" in page
    assert "gold is no tier." in page
    assert 'name="expected"' not in page
    assert ada.post(preview, data={"expected": "1 new, 0 changed, 1 faulty"}).status_code == 409


@pytest.mark.parametrize(
    ("data", "name", "status", "sentence"),
    [
        (b"", "", 422, "Choose a file."),
        (b"", "a.csv", 409, "There is nothing in this file."),
        (b"name\n", "a.csv", 409, "Below the headings there is no row."),
        (b"%PDF", "a.pdf", 409, "This page reads files that end in .csv or .xlsx."),
        (b"name\nA\0\n", "a.csv", 409, "Line 2 holds a NUL character."),
        (b"name\n" + b"A\n" * 2001, "a.csv", 409, "This list has 2001 rows; up to 2,000 schools can be imported at once."),
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_is_said_and_nothing_is_kept(cast, sign_in, data, name, status, sentence):
    answer = upload(sign_in(cast.administrator), data, name)

    assert answer.status_code == status
    assert sentence in answer.text
    assert db.session.scalar(sa.select(ImportDraft.id)) is None


def test_upload_beyond_all_bounds_is_not_even_read(cast, sign_in):
    told = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(100 * 1024 * 1024)}

    answer = sign_in(cast.administrator).post("/workspace/schools/import", environ_overrides=told)

    assert answer.status_code == 413
    assert "A file may have up to 5 MB" in answer.text


def test_somebody_elses_draft_is_not_there(cast, sign_in, make_user, client):
    preview = upload(sign_in(cast.administrator)).location
    other = sign_in(make_user("Bea", cast.administrator.grants[0].role))

    for browser in (other, sign_in(cast.organizer)):
        assert [browser.get(preview).status_code, browser.post(preview).status_code, browser.post(f"{preview}/columns").status_code] == [
            404
        ] * 3
    assert client.get(preview).status_code == 302
    assert client.post(preview).status_code == 404


def test_old_drafts_are_forgotten(app):
    start()
    public_id = imports.start_import("b.csv", read_table("b.csv", b"name\nB\n"), user_id=1, now=MONDAY + imports.DRAFTS_ARE_KEPT * 2)

    assert db.session.scalars(sa.select(ImportDraft.public_id)).all() == [public_id]


def test_imported_school_stands_in_the_directory(app, client):
    confirm()

    assert client.get("/schools/kappa").status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(School)) == 3
