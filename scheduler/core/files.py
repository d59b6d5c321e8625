"""Files that people share: what a file is by its content, whatever it is called (visits rule 20)."""

from __future__ import annotations

import io
import zipfile
import zlib
from enum import StrEnum
from pathlib import PurePath

from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import unshowable, without_unshowable

MOST_BYTES = 10 * 1024 * 1024
MOST_OF_THE_LIST = 1024 * 1024
"""Bytes that are read of an Office file's own list of its parts, however large it says it is"""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound File Binary Format, 2.2: .doc, .xls, .ppt, and new ones behind a password"""


class FileType(StrEnum):
    """What can be shared; the value is how a name of it ends."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    WORD = "docx"
    EXCEL = "xlsx"
    SLIDES = "pptx"
    TEXT = "txt"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEDIA_TYPES = {
    FileType.PDF: "application/pdf",
    FileType.PNG: "image/png",
    FileType.JPEG: "image/jpeg",
    FileType.WORD: f"{_OFFICE}wordprocessingml.document",
    FileType.EXCEL: f"{_OFFICE}spreadsheetml.sheet",
    FileType.SLIDES: f"{_OFFICE}presentationml.presentation",
    FileType.TEXT: "text/plain; charset=utf-8",
}
_LABELS = {
    FileType.PDF: "PDF",
    FileType.PNG: "PNG",
    FileType.JPEG: "JPEG",
    FileType.WORD: "Word",
    FileType.EXCEL: "Excel",
    FileType.SLIDES: "PowerPoint",
    FileType.TEXT: "text",
}
_ENDINGS = {"jpeg": FileType.JPEG, "jpe": FileType.JPEG} | {kind.value: kind for kind in FileType}
_STARTS = {b"%PDF-": FileType.PDF, b"\x89PNG\r\n\x1a\n": FileType.PNG, b"\xff\xd8\xff": FileType.JPEG}
_MAIN_PARTS = {
    b"wordprocessingml.document.main+xml": FileType.WORD,
    b"spreadsheetml.sheet.main+xml": FileType.EXCEL,
    b"presentationml.presentation.main+xml": FileType.SLIDES,
}
"""Content types of the main part of an Office file (ISO/IEC 29500-1, 11.3.10, 12.3.23, 13.3.6)"""


def type_of(name: str, data: bytes) -> FileType:
    r"""What a file is. Refuses what is empty, over 10 MB, of another kind, able to run by itself, or named like something else.

    >>> type_of("rubric.pdf", b"%PDF-1.7 ...")
    <FileType.PDF: 'pdf'>
    >>> type_of("rubric.pdf", b"\x89PNG\r\n\x1a\n...")
    Traceback (most recent call last):
    scheduler.core.refusal.Refusal: The name of this file ends in .pdf, but it is a PNG file. Save it again under its right kind.
    """
    if not data:
        raise Refusal(say("This file is empty."))
    if len(data) > MOST_BYTES:
        raise Refusal(say("This file has %(size)s; up to 10 MB fit.", size=size_text(len(data))))
    found = _by_content(data)
    ending = PurePath(name).suffix.lower().removeprefix(".")
    if ending and _ENDINGS.get(ending) != found:
        raise Refusal(_lies(ending, found))
    return found


def _lies(ending: str, found: FileType) -> Sentence:
    shown = without_unshowable(ending)[:10]
    if found == FileType.TEXT:
        return say("The name of this file ends in .%(ending)s, but it is plain text. Save it again under its right kind.", ending=shown)
    return say(
        "The name of this file ends in .%(ending)s, but it is a %(kind)s file. Save it again under its right kind.",
        ending=shown, kind=found.label,
    )  # fmt: skip


def _by_content(data: bytes) -> FileType:
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    if data.startswith(_OLD_OFFICE):
        raise Refusal(say("Old Office files, and those behind a password, cannot be shared. Save it as PDF, .docx, .xlsx or .pptx."))
    if data.startswith(b"PK\x03\x04") and (office := _office(data)) is not None:
        return office
    if _is_text(data):
        return FileType.TEXT
    raise Refusal(say("Only PDF, PNG, JPEG, Word, Excel, PowerPoint and plain text can be shared. Save it as one of these."))


def _office(data: bytes) -> FileType | None:
    """Which Office file a ZIP archive is by its own list of parts; None for any other archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.lower() for name in archive.namelist()]
            with archive.open("[Content_Types].xml") as listed:
                parts = listed.read(MOST_OF_THE_LIST)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, ValueError, OSError, EOFError, zlib.error):
        return None
    if b"macroenabled" in parts.lower() or any(name.endswith("vbaproject.bin") for name in names):
        raise Refusal(say("This file has macros, which can harm the machines of others. Save it without them, or as PDF."))
    return next((kind for mark, kind in _MAIN_PARTS.items() if mark in parts), None)


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if text.lstrip().startswith("<"):
        raise Refusal(say("Web pages and drawings (HTML, SVG, XML) cannot be shared as files. Share a link, or save it as PDF."))
    return not unshowable(text.replace("\r", ""), lines=True)


def clean_name(name: str, kind: FileType) -> str:
    r"""What a file is called where somebody saves it: no folders, nothing unshowable, and the ending of what it is.

    >>> clean_name("C:\\papers\\Rubric 9.PDF", FileType.PDF), clean_name("../rubric", FileType.TEXT), clean_name('"?"', FileType.PNG)
    ('Rubric 9.pdf', 'rubric.txt', 'file.png')
    """
    last = without_unshowable(name.replace("\\", "/").rsplit("/", 1)[-1])
    stem = last[: -len(PurePath(last).suffix)] if PurePath(last).suffix else last
    kept = " ".join("".join(letter for letter in stem if letter not in '<>:"|?*%;').split()).strip(". ")
    return f"{kept[:100] or 'file'}.{kind.value}"


def size_text(size: int) -> str:
    """A number of bytes as people say it.

    >>> size_text(700), size_text(52_000), size_text(12_900_000)
    ('1 KB', '51 KB', '12.3 MB')
    """
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"
