"""A page's read is a fixed number of statements: every page, once with a row of each kind and once with a crowd of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from scheduler.accounts.models import User
from scheduler.calendars import feeds, pieces
from scheduler.foundation.access import Policy
from tests import crowd, scene
from tests.walking import Walk

SHRINKS = {
    "/registrations/<public_id>/move": "one looks at other schools only where few dates are left here",
    "/workspace/visits": "a season of more than 200 visits is read in pages",
    "/workspace/visits/new": "of more than a hundred schools one is named first",
    "/workspace/visits/series/new": "of more than a hundred schools one is named first",
    "/workspace/resources": "of more than a hundred schools one is named first",
}
SHOWN_ELSEWHERE = {
    "/sign-in/<token>", "/invitations/<token>", "/r/<public_id>/<token>", "/w/<public_id>/<token>", "/j/<public_id>/<token>",
    "/my-data/<public_id>/key/<token>", "/door/open/<public_id>/<token>", "/invited/<public_id>/<token>", "/visits/<public_id>/mailed",
    "/meetups/<public_id>/mailed", "/registrations/<public_id>/fewer", "/new-dates/<public_id>/<token>",
    "/new-dates/<public_id>/<token>/mail", "/metrics", "/workspace/meetups/<public_id>/desk/anew/<job_id>",
    "/workspace/meetups/<public_id>/desk/preview/<int:version>", "/workspace/meetups/<public_id>/plans/<int:version>/price",
}  # fmt: skip
"""Links that lead to a page, and pages of a moment that the scene does not have: none of them lists rows"""


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_every_page_takes_as_many_statements_for_fifty_rows_as_for_one(
    app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], count_statements: Callable[[Callable[[], object]], int]
) -> None:
    """All routes with all that there is, as whoever sees most, and lists as a host and as a viewer, too; the same on both databases."""
    made = scene.make(cast, datetime.now(UTC).replace(microsecond=0))
    crowd.fill_in(made.now)
    walk = Walk(app, made, sign_in)
    walk.follow_links()

    few = statements(walk, count_statements)
    crowd.gather()
    many = statements(walk, count_statements)

    assert {page for (page, who), taken in many.items() if taken > few[page, who]} == set()
    assert {page for (page, who), taken in many.items() if taken < few[page, who]} == set(SHRINKS)
    assert {rule.rule for rule, _ in walk.routes("GET")} - {page for page, _ in many} == SHOWN_ELSEWHERE


def statements(walk: Walk, count_statements: Callable[[Callable[[], object]], int]) -> dict[tuple[str, str], int]:
    """How many each page takes that shows something, by its route and who looks."""
    feeds.body_of.cache_clear()
    pieces.forget()
    found = {}
    for rule, policy in walk.routes("GET"):
        for who in lookers(walk, rule, policy):
            open_page = Opening(walk.browsers[who], walk.address(rule))
            taken = count_statements(open_page)
            if open_page.status == 200:
                found[rule.rule, who] = taken
    return found


@dataclass
class Opening:
    """One look at a page, and how it was answered."""

    browser: FlaskClient
    path: str
    status: int = 0

    def __call__(self) -> None:
        self.status = self.browser.get(self.path).status_code


def lookers(walk: Walk, rule: Rule, policy: Policy) -> Iterator[str]:
    """Who sees most of a page; of lists of the workspace whoever sees less, too."""
    yield "administrator" if policy.roles else "guest"
    yield from (who for who in ("host", "viewer") if policy.roles and not rule.arguments and walk.roles(who) & policy.roles)
