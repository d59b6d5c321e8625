"""Tables that people bring and take away: CSV, XLSX or pasted cells in, CSV out; bounded, and wrong files named by line."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from importlib import import_module
from pathlib import PurePath
from typing import Any

from scheduler.core.refusal import Refusal, say
from scheduler.core.text import same_name, tidy

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_UNPACKED = 32 * 1024 * 1024
"""Bytes of a workbook once unpacked; 20,000 rows of 15 columns take about half"""
MOST_CELLS_SEEN = 5_000_000
"""Blank ones included: a workbook may claim that its one row is number 10¹²"""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Record = tuple[int, list[str]]
"""The line it begins on, and its cells"""


@dataclass(frozen=True)
class Table:
    """What was read. Each row is as wide as `headers`; blank rows are left out; `lines` says where each row stands in the file."""

    headers: list[str]
    rows: list[list[str]]
    lines: list[int]


class Unreadable(Refusal):
    """The file is not a table that can be read here; the sentence says where and what would work."""

    def __init__(self, text: str, **facts: object) -> None:
        super().__init__(say(text, **facts))


def read_table(file_name: str, data: bytes) -> Table:
    """Read an uploaded file: .csv, .tsv or .txt in any usual encoding, or .xlsx (its first sheet with content).

    The first row with content holds the headings. Refuses, with the line, what is too large, damaged or of another kind.

    >>> read_table("schools.csv", b"Name;Borough\\nBLA2;Bronx\\n")
    Table(headers=['Name', 'Borough'], rows=[['BLA2', 'Bronx']], lines=[2])
    """
    if len(data) > MOST_BYTES:
        raise Unreadable("The file has %(size).1f MB; up to 5 MB can be read. Split it in two.", size=len(data) / 1024 / 1024)
    ending = PurePath(file_name).suffix.lower()
    if ending in (".csv", ".tsv", ".txt"):
        _refuse_a_workbook(data)
        return _table(_text_records(_decoded(data)))
    if ending == ".xlsx":
        return _table(_workbook_records(data))
    raise Unreadable("This page reads files that end in .csv or .xlsx. Save the table as one of these and choose it again.")


def read_pasted(text: str) -> Table:
    """Read cells copied from a spreadsheet (tabs) or typed with commas; the first row holds the headings.

    >>> read_pasted("Name\\tRole\\nAna\\tteacher").rows
    [['Ana', 'teacher']]
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Unreadable("More than 5 MB of text cannot be read at once.")
    return _table(_text_records(text))


