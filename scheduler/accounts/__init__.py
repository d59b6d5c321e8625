"""Accounts: people who sign in, what they may do, and how they are invited."""

from __future__ import annotations

from flask import Flask, Response
from flask_login import LoginManager

from scheduler.accounts import inventory, mail, roles, signed_in, views

__all__ = ["init_app", "inventory"]


class _Manager(LoginManager):  # type: ignore[misc]
    def _update_remember_cookie(self, response: Response) -> Response:
        """Nobody is remembered by a second cookie; looking for one would mark every feed and file "Vary: Cookie"."""
        return response


def init_app(app: Flask) -> None:
    """Hang the room's views into the application, its links into every mail, and know who is signed in."""
    manager = _Manager(app, add_context_processor=False)  # error pages must not ask for a session
    manager.session_protection = None  # a session is a row that sign-out deletes; a phone may change its address meanwhile
    manager.user_loader(signed_in.load)
    app.register_blueprint(views.blueprint)
    app.jinja_env.globals.update(
        sign_in_url=mail.sign_in_url, sign_in_code=mail.link_code, invitation_url=mail.invitation_url, role_rights=roles.rights
    )
    app.jinja_env.filters.update(role=roles.name)
