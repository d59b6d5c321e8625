"""What stands at the head of every page: the site's name and where one can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from scheduler.core.access import AccessRole
from scheduler.foundation import access
from scheduler.foundation.db import db
from scheduler.schools import queries as schools


class Site:
    """The network as pages and mails name it; asked for once a page, and nameable while the database is away."""

    @cached_property
    def _network(self) -> Row[Any] | None:
        try:
            return schools.how_the_network_is_called()
        except SQLAlchemyError:
            db.session.rollback()
            return None

    @property
    def name(self) -> str:
        return self._network.site_name if self._network else "Living Lab Visits"

    @property
    def network(self) -> str:
        return self._network.name if self._network else ""

    @property
    def welcome(self) -> str:
        return self._network.welcome if self._network else ""

    @property
    def introduction(self) -> str:
        return self._network.introduction if self._network else ""

    @property
    def contact_email(self) -> str:
        return self._network.contact_email if self._network else ""

    @property
    def time_zone(self) -> str:
        return self._network.time_zone if self._network else "UTC"

    @property
    def base_url(self) -> str:
        return str(current_app.config["BASE_URL"])


def site() -> Site:
    """The site of this request."""
    if "site" not in g:
        g.site = Site()
    found: Site = g.site
    return found


@dataclass(frozen=True)
class Item:
    """One entry of a navigation."""

    label: str
    url: str
    current: bool


def _item(label: str, endpoint: str) -> Item:
    url = url_for(endpoint)
    here = request.path
    return Item(label, url, here == url or (url != "/" and url != "/workspace" and here.startswith(url + "/")))


def public() -> list[Item]:
    """For everybody."""
    items = [
        _item(_("Open visits"), "home.index"),
        _item(_("Schools"), "schools.index"),
        _item(_("Meetups"), "meetups.index"),
        _item(_("Resources"), "resources.index"),
        _item(_("Calendar feeds"), "calendars.index"),
    ]
    if not current_user.is_authenticated:
        items.append(_item(_("Sign in"), "accounts.sign_in"))
    return items


def workspace() -> list[Item]:
    """For somebody who is signed in: only what they may open."""
    if not current_user.is_authenticated:
        return []
    actor = access.actor()
    items = [_item(_("Today"), "home.workspace")]
    if actor.has(*access.HOSTS.roles):
        items.append(_item(_("Visits"), "visits_workspace.season"))
        items.append(_item(_("Closed days"), "closures.index"))
        items.append(_item(_("Resources"), "resources.shelf"))
    if actor.sees_every_school:
        items.append(_item(_("Meetups"), "meetups.manage"))
    if actor.has(*access.COUNTS.roles):
        items.append(_item(_("Who has met"), "memory.network_map"))
    if actor.has(AccessRole.ADMINISTRATOR):
        items += [_item(_("Schools"), "schools.manage"), _item(_("People"), "accounts.people"), _item(_("Network"), "schools.network")]
    return items


def more() -> list[Item]:
    """What organizers look at now and then: it stands on their first page, not at the head of every one."""
    if not access.actor().sees_every_school:
        return []
    items = [
        _item(_("What people said after visits"), "after.network"),
        _item(_("Mail that was sent, and what came back"), "mail.index"),
        _item(_("Doubled names"), "twins.index"),
    ]
    if access.actor().has(AccessRole.ADMINISTRATOR):
        items.append(_item(_("Log of changes"), "log.index"))
    return items


def context() -> dict[str, Any]:
    """The names that every template may use."""
    if not request:
        return {"site": Site()}
    return {
        "current_user": current_user, "site": site(), "nav": _Later(public), "workspace_nav": _Later(workspace),
        "section": request.path.split("/", 2)[1],
    }  # fmt: skip


class _Later:
    """A list made only when a page shows it, and once: error pages and feeds ask for nobody's session."""

    def __init__(self, make: Callable[[], Sequence[Item]]) -> None:
        self.make = make
        self.made: Sequence[Item] | None = None

    def __iter__(self) -> Iterator[Item]:
        if self.made is None:
            self.made = self.make()
        return iter(self.made)

    def __bool__(self) -> bool:
        return True
