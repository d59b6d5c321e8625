"""Walks over all routes with what stands in a scene: what each person is answered, which forms they are shown, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from scheduler.accounts.models import User
from scheduler.core.access import AccessRole
from scheduler.foundation import access
from scheduler.foundation.access import Policy
from tests.hostile import PRODUCT, TAG, Form, Page, wrong_with
from tests.scene import Scene

STAFF = ("administrator", "organizer", "host", "other_host", "viewer")


class Walk:
    """Everybody's browser. The guest has opened every link that was mailed; nobody has opened none."""

    def __init__(self, app: Flask, scene: Scene, sign_in: Callable[[User], FlaskClient]) -> None:
        self.app, self.scene = app, scene
        self.adapter = app.url_map.bind("localhost")
        self.browsers = {who: sign_in(getattr(scene.cast, who)) for who in STAFF}
        self.browsers |= {"guest": app.test_client(), "nobody": app.test_client()}
        self.wrong: list[str] = []
        self.shown: set[str] = set()
        self.forms: dict[str, Form] = {}
        """By route and names of fields: the first of each"""

    def routes(self, method: str) -> Iterator[tuple[Rule, Policy]]:
        """Every route that takes a method, with who may open it."""
        for rule in self.app.url_map.iter_rules():
            policy = access.policy_of(rule.endpoint)
            if method in (rule.methods or ()) and rule.endpoint != "static" and policy:
                yield rule, policy

    def roles(self, who: str) -> set[AccessRole]:
        return set(getattr(self.scene.cast, who).actor.roles) if who in STAFF else set()

    def address(self, rule: Rule, **instead: object) -> str:
        """The address of a route, of the things in the scene."""
        known = self.scene.parts_of(rule.rule)
        return self.adapter.build(
            rule.endpoint, {name: known[name] for name in rule.arguments} | instead, method=next(iter(rule.methods or ()))
        )

    def address_of(self, endpoint: str) -> str:
        """The address of the one route of a view."""
        return self.address(next(self.app.url_map.iter_rules(endpoint)))

    def follow_links(self) -> None:
        """Open, as a guest, what stands in mails and on papers."""
        for link in self.scene.links:
            self.look("guest", _own(link))

    def look_everywhere(self) -> set[str]:
        """Open every page as who may see all of it; the routes that showed nothing."""
        self.follow_links()
        for rule, policy in self.routes("GET"):
            self.look("administrator" if policy.roles else "guest", self.address(rule))
        return {rule.rule for rule, _ in self.routes("GET")} - self.shown

    def look(self, who: str, path: str, **more: Any) -> TestResponse:
        """Open a page, and keep what is wrong with it and the forms on it."""
        answer = self.browsers[who].get(path, **more)
        if answer.status_code in (200, 302, 303):
            self.shown.add(self.rule_of(path, "GET"))
        return self.judged(f"{who} GET {path[:200]}", path, answer)

    def judged(self, name: str, path: str, answer: TestResponse) -> TestResponse:
        """An answer, after having looked whether anything in it got out of its place."""
        if answer.mimetype == "text/html":
            self._read(name, path, answer.text)
        if answer.status_code >= 500:
            self.wrong.append(f"{name}: {answer.status_code}")
        elif answer.location and _own(urljoin("http://localhost/", answer.location)) == "elsewhere":
            self.wrong.append(f"{name} leads to {answer.location}")
        elif answer.mimetype != "text/html":
            self.wrong += [f"{name}: {said}" for said in wrong_with(answer.content_type or "", answer.data)]
        return answer

    def _read(self, name: str, path: str, text: str) -> None:
        """What is wrong with a page, and its forms; one that says that there is nothing is read where it says more."""
        if name.partition(" ")[2].startswith("POST") and not any(mark in text for mark in (TAG, PRODUCT)):
            return
        page = Page(text)
        self.wrong += [f"{name}: {said}" for said in page.wrong]
        for form in page.forms:
            form.action, form.who = _own(urljoin(path, form.action)), name.split()[0]
            self.forms.setdefault(f"{self.rule_of(form.action, form.method)} {sorted({each.name for each in form.fields})}", form)

    def rule_of(self, path: str, method: str) -> str:
        """The route that answers an address; nothing where none does."""
        try:
            return str(self.adapter.match(urlsplit(path).path, method=method.upper(), return_rule=True)[0].rule)
        except HTTPException:
            return ""


def _own(url: str) -> str:
    """An address of ours without its host; others lead nowhere."""
    parts = urlsplit(url)
    if parts.hostname not in (None, "localhost", "127.0.0.1"):
        return "elsewhere"
    return parts.path + (f"?{parts.query}" if parts.query else "")
