"""What people and programs may send that is no honest answer (trust P11): values for every form, address and file, and readers that
notice when one of them got out of its place."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from tests.foundation import ical_rules

TAG, PRODUCT = "i-hostile", "62710561"
"""An element that is nowhere meant, and what {{7919*7919}} would become"""
MARKUP = f"\"'><{TAG} onclick=x>{{{{7919*7919}}}}"
NAME = f"=1+1|' {MARKUP} %s \\N;, Zoë 李小龍 ع 👩‍👩‍👧 \u202egnol\u202c Z\u0351\u0352"
"""A name that every form takes, that fits everywhere, and that every output has to show unchanged"""
SHORT = f"+1|'A'!A1 <{TAG}>{{{{7919*7919}}}}"
"""The same where little room is"""

TEXTS = {
    "empty": "", "blank": " \u200b\u3164\u00ad ", "name": NAME, "nul": "A\0B", "lines": "A\u2028B\u2029C\x85D\x0bE\x0cF\x1cG",
    "long": "x" * 10_000, "piled": "Z" + "\u0351\u0343\u0352" * 3000, "reversed": "\u202e\u2066evil\u200f\u061c",
    "family": "👩‍👩‍👧‍👦" * 3 + "\ufe0f🏳️‍🌈",
    "joined": "a\u200d\u200cb\u2060c\ufeffd", "markup": f"<script>alert(1)</script>{MARKUP}<!--<![CDATA[",
    "formula": "=HYPERLINK(\"x\")", "plus": "+1",
    "minus": "-1+1|A1", "at": "@SUM(1)", "tab": "\t=1", "header": "Ana\r\nBcc: all@example.org\r\n\r\nHello",
    "calendar": "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\\N\\,",
    "quotes": "'\";--`\\", "sql": "' OR 1=1; DROP TABLE users; --", "like": "%_\\%", "path": "../../../../etc/passwd",
    "percent": "%00%0d%0a%2e%2e%2f%", "format": "%s%n%(x)s{0}{x.__class__}",
    "private": "\ue000\uffff\ufdd0\U0010ffff", "case": "ßİıſK", "turkish": "i̇",
    "control": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
}  # fmt: skip
"""For a line of text; each is stored cleaned, or refused with a sentence"""

ADDRESSES = {
    "bcc": "ana@example.org\r\nBcc: all@example.org", "markup": f"\"<{TAG}>\"@example.org", "two": "a@example.org,b@example.org",
    "nul": "a\0@example.org",
    "spaces": "ana @example.org", "unicode": "ana@例え.テスト", "zero": "a\u200bna@example.org", "long": "a" * 300 + "@example.org",
    "none": "@", "root": "root",
    "idn": "ana@xn--80ak6aa92e.com", "ip": "ana@[127.0.0.1]", "plus": "ana+%s@example.org",
}  # fmt: skip
NUMBERS = {
    "huge": str(2**63), "huger": "9" * 400, "minus": "-1", "underscore": "1_0", "arabic": "١٢", "full": "１２", "exponent": "1e9",
    "nan": "nan", "infinity": "Infinity",
    "real": "1.5", "hex": "0x10", "spaced": "1 0", "plus": "+5", "signed": "-0", "text": "twelve", "empty": "", "nul": "1\0",
    "roman": "Ⅻ", "super": "²", "all": "2147483648",
}  # fmt: skip
DAYS = {
    "no day": "2026-02-30", "last": "9999-12-31", "first": "0001-01-01", "zero": "0000-00-00", "american": "12/31/2026",
    "instant": "2026-03-04T25:61", "arabic": "٢٠٢٦-٠٣-٠٤",
    "minus": "-2026-01-01", "long": "2026-01-01" * 50, "empty": "", "nul": "2026-01-0\0", "week": "2026-W01", "six": "+12026-01-01",
}  # fmt: skip
TIMES = {
    "gap": "02:30", "no hour": "25:00", "sixty": "10:60", "leap": "23:59:60", "noon": "12 pm", "arabic": "٠٩:٠٠", "empty": "",
    "nul": "09:0\0", "zone": "09:00+05:00",
    "long": "09:00" * 99,
}  # fmt: skip
IDS = (
    "9" * 19,
    str(2**63),
    "-1",
    "0",
    "1_0",
    "١٢",
    "1e9",
    "%00",
    "%0d%0aX:1",
    "..%2f..%2fetc",
    "%c0%ae%c0%ae",
    "%ff%fe",
    "%ed%a0%80",
    "%E2%80%A8",
    "'%20OR%201=1--",
    "<x>",
    "x" * 3000,
    "%F0%9F%91%A9",
)
"""For a part of an address, and for what stands behind its question mark; overlong UTF-8 and half a surrogate pair among them"""
JSONS = (
    b"", b"null", b"[]", b'"x"', b"NaN", b"1e999", b"{", b"[" * 100_000, b'{"a":' * 50_000, b'{"deeds": NaN}',
    b'{"deeds": [NaN, null, 1e400, [], {}]}', b"\xff\xfe{\x00}\x00",
    b'{"deeds": [{"attendee": "\\ud800", "kind": "arrive", "nonce": "\\u0000", "at": "9999-12-31T23:59:59-14:00"}]}',
    b'{"deeds": {"0": 1}}', b'{"\\ud800": 1}',
    b'{"message_id": ["x"], "address": {"a": 1}, "reason": NaN}', b'{"message_id": "\\u0000", "address": "\\ud800", "reason": "\\u2028"}',
)  # fmt: skip
"""Bodies for what programs post"""
FILES = {
    "empty": b"", "nul": b"name,school\nA\0B,C\n", "half": "name,school\nZo\u00eb,A\n".encode("utf-16-le")[:-1],
    "overlong": b"name,school\n\xc0\xaf\xed\xa0\x80,B\n",
    "wide": b"," * 30_000, "open": b'name,school\n"A,B\n', "zip": b"PK\x03\x04" + b"\0" * 60,
    "calendar": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:99991231T235959Z\r\nRRULE:FREQ=SECONDLY\r\n",
    "deep": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 9000, "same": b"name,name,name\nA,B,C\n",
    "page": b"<html><script>alert(1)</script>", "formula": b"name,school\n=1+1,@SUM\n",
    "names": f'name,school,email\n"{NAME.replace(chr(34), chr(34) * 2)}",{SHORT},a@example.org\n'.encode(),
    "long": b"name,school\n" + b"x" * 100_000 + b",B\n",
    "json": b'{"rounds": NaN, "participants": [' + b"[" * 5000, "lines": "name,school\nA\u2028B,C\x85D\n".encode(),
}  # fmt: skip
"""For whatever reads a file"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Field:
    """A control of a form as a page shows it."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    is_chosen: bool = False


@dataclass
class Form:
    """A form of a page; `buttons` are its ways to send it."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    who: str = ""

    def filled(self) -> dict[str, Any]:
        """What a browser sends when nobody touches anything: names, and one value or several."""
        sent: dict[str, Any] = {}
        for each in self.fields:
            if each.kind in ("checkbox", "radio") and not each.is_chosen:
                continue
            sent.setdefault(each.name, []).append(each.value)
        return sent


