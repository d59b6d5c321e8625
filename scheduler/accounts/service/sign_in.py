"""Signing in by a mailed link: once, for ten minutes, in the browser that asked; the same work for every address."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app

from scheduler.accounts import mail, queries
from scheduler.accounts.models import Grant, SignInLink, SignInSession, User
from scheduler.core.access import AccessRole
from scheduler.core.people import address_key
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit, outbox
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import derived, digest, new_token
from scheduler.schools.models import Network

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(days=30)
MOST_MAILS_AN_HOUR = 5
MOST_WRONG_CODES = 5


class LinkIsDead(Refusal):
    """The link was used, has expired, or belongs to another browser."""

    def __init__(self) -> None:
        super().__init__(say("This link was used already or is older than ten minutes. Ask for a new one."))


class CodeIsWrong(Refusal):
    """One sentence for every reason: it must not tell whether anybody signs in with the address."""

    def __init__(self) -> None:
        super().__init__(
            say("These digits open nothing here. Take them from the newest mail; after ten minutes or five wrong tries, ask for a new one.")
        )


def ask_for_link(address: str, *, browser: str, now: datetime) -> None:
    """Mail a link to whoever signs in with this address, and to anybody else that nobody does; at most five an hour.

    `browser` is the key that the asking browser holds. Known or unknown: the same rows are written.
    """
    address = address_key(address)
    with transaction():
        _take_turns()
        _forget_what_expired(now)
        if _mails_this_hour(address, now) >= MOST_MAILS_AN_HOUR:
            return
        user = queries.find_somebody_with_rights(address)
        name = new_token()
        _add_link(name, user.id if user else None, browser=browser, now=now)
        outbox.add(mail.sign_in(address, user.name, name) if user else mail.no_account(address), now=now)


def _take_turns() -> None:
    """On PostgreSQL: so that five at once are counted like five in a row."""
    db.session.execute(sa.select(Network.id).with_for_update())


def _mails_this_hour(address: str, now: datetime) -> int:
    since = now - timedelta(hours=1)
    return sum(outbox.recently_to(address, template, since=since) for template in (mail.SIGN_IN, mail.NO_ACCOUNT))


def _forget_what_expired(now: datetime) -> None:
    for table in (SignInLink, SignInSession):
        db.session.execute(sa.delete(table).where(table.expires_at < now - timedelta(days=1)))


def _add_link(name: str, user_id: int | None, *, browser: str, now: datetime) -> None:
    browser_hash = digest(browser)
    db.session.add(
        SignInLink(
            token_hash=digest(mail.link_token(name)), code_hash=_code_hash(browser_hash, mail.link_code(name)), browser_hash=browser_hash,
            user_id=user_id, created_at=now, expires_at=now + LINK_LASTS,
        )
    )  # fmt: skip


def _code_hash(browser_hash: str, code: str) -> str:
    """Six digits are soon guessed from a plain hash; this one needs our secret as well."""
    return derived("sign-in code of a browser", f"{browser_hash} {code}")


def use_link(token: str, *, browser: str, now: datetime) -> str:
    """Sign in; the token of the new session. Of any number who try one link at once, one gets in."""
    with transaction():
        user_id = _use_up(SignInLink.token_hash == digest(token), SignInLink.browser_hash == digest(browser), now=now)
        if user_id is None and printed_links_work():
            user_id = db.session.scalar(
                sa.select(SignInLink.user_id).where(SignInLink.token_hash == digest(token), SignInLink.browser_hash == "")
            )
        if user_id is None:
            raise LinkIsDead
        return _signed_in(user_id, now)


def use_code(code: str, *, browser: str, now: datetime) -> str:
    """Sign in with the digits from the newest mail that this browser asked for; five wrong tries kill them."""
    session = None
    with transaction():
        link = _newest_link(browser, now)
        tried = link is not None and _count_a_try(link.id)
        if link is not None and tried and link.code_hash == _code_hash(link.browser_hash, code):
            user_id = _use_up(SignInLink.id == link.id, now=now)
            session = _signed_in(user_id, now) if user_id is not None else None
    if session is None:  # after the commit: a wrong try counts
        raise CodeIsWrong
    return session


def _newest_link(browser: str, now: datetime) -> SignInLink | None:
    own = sa.select(SignInLink).where(SignInLink.browser_hash == digest(browser), SignInLink.expires_at > now)
    return db.session.scalar(own.order_by(SignInLink.id.desc()).limit(1))


def _count_a_try(link_id: int) -> bool:
    """Count before comparing, so that tries made at once are all counted."""
    counted = db.session.scalar(
        sa.update(SignInLink)
        .where(SignInLink.id == link_id, SignInLink.wrong_codes < MOST_WRONG_CODES, SignInLink.used_at.is_(None))
        .values(wrong_codes=SignInLink.wrong_codes + 1)
        .returning(SignInLink.id)
        .execution_options(synchronize_session=False)
    )
    return counted is not None


def _use_up(*conditions: sa.ColumnElement[bool], now: datetime) -> int | None:
    """Whose link it was; None for all but the first. One made by a clock that was ahead and was set back since is over, too."""
    return db.session.scalar(
        sa.update(SignInLink)
        .where(*conditions, SignInLink.used_at.is_(None), SignInLink.expires_at > now, SignInLink.created_at < now + LINK_LASTS)
        .values(used_at=now)
        .returning(SignInLink.user_id)
        .execution_options(synchronize_session=False)
    )


def _signed_in(user_id: int, now: datetime) -> str:
    audit.record("signed in", f"user:{user_id}", actor=audit.user(user_id), now=now)
    return add_session(user_id, now=now)


def add_session(user_id: int, *, now: datetime) -> str:
    """A new session's row, inside the caller's transaction; its token."""
    token = new_token()
    db.session.add(SignInSession(token_hash=digest(token), user_id=user_id, created_at=now, expires_at=now + SESSION_LASTS))
    return token


def start_session(user_id: int, *, now: datetime) -> str:
    """Open a session without a link, for whoever has proved who they are in another way."""
    with transaction():
        return add_session(user_id, now=now)


def end_session(token: str, *, now: datetime) -> None:
    """Sign out: whatever cookies were copied, this session is over."""
    with transaction():
        user_id = db.session.scalar(
            sa.delete(SignInSession).where(SignInSession.token_hash == digest(token)).returning(SignInSession.user_id)
        )
        if user_id is not None:
            audit.record("signed out", f"user:{user_id}", actor=audit.user(user_id), now=now)


def end_all_sessions(user_id: int, *, now: datetime) -> None:
    """Sign out in every browser."""
    with transaction():
        db.session.execute(sa.delete(SignInSession).where(SignInSession.user_id == user_id))
        audit.record("signed out everywhere", f"user:{user_id}", actor=audit.user(user_id), now=now)


def end_everybodys_sessions(*, actor: str, now: datetime) -> None:
    """Sign everybody out: in a restored copy, whoever signed out since the backup was made would be signed in again."""
    with transaction():
        db.session.execute(sa.delete(SignInSession))
        audit.record("everybody signed out", "network:1", actor=actor, now=now)


def printed_links_work() -> bool:
    """Links that are bound to nothing: only in development, and only where the machine talks to itself."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname
    return not current_app.config["PRODUCTION"] and host in ("127.0.0.1", "localhost", "::1")


def links_until_stopped(*, now: datetime) -> list[tuple[str, str]]:
    """One link each for an organizer and a host, for `scheduler serve` to print: (role, token). Earlier ones die.

    They work any number of times and in any browser, and only where `printed_links_work()`.
    """
    links: list[tuple[str, str]] = []
    with transaction():
        db.session.execute(sa.delete(SignInLink).where(SignInLink.browser_hash == ""))
        for role in (AccessRole.ORGANIZER, AccessRole.HOST) if printed_links_work() else ():
            user_id = db.session.scalar(
                sa.select(User.id).join(Grant).where(Grant.role == role).order_by(User.is_sample.desc(), User.id).limit(1)
            )  # fmt: skip
            if user_id is not None:
                links.append((role.value, _add_printed_link(user_id, now)))
    return links


def _add_printed_link(user_id: int, now: datetime) -> str:
    token = new_token()
    db.session.add(
        SignInLink(
            token_hash=digest(token), code_hash="", browser_hash="", user_id=user_id, created_at=now, expires_at=now + timedelta(days=365)
        )
    )
    return token
