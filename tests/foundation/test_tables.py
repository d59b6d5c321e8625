"""Tables in and out: every usual encoding is read, everything else is refused by line, nothing runs in a spreadsheet."""

import csv
import io
import time
import tracemalloc
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from scheduler.foundation.tables import Table, Unreadable, csv_bytes, guess, read_pasted, read_table

BLA2 = Table(["Name", "Borough"], [["Académie Ünïted", "Bronx"], ["MS 442", "Brooklyn"]], [2, 3])
TEXT = "Name,Borough\r\nAcadémie Ünïted,Bronx\r\nMS 442,Brooklyn\r\n"


def workbook(*rows, sheets=("Sheet",), into=-1):
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for title in sheets[1:]:
        book.create_sheet(title)
    for row in rows:
        book.worksheets[into].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_csv_is_read_in_every_usual_encoding(encoding):
    assert read_table("schools.csv", TEXT.encode(encoding)) == BLA2


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_csv_is_read_with_every_usual_delimiter(sign):
    assert read_table("Schools.CSV", TEXT.replace(",", sign).encode()) == BLA2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_with_every_line_end(end):
    assert read_table("schools.txt", TEXT.replace("\r\n", end).encode()) == BLA2


def test_quoted_cells_keep_commas_and_lines_and_rows_know_their_line():
    data = b'\n,,\nname,notes\n"Harvest","two\nlines, one comma"\n\nKAPPA,\n'

    table = read_table("schools.csv", data)

    assert table == Table(["name", "notes"], [["Harvest", "two\nlines, one comma"], ["KAPPA", ""]], [4, 7])


def test_pasted_cells_are_read():
    assert read_pasted("Name\tBorough\nAcadémie Ünïted\tBronx\nMS 442\tBrooklyn") == BLA2


def test_workbook_shows_its_first_sheet_with_content_from_its_first_full_row():
    data = workbook([], [None, None], ["name", "on", "at", "n", "sum"], sheets=("Empty", "Schools"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["Schools"].append(["KAPPA", date(2026, 12, 2), datetime.fromisoformat("2026-12-02 09:30"), 12.0, "=1+1"])
    out = io.BytesIO()
    book.save(out)

    table = read_table("schools.xlsx", out.getvalue())

    assert table.headers == ["name", "on", "at", "n", "sum"]
    assert table.rows == [["KAPPA", "2026-12-02", "2026-12-02 09:30", "12", "=1+1"]]


def rebuilt(data, **parts):
    """A workbook with some of its inner files replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rsplit("/", 1)[-1].partition(".")[0], old.read(name)))
    return out.getvalue()


BOMB = rebuilt(workbook(["a"]), sheet1=b" " * 40_000_000)
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
LAUGHS = rebuilt(
    workbook(["a"]),
    sheet1=b'<!DOCTYPE s [<!ENTITY a "%s">' % (b"ha" * 1000)
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 50) for i in range(6))
    + b"]>"
    + SHEET % b'<row r="1"><c r="A1" t="inlineStr"><is><t>&g;</t></is></c></row>',
)
FAR_ROW = rebuilt(workbook(["a"]), sheet1=SHEET % b'<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>')
DAMAGED = "This workbook is damaged and cannot be read. Open it in Excel, save it again, or save it as CSV."
KINDS = "This page reads files that end in .csv or .xlsx. Save the table as one of these and choose it again."
NOTHING = "There is nothing in this file. Its first row holds the headings, the rows below it the content."


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("schools.pdf", b"%PDF", KINDS),
        ("schools", b"name\nA\n", KINDS),
        ("big.csv", b"a" * 6_000_000, "The file has 5.7 MB; up to 5 MB can be read. Split it in two."),
        ("empty.csv", b"\xef\xbb\xbf \n", NOTHING),
        ("nul.csv", b"name\nA\nB\0\n", "Line 3 holds a NUL character. Save the file again as CSV in UTF-8."),
        ("bytes.csv", b"name\nA\x81\xff\n", "Line 2 holds bytes that are no text. Save the file as CSV in UTF-8."),
        ("wide.csv", b"name" + b",x" * 20_000, "Line 1 has 20001 columns; up to 200 can be read."),
        ("long.csv", b"n\n" + b"x\n" * 20_001, "Line 20002 is one too many: up to 20,000 rows can be read at once. Split the file."),
        (
            "ragged.csv", b"name,borough\nA,B\nA, Inc,B,\n",
            "Line 3 has 3 cells, but there are 2 headings. Give each column a heading; "
            "in CSV a text with a comma in it needs quotation marks.",
        ),
        (
            "open.csv", b'name\nA\n"B\nC\n',
            "In line 3 a quotation mark is not closed or stands inside a text. Mend that line and choose the file again.",
        ),
        ("a.csv", workbook(["name"]), "By its content this is an Excel workbook. Give it a name that ends in .xlsx, or save it as CSV."),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1", "By its content this is a workbook of an old Excel. Save it as .xlsx or as CSV."),
        (
            "a.xlsx", b"\xd0\xcf\x11\xe0\xa1",
            "This workbook has a password or is of an old Excel. Save it as .xlsx without a password, or as CSV.",
        ),
        ("a.xlsx", b"name\nA\n", "By its content this is not an Excel workbook. Save the table as .xlsx or as CSV."),
        ("a.xlsx", workbook(), NOTHING),
        ("a.xlsx", workbook(["x"] * 201), "Line 1 has 201 columns; up to 200 can be read."),
        ("a.xlsx", BOMB, "Unpacked, this workbook would be 38 MB; up to 32 MB can be read."),
        ("a.xlsx", FAR_ROW, "This sheet is too large. Copy the rows that matter to a new sheet, or save it as CSV."),
        ("a.xlsx", LAUGHS, DAMAGED),
        ("a.xlsx", rebuilt(workbook(["name"]), workbook=b"<no"), DAMAGED),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(name, data, sentence):
    with pytest.raises(Unreadable) as refused:
        read_table(name, data)

    assert str(refused.value) == sentence


def test_largest_file_is_read_within_seconds_and_a_bounded_memory():
    data = b"name,borough,notes\n" + b"".join(b"School %d,Bronx,%s\n" % (i, b"n" * 200) for i in range(20_000))
    started = time.monotonic()
    tracemalloc.start()

    table = read_table("schools.csv", data)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table.rows) == 20_000
    assert most < 60 * 1024 * 1024
    assert time.monotonic() - started < 15


def test_export_runs_no_formula_and_is_read_back_as_it_was():
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "plain", 'quo"te', "a,b", "李 é"]

    data = csv_bytes(["what"], [[value] for value in hostile])

    assert data.startswith(b"\xef\xbb\xbf")
    cells = [row[0] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))][1:]
    assert cells == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "plain", 'quo"te', "a,b", "李 é"]
    assert [row[0] for row in read_table("x.csv", data).rows] == [value.strip() for value in hostile]


def test_numbers_stay_numbers_and_nothing_stays_empty():
    assert csv_bytes(["n", "left"], [[-3, None]]).decode("utf-8-sig") == "n,left\r\n-3,\r\n"


def test_guess_prefers_the_exact_heading_and_gives_a_column_once():
    headers = ["Contact name", "School", "Name", "Contact e-mail", "Focus areas"]
    fields = {"name": ["school"], "contact_name": [], "contact_email": ["email", "e-mail"], "focus_areas": ["topics"], "tier": []}

    assert guess(headers, fields) == {"name": 1, "contact_name": 0, "contact_email": 3, "focus_areas": 4}
