"""Every route declares who may open it (trust P8)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler import create_app
from scheduler.accounts.models import User
from scheduler.foundation import access


def test_every_route_declares_a_policy(app: Flask) -> None:
    undeclared = [rule.endpoint for rule in app.url_map.iter_rules() if access.policy_of(rule.endpoint) is None]

    assert undeclared == []


@pytest.mark.parametrize("who", ["host", "other_host", "organizer", "administrator", "viewer", "nobody"])
def test_every_page_without_arguments_opens_for_those_it_is_open_to_and_for_nobody_else(
    app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], who: str
) -> None:
    client = app.test_client() if who == "nobody" else sign_in(getattr(cast, who))
    roles = set() if who == "nobody" else set(getattr(cast, who).actor.roles)
    wrong = {}
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()):
            continue
        policy = access.policy_of(rule.endpoint)
        assert policy is not None
        if policy is access.MACHINES:
            continue  # they show a secret, which no role has
        may = not policy.roles or bool(roles & policy.roles)
        expected = 200 if may else (302 if who == "nobody" else 404)
        status = client.get(rule.rule).status_code
        if status != expected:
            wrong[rule.rule] = (status, expected)

    assert wrong == {}


def test_view_without_a_policy_is_closed_to_everybody() -> None:
    fresh = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://"})
    fresh.add_url_rule("/undeclared", "undeclared", lambda: "open")

    assert fresh.test_client().get("/undeclared").status_code == 404


def test_only_what_programs_post_needs_no_form_of_ours(app: Flask) -> None:
    machines = {endpoint for endpoint in app.view_functions if access.policy_of(endpoint) is access.MACHINES}
    views = {f"{app.view_functions[endpoint].__module__}.{app.view_functions[endpoint].__name__}" for endpoint in machines}

    assert app.extensions["csrf"]._exempt_views == views
    assert machines == {"mail.bounced", "running.numbers", "watches.stop_by_program"}
