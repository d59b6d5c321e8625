"""Templates speak through gettext, carry no inline style or script, and every static file of others is listed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from scheduler.foundation.kept import Kept

ROOT = Path(__file__).resolve().parent.parent / "templates"
TEMPLATES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.*"))
SPOKEN = {"alt", "aria-label", "placeholder", "title", "summary", "data-done", "data-one", "data-many"}
PIECE = "\x01"
"""Stands for what an expression puts there"""


def pieces(source: str) -> str:
    """A template with its expressions cut out; what is inside trans blocks is cut out with them."""
    source = re.sub(r"{% block page_class %}.*?{% endblock %}", "", source)  # names of style classes
    source = re.sub(r"^  data-.*$", "", source, flags=re.MULTILINE)  # a macro that writes attributes alone
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", Kept])
    return PIECE.join(data.data for data in environment.parse(source).find_all(nodes.TemplateData))


class Speech(HTMLParser):
    """Collects the words of a page that no translator would see."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("style", "script")
        for name, value in attributes:
            if name in SPOKEN:
                self.hear(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
        if tag == "style" or (tag == "script" and "src" not in dict(attributes)):
            self.inline.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.hear(data)

    def hear(self, text: str) -> None:
        self.words += re.findall(r"[^\W\d_]{2,}", text)


def read(name: Path) -> Speech:
    speech = Speech()
    speech.feed(pieces((ROOT / name).read_text()))
    return speech


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.suffix == ".html"], ids=str)
def test_page_says_nothing_that_cannot_be_translated(name: Path) -> None:
    assert read(name).words == []


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.suffix == ".txt"], ids=str)
def test_mail_says_nothing_that_cannot_be_translated(name: Path) -> None:
    words = re.findall(r"[^\W\d_]{2,}", pieces((ROOT / name).read_text()).replace("Subject:", ""))

    assert words == []


@pytest.mark.parametrize(
    "name", [name for name in TEMPLATES if name.suffix == ".html" and "mail" not in name.parts and name.name != "mail.html"], ids=str
)
def test_page_has_no_inline_style_or_script(name: Path) -> None:
    assert read(name).inline == []


def test_every_template_opens_with_what_it_is_for() -> None:
    silent = [str(name) for name in TEMPLATES if not (ROOT / name).read_text().startswith("{#-")]

    assert silent == []
