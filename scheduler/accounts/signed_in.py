"""The person behind a browser, as Flask-Login carries them from one request to the next."""

from __future__ import annotations

from flask_login import UserMixin

from scheduler.accounts import queries
from scheduler.accounts.queries import Somebody
from scheduler.foundation import clock


class SignedIn(UserMixin):  # type: ignore[misc]
    """A user and the token of their session. The cookie holds the token, never the id: a copied one is dead after sign-out."""

    def __init__(self, somebody: Somebody, token: str) -> None:
        self.user_id, self.name, self.email = somebody.actor.user_id, somebody.name, somebody.email
        self.actor, self.token = somebody.actor, token

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie."""
        return self.token


def load(token: str) -> SignedIn | None:
    """The person whose session a cookie names; None once it ended."""
    somebody = queries.find_signed_in(token, now=clock.now())
    return SignedIn(somebody, token) if somebody else None