class Page(HTMLParser):
    """A page of ours, read by a parser as strict as a browser is lax: its links, its forms, and what should not be there."""

    def __init__(self, text: str, *, is_mail: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.is_mail = is_mail
        """Programs that show mail know no stylesheet"""
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.wrong: list[str] = []
        self.text: list[str] = []
        self._ends: dict[str, Form] = {}
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None
        self.feed(text)
        self.close()
        if PRODUCT in text:
            self.wrong.append("a template ran what somebody typed")
        self.wrong += [f"{form.method} {form.action} leads away" for form in self.forms if not form.action.startswith(("/", "?", ""))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.wrong += [f"<{tag}> with {name}" for name in given if name.startswith("on") or (name == "style" and not self.is_mail)]
        if tag == TAG or (tag == "script" and not given.get("src", "").startswith("/") and given.get("type", "") not in DATA_ONLY):
            self.wrong.append(f"<{tag}> is an element")
        if "href" in given:
            self.links.append(given["href"])
            if re.match(r"\s*(javascript|data|vbscript):", given["href"], re.IGNORECASE):
                self.wrong.append(f"a link to {given['href'][:30]}")
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
            self._ends[given.get("id", "")] = self._form
        elif tag in ("input", "button", "select", "textarea"):
            self._control(tag, given)
        elif tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given or not self._select.value:
                self._select.value = given.get("value", "")

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form = self._ends.get(given["form"]) if "form" in given else self._form
        kind = given.get("type", "text") if tag == "input" else tag
        if form is None or "disabled" in given:
            return
        if tag == "button":
            form.buttons.append((given.get("name", ""), given.get("value", "")))
            return
        if given.get("name"):
            control = Field(given["name"], kind, given.get("value", "on" if kind == "checkbox" else ""), is_chosen="checked" in given)
            form.fields.append(control)
            self._select = control if tag == "select" else self._select
            self._area = control if tag == "textarea" else self._area

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._area is not None:
            self._area.value += data


DATA_ONLY = ("application/json",)


def wrong_with(kind: str, body: bytes) -> list[str]:
    """What got out of its place in something we sent, by its content type; nothing where all is well."""
    if kind.startswith("text/html"):
        return Page(body.decode()).wrong
    if kind.startswith("text/csv"):
        return wrong_cells(body.decode("utf-8-sig"))
    if kind.startswith("text/calendar"):
        calendar = ical_rules.parse(body)
        return [part.name for part in calendar.inside if part.name not in ("VEVENT", "VTIMEZONE")]
    if "json" in kind:
        strange: list[str] = []
        json.loads(body, parse_constant=strange.append)
        return strange
    return []


def wrong_cells(text: str) -> list[str]:
    """Cells of a table that a spreadsheet would calculate, and rows that are longer or shorter than the first."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    formulas = [cell for row in rows for cell in row if cell.startswith(FORMULA) and not re.fullmatch(r"-?\d+(\.\d+)?", cell)]
    return formulas + [f"a row of {len(row)} cells" for row in rows if row and len(row) != len(rows[0])]


ONCE = ("From", "To", "Subject", "Date", "Message-ID")


def wrong_with_mail(data: bytes) -> list[str]:
    """What got out of its place in a mail: a header twice or from a text, an element in its HTML, a calendar that is none."""
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    wrong = [f"{name} {len(mail.get_all(name, []))} times" for name in ONCE if len(mail.get_all(name, [])) != 1]
    wrong += [f"a header {name}" for name in mail if name.lower() in ("bcc", "cc")] + [str(defect) for defect in mail.defects]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)
            is_page = part.get_content_subtype() == "html"
            wrong += Page(body.decode(), is_mail=True).wrong if is_page else wrong_with(part.get_content_type(), body)
    return wrong