def guess(headers: Sequence[str], fields: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Which column holds which field: its name or a synonym as the heading, then as words inside of it; a column once.

    >>> guess(["School name", "E-mail", "x"], {"email": ["e-mail"], "name": ["school"], "role": []})
    {'email': 1, 'name': 0}
    """
    plain = [_plain(header) for header in headers]
    names = {field: [_plain(name) for name in (field, *synonyms)] for field, synonyms in fields.items()}
    found: dict[str, int] = {}
    for fits in (_is_the_heading, _stands_in_the_heading):
        for field, words in names.items():
            fitting = [index for index, heading in enumerate(plain) if any(fits(word, heading) for word in words)]
            free = [index for index in fitting if index not in found.values()]
            if free and field not in found:
                found[field] = free[0]
    return found


def csv_bytes(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table to take away (RFC 4180), with the mark by which Excel knows UTF-8; no text in it can act as a formula.

    >>> csv_bytes(["Name", "Seats"], [["=HYPERLINK(1)", -2]]).decode("utf-8-sig").splitlines()
    ['Name,Seats', "'=HYPERLINK(1),-2"]
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(header) for header in headers])
    writer.writerows([harmless(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(value: object) -> object:
    """A cell that a spreadsheet shows instead of running it; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _plain(heading: str) -> str:
    return " ".join(same_name(heading).replace("_", " ").replace("-", " ").replace("*", " ").split())


def _is_the_heading(word: str, heading: str) -> bool:
    return word == heading


def _stands_in_the_heading(word: str, heading: str) -> bool:
    return f" {word} " in f" {heading} "


def _refuse_a_workbook(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        raise Unreadable("By its content this is an Excel workbook. Give it a name that ends in .xlsx, or save it as CSV.")
    if data.startswith(_OLD_EXCEL):
        raise Unreadable("By its content this is a workbook of an old Excel. Save it as .xlsx or as CSV.")


def _decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or, failing these, Windows-1252, which is what Excel writes as CSV."""
    try:
        return data.decode(_encoding(data))
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("Line %(line)d holds bytes that are no text. Save the file as CSV in UTF-8.", line=line) from None


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = data[:2000]
    if start.count(0) > len(start) // 4:  # Western text in UTF-16 is every other byte NUL
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def _text_records(text: str) -> Iterator[Record]:
    if (at := text.find("\0")) >= 0:
        raise Unreadable("Line %(line)d holds a NUL character. Save the file again as CSV in UTF-8.", line=text.count("\n", 0, at) + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise Unreadable(
                "In line %(line)d a quotation mark is not closed or stands inside a text. Mend that line and choose the file again.",
                line=begins,
            ) from None
        if cells is None:
            return
        yield begins, cells
        begins = reader.line_num + 1


def _delimiter(text: str) -> str:
    """The one of tab, semicolon and comma that parts the first line with content into most cells."""
    first = next((line for line in io.StringIO(text, newline="") if line.strip(" ,;\t\r\n")), "")
    return max(",;\t", key=lambda sign: len(next(csv.reader([first], delimiter=sign), ())))


def _workbook_records(data: bytes) -> Iterator[Record]:
    _refuse_a_bomb(data)
    try:
        yield from _sheet_records(data)
    except Refusal:
        raise
    except Exception as error:  # a damaged workbook fails anywhere in its reader, with any error there is
        raise Unreadable("This workbook is damaged and cannot be read. Open it in Excel, save it again, or save it as CSV.") from error


def _refuse_a_bomb(data: bytes) -> None:
    if data.startswith(_OLD_EXCEL):
        raise Unreadable("This workbook has a password or is of an old Excel. Save it as .xlsx without a password, or as CSV.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unreadable("By its content this is not an Excel workbook. Save the table as .xlsx or as CSV.") from None
    if unpacked > MOST_UNPACKED:
        raise Unreadable("Unpacked, this workbook would be %(size)d MB; up to 32 MB can be read.", size=unpacked // 1024 // 1024)


def _sheet_records(data: bytes) -> Iterator[Record]:
    """The rows of the first sheet that has any."""
    openpyxl = import_module("openpyxl")  # here: a fifteenth of what a server imports, for a file now and then
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says about its own size need not be true
            content = False
            for record in _sheet_rows(sheet.iter_rows(values_only=True)):
                content = True
                yield record
            if content:
                return
    finally:
        book.close()


def _sheet_rows(rows: Iterable[Sequence[Any]]) -> Iterator[Record]:
    seen = 0
    for line, values in enumerate(rows, 1):
        seen += max(1, len(values))
        if seen > MOST_CELLS_SEEN:
            raise Unreadable("This sheet is too large. Copy the rows that matter to a new sheet, or save it as CSV.")
        if any(value is not None for value in values):
            yield line, [_shown(value) for value in values]


def _shown(value: object) -> str:
    """A cell as text: days and times as ISO 8601 writes them, whole numbers without a point, formulas as they were typed."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)


def _table(records: Iterable[Record]) -> Table:
    headers: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, raw in records:
        cells = _cells(line, raw)
        if not cells:
            continue
        if not headers:
            headers = cells
            continue
        _refuse_too_much(line, cells, headers, len(rows))
        rows.append(cells + [""] * (len(headers) - len(cells)))
        lines.append(line)
    if not headers:
        raise Unreadable("There is nothing in this file. Its first row holds the headings, the rows below it the content.")
    return Table(headers, rows, lines)


def _cells(line: int, raw: Sequence[str]) -> list[str]:
    """The cells of a row, tidied, without the empty ones at its end and the mark with which exports disarm formulas."""
    width = len(raw)
    while width and not raw[width - 1].strip():
        width -= 1
    if width > MOST_COLUMNS:
        raise Unreadable("Line %(line)d has %(width)d columns; up to 200 can be read.", line=line, width=width)
    return [tidy(cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell) for cell in raw[:width]]


def _refuse_too_much(line: int, cells: Sequence[str], headers: Sequence[str], rows: int) -> None:
    if rows == MOST_ROWS:
        raise Unreadable("Line %(line)d is one too many: up to 20,000 rows can be read at once. Split the file.", line=line)
    if len(cells) > len(headers):
        raise Unreadable(
            "Line %(line)d has %(cells)d cells, but there are %(headings)d headings. Give each column a heading; in CSV a text with a "
            "comma in it needs quotation marks.",
            line=line, cells=len(cells), headings=len(headers),
        )  # fmt: skip
