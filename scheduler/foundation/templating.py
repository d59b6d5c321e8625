"""What every template can say: sentences, days, times, and the address of a static file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import MutableMapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, has_request_context, request, url_for
from flask.templating import Environment
from flask_babel import get_translations
from jinja2 import FileSystemBytecodeCache, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from scheduler.core import capacity, times
from scheduler.core.refusal import Sentence
from scheduler.foundation import paths
from scheduler.foundation.kept import Kept

HAS_NO_CATALOG = not (paths.PACKAGE / "translations").is_dir()
"""None is shipped so far, so none is looked for at each of a hundred words a page"""


def translated(sentence: Sentence) -> str:
    """A sentence of the core in the reader's language."""
    if HAS_NO_CATALOG:
        return str(sentence)
    catalog = get_translations()
    return sentence.put(catalog.ugettext, catalog.ungettext)


def _plainly(one: str, many: str, n: int) -> str:
    return one if n == 1 else many


def paragraphs(text: str) -> Markup:
    """Typed text with its line breaks: a blank line begins a paragraph.

    >>> paragraphs("One & two\\n\\nThree")
    Markup('<p>One &amp; two</p><p>Three</p>')
    """
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    return Markup("").join(
        Markup("<p>") + Markup("<br>").join(escape(line) for line in block.split("\n")) + Markup("</p>") for block in blocks
    )


def large(text: str) -> str:
    """A text with a large first letter; the others stand as typed.

    >>> large("SEL practices"), large("grading"), large("")
    ('SEL practices', 'Grading', '')
    """
    return text[:1].upper() + text[1:]


def zone_city(name: str) -> str:
    """The city that a time zone is named after.

    >>> zone_city("America/New_York")
    'New York'
    """
    return name.rsplit("/", 1)[-1].replace("_", " ")


def in_groups(code: str) -> str:
    """A code as it is easily read and typed.

    >>> in_groups("bcdfghjk")
    'bcdf ghjk'
    """
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


class Pages(Environment):
    """Jinja as our pages want it."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One dictionary: in Jinja's chain of two each import of macros looks for every name by itself, six hundred a booking."""
        return {**self.globals, **(d or {})}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        return _Spoken().visit(template) if HAS_NO_CATALOG else template


class _Spoken(NodeTransformer):
    """Sentences stand in a compiled template as they are while no catalog could say them otherwise: to ask for each of thirty a page
    takes a tenth of it. Those that tell one from many are asked for as before."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_" | "gettext"), args=[nodes.Const(value=str(text))], dyn_args=None, dyn_kwargs=None):
                named = nodes.Dict([nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs])
                return nodes.Mod(nodes.MarkSafeIfAutoescape(nodes.Const(text)), named).set_lineno(node.lineno)
        return node


def init_app(app: Flask) -> None:
    """Set up Jinja: undefined names are errors, and the filters that pages share."""
    app.jinja_env.undefined = StrictUndefined
    pattern = f"scheduler-{'as-written' if HAS_NO_CATALOG else 'translated'}-%s.cache"
    if app.jinja_env.bytecode_cache is None:
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(pattern=pattern)  # in the user's own folder; all processes share it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(Kept)
    if HAS_NO_CATALOG:
        app.jinja_env.install_gettext_callables(lambda text: text, _plainly, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        say=translated, day=times.day_text, date=times.date_text, clock=times.clock_text, paragraphs=paragraphs, large=large,
        zone_city=zone_city, code=in_groups,
        seats_left=lambda n: translated(capacity.seats_left(n)), people=lambda n: translated(capacity.people(n)),
        wall=lambda instant, zone: times.to_wall(instant, ZoneInfo(zone)),
    )  # fmt: skip
    app.jinja_env.globals.update(asset=asset, span=times.span_text, when=when)


def when(instant: datetime, zone: str) -> str:
    """An instant as people at a place read it.

    >>> from datetime import UTC
    >>> when(datetime(2026, 12, 2, 14, 0, tzinfo=UTC), "America/New_York")
    'Wednesday, December 2, 9:00 am'
    """
    wall = times.to_wall(instant, ZoneInfo(zone))
    return f"{times.day_text(wall)}, {times.clock_text(wall)}"


def asset(name: str) -> str:
    """The address of a static file, with a mark of its content so that browsers may keep it for good."""
    path = f"{current_app.static_folder}/{name}"
    root = request.script_root if has_request_context() else ""
    return f"{root}{current_app.static_url_path}/{name}?v={_mark(path, os.stat(path).st_mtime_ns)}"  # url_for() takes ten times as long


@lru_cache(maxsize=256)
def _mark(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def absolute(endpoint: str, **values: str) -> str:
    """The full address of a page for mails and feeds: from BASE_URL, never from the Host header."""
    inside = has_request_context()  # one that is made for an address alone takes ten times as long as the address
    path = url_for(endpoint, _external=False, **values) if inside else current_app.url_map.bind("").build(endpoint, values)
    return str(current_app.config["BASE_URL"]) + path
