"""Pieces of pages that are the same for everybody: rendered once and kept by what they show.

    {% kept school.slug, school.short_name %} … {% endkept %}

What stands between must follow from what is named, from the template and from the address of the site, and hold nothing of anybody.
Each process keeps the pieces asked for lately; there is nothing to throw away when something changes, because then another piece is
asked for. `{% kept none %}` renders as if nothing were said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import has_request_context, request
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from markupsafe import Markup

MOST = 1024
"""Pieces a process keeps, the latest ones: some kilobytes each"""


class Asked:
    """A piece by what it shows; the way to render it goes along and tells nothing apart."""

    __slots__ = ("key", "render")

    def __init__(self, key: tuple[object, ...], render: Callable[[], Markup]) -> None:
        self.key, self.render = key, render

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asked) and self.key == other.key


def _rendered(asked: Asked) -> Markup:
    render, asked.render = asked.render, Markup  # what it was rendered from is not kept
    return Markup(render())


class Kept(Extension):
    """The tag."""

    tags = {"kept"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._rendered = lru_cache(MOST)(_rendered)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        shown = parser.parse_tuple(with_condexpr=True)
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        place = nodes.Const(f"{parser.name}:{line}")
        call = self.call_method("piece", [nodes.ContextReference(), place, shown])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def piece(self, context: Context, place: str, shown: object, caller: Callable[[], Markup]) -> Markup:
        """What stands in the block, as it was rendered before if it was."""
        if shown is None or not has_request_context():
            return caller()
        return self._rendered(Asked((place, context.name, request.script_root, shown), caller))
