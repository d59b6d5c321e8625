"""Access, in one place: each view declares who may open it, and whatever declares nothing is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from scheduler.core.access import NOBODY, AccessRole, Actor

DECLARED = "access_policy"
View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Policy:
    """Who may open a view. `roles` empty: no sign-in is asked for, and `why` says what protects it instead."""

    why: str
    roles: frozenset[AccessRole] = frozenset()


ANYONE = Policy("public pages and feeds: only what everybody may know")
LINK = Policy("whoever holds the link: the view compares the token or its cookie")
MACHINES = Policy("programs, not browsers: the view compares a secret; nothing is asked for that only a browser has")
STAFF = Policy("anybody who signs in; lists are scoped by the actor", frozenset(AccessRole))
HOSTS = Policy(
    "hosts of their own school (the query compares), organizers and administrators",
    frozenset({AccessRole.HOST, AccessRole.ORGANIZER, AccessRole.ADMINISTRATOR}),
)
ORGANIZERS = Policy("organizers and administrators", frozenset({AccessRole.ORGANIZER, AccessRole.ADMINISTRATOR}))
COUNTS = Policy(
    "organizers and administrators; viewers too, who get counts and no names",
    frozenset({AccessRole.VIEWER, AccessRole.ORGANIZER, AccessRole.ADMINISTRATOR}),
)
ADMINISTRATORS = Policy("administrators", frozenset({AccessRole.ADMINISTRATOR}))


def open_to(policy: Policy) -> Callable[[View], View]:
    """Declare who may open a view; stands below the route."""

    def declare(view: View) -> View:
        setattr(view, DECLARED, policy)
        return view

    return declare


def policy_of(endpoint: str) -> Policy | None:
    """The declared policy of a route, or None."""
    return getattr(current_app.view_functions.get(endpoint), DECLARED, None)


def actor() -> Actor:
    """The person behind this request; nobody has no rights."""
    return current_user.actor if current_user.is_authenticated else NOBODY


def init_app(app: Flask) -> None:
    """Enforce the policies before any view runs. What programs post has no form of ours and so no token of one."""
    open_to(ANYONE)(app.view_functions["static"])
    for view in app.view_functions.values():
        if getattr(view, DECLARED, None) is MACHINES:
            app.extensions["csrf"].exempt(view)
    app.before_request(_enforce)


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None  # no such page: the 404 follows
    policy = policy_of(request.endpoint)
    if policy is None:
        current_app.logger.error("route %s declares no access policy", request.endpoint)
        abort(404)
    # Public views never look at the session: a feed carries no cookie and is the same for everybody.
    if not policy.roles or actor().has(*policy.roles):
        return None
    if current_user.is_authenticated or request.method not in ("GET", "HEAD"):
        abort(404)  # what is not yours looks like what is not there
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
