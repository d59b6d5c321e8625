"""Every route, tried as everybody, with what is really there: nobody gets to what is not theirs, and trying changes nothing (trust P8)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from scheduler.accounts.models import SignInSession, User
from scheduler.core.access import AccessRole
from scheduler.foundation import access
from scheduler.foundation.access import Policy
from scheduler.foundation.db import db
from scheduler.registration.models import Registration
from tests import scene
from tests.walking import STAFF, Walk

METHODS = ("GET", "POST")
OWN_LISTS = {
    "/workspace/visits", "/workspace/visits/new", "/workspace/visits/series", "/workspace/visits/series/new", "/workspace/visits/several",
    "/workspace/visits/several/do", "/workspace/visits/closed-days", "/workspace/closures", "/workspace/closures/import",
    "/workspace/closures/calendars", "/workspace/resources", "/workspace/resources/new", "/workspace/calendars/address", "/workspace",
    "/sign-out/everywhere",
}  # fmt: skip
"""What a host of any school may open: lists of one's own, and forms for something new"""


@pytest.fixture
def walk(app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]) -> Walk:
    """Nobody is not signed in, and has the cookie of another party."""
    made = Walk(app, scene.make(cast, datetime.now(UTC).replace(microsecond=0)), sign_in)
    [fred] = db.session.scalars(sa.select(Registration.public_id).where(Registration.lead_email == "fred@example.org"))
    [link] = [urlsplit(link).path for link in made.scene.links if f"/r/{fred}/" in link]
    assert made.browsers["nobody"].get(link).status_code == 303
    return made


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_P8_nobody_gets_to_what_is_not_theirs_and_trying_changes_nothing(walk: Walk) -> None:
    """All routes with things that exist, each as every role that may not, the other school's host, and nobody."""
    before = everything_stored()

    answered = {(who, method, rule): status for who, method, rule, status in refused(walk)}

    wrong = {what: status for what, status in answered.items() if status != expected(*what[:2])}
    assert wrong == {}
    assert everything_stored() == before
    assert {(who, method) for who, method, _ in answered} == {(who, m) for who in (*STAFF[1:], "nobody") for m in METHODS}
    assert len(answered) > 500


def expected(who: str, method: str) -> int:
    """What is not yours looks like what is not there; whoever is not signed in is asked to, where there is a page to come back to."""
    return 302 if (who, method) == ("nobody", "GET") else 404


def refused(walk: Walk) -> Iterator[tuple[str, str, str, int]]:
    for method in METHODS:
        for rule, policy in walk.routes(method):
            for who in (*STAFF, "nobody"):
                if is_theirs(walk, who, rule.rule, policy):
                    continue
                path = walk.address(rule)
                answer = walk.browsers[who].open(path, method=method)
                by_link = policy is access.LINK and answer.status_code == 404
                yield who, method, rule.rule, expected(who, method) if by_link else answer.status_code


def is_theirs(walk: Walk, who: str, rule: str, policy: Policy) -> bool:
    """Whether somebody may open a route of the scene, whose things are all of one school."""
    if policy is access.LINK:
        return who != "nobody" or "token" in rule or rule in OPEN_BY_THEMSELVES
    if not policy.roles:
        return True
    if who == "nobody" or not walk.roles(who) & policy.roles:
        return False
    return walk.roles(who) != {AccessRole.HOST} or who == "host" or rule in OWN_LISTS


OPEN_BY_THEMSELVES = {
    "/a/<signed>", "/c/<code>", "/c/<code>/now", "/meetups/<public_id>/mailed", "/visits/<public_id>/mailed", "/door/<public_id>/finish",
}  # fmt: skip
"""Routes whose address is the key, and that lead whoever has nothing there to a public page"""


def everything_stored() -> dict[str, str]:
    """A fingerprint of each table; only sessions may come and go."""
    db.session.rollback()
    tables = [table for table in db.metadata.sorted_tables if table.name != SignInSession.__tablename__]
    return {table.name: hashlib.sha256(repr(db.session.execute(sa.select(table)).all()).encode()).hexdigest() for table in tables}
