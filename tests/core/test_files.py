"""A file is what its bytes say, whatever it is called (visits rule 20)."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import suppress

import pytest

from scheduler.core import files
from scheduler.core.files import FileType, type_of
from scheduler.core.refusal import Refusal

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
MAIN = {
    FileType.WORD: "wordprocessingml.document.main+xml",
    FileType.EXCEL: "spreadsheetml.sheet.main+xml",
    FileType.SLIDES: "presentationml.presentation.main+xml",
}


def office(main: str, **parts: str) -> bytes:
    """An Office file as far as its list of parts goes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="application/vnd.{main}"/></Types>')
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


def said(name: str, data: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        type_of(name, data)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", b"%PDF-1.4\n", FileType.PDF),
        ("A.PNG", PNG, FileType.PNG),
        ("photo.JPEG", b"\xff\xd8\xff\xe0", FileType.JPEG),
        ("no ending", b"%PDF-1.4\n", FileType.PDF),
        ("notes.txt", "Año\r\n\tnuevo".encode(), FileType.TEXT),
        *((f"a.{kind.value}", office(main), kind) for kind, main in MAIN.items()),
    ],
)
def test_file_is_what_its_bytes_say(name: str, data: bytes, kind: FileType) -> None:
    assert type_of(name, data) == kind


@pytest.mark.parametrize("name", ["a.pdf", "a.png", "a.docx", "a.exe", "a.docm", "a.html", "a.svg", "a.pdf.exe"])
def test_file_that_lies_about_its_type_is_refused(name: str) -> None:
    data = PNG if name != "a.png" else b"%PDF-1.4"
    ending = name.rsplit(".", 1)[-1]

    assert said(name, data).startswith(f"The name of this file ends in .{ending}, but it is a {'PNG' if name != 'a.png' else 'PDF'} file.")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty."),
        (b"%PDF-" + bytes(files.MOST_BYTES), "This file has 10.0 MB; up to 10 MB fit."),
        (b"<!doctype html><script>", "Web pages and drawings (HTML, SVG, XML) cannot be shared as files."),
        (b"\xef\xbb\xbf \n<svg onload=alert(1)>", "Web pages and drawings"),
        (office("ms-word.document.macroEnabled.main+xml"), "This file has macros"),
        (office(MAIN[FileType.WORD], **{"word/vbaProject.bin": "x"}), "This file has macros"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Old Office files"),
        (b"MZ\x90\x00\x03", "Only PDF, PNG, JPEG"),
        (office("something.else+xml"), "Only PDF, PNG, JPEG"),
        (b"PK\x03\x04 torn", "Only PDF, PNG, JPEG"),
        (b"text with a bell \x07", "Only PDF, PNG, JPEG"),
        (b"\xff\xfeU\x00T\x00F\x001\x006\x00", "Only PDF, PNG, JPEG"),
    ],
)
def test_what_cannot_be_shared_gets_a_sentence(data: bytes, sentence: str) -> None:
    assert said("file", data).startswith(sentence)


def test_archive_that_claims_to_be_huge_is_read_in_part_only() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", " " * 200_000_000)

    assert said("a.docx", packed.getvalue()).startswith("Only PDF")


def test_any_bytes_are_one_kind_or_get_a_sentence() -> None:
    chance = random.Random(5)
    whole = office(MAIN[FileType.WORD], **{"word/document.xml": "x" * 500})
    for _ in range(1500):
        torn = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            torn[chance.randrange(len(torn))] = chance.randrange(256)
        with suppress(Refusal):  # nothing else is raised
            assert type_of("", bytes(torn)) in FileType


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("Rubric 9.pdf", "Rubric 9.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\x\\y.PDF", "y.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ('"; filename=evil.exe', "filename=evil.pdf"),
        ("", "file.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
        ("été.pdf", "été.pdf"),
    ],
)
def test_name_under_which_a_file_is_saved_is_clean(typed: str, clean: str) -> None:
    assert files.clean_name(typed, FileType.PDF) == clean
