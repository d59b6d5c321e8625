"""What is not set up well: each check looks at one thing, and says in a line what is wrong and what would mend it."""

from __future__ import annotations

import math
import re
import shutil
import smtplib
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from scheduler.core.refusal import Refusal
from scheduler.foundation import delivery, moments, upgrading
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import MailState, OutboxMail

LEAST_SECRET = 32
LEAST_FREE = 500 * 1000 * 1000
"""Bytes: less of them and the next backup or upgrade may not fit"""
WORKER_AWAY = timedelta(minutes=5)
MAIL_LATE = timedelta(hours=1)
CLOCKS_APART = timedelta(seconds=30)
OF_ONE_PROCESS = 14
"""Connections that a server process may open: pool_size and max_overflow"""

Check = Callable[[datetime], Iterator[str]]


def troubles(*, now: datetime) -> Iterator[str]:
    """Every line there is; what needs the database is looked at only where it can be used."""
    for check in (_address, _secret, _proxies, _folder, _disk, _mail_server, _time_zones):
        yield from check(now)
    try:
        yield from _database(now)
    except Refusal as refusal:
        yield str(refusal)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        yield f"The database cannot be used: {said}. Check SCHEDULER_DATABASE_URL."


def _database(now: datetime) -> Iterator[str]:
    if (file := upgrading.sqlite_file()) and not file.exists():
        yield "There is no database yet: run `scheduler migrate`, or start the server."
        return
    upgrading.refuse_unusable(most=math.inf)
    if not upgrading.is_at_head():
        yield "The database is not in the form of this version: run `scheduler migrate`."
        return
    for check in (_connections, _clock, _worker, _mail):
        yield from check(now)


def _is_local(host: str | None) -> bool:
    return host in (None, "localhost", "127.0.0.1", "::1")


def _address(now: datetime) -> Iterator[str]:
    base, production = current_app.config["BASE_URL"], current_app.config["PRODUCTION"]
    parts = urlsplit(base)
    if not production and not _is_local(parts.hostname):
        yield "SCHEDULER_ENV is development, but SCHEDULER_BASE_URL is not this machine: set SCHEDULER_ENV=production."
    if production and _is_local(parts.hostname):
        yield f"SCHEDULER_BASE_URL is {base}, which nobody else can open: set the address people use. Only its name is answered."
    elif production and parts.scheme != "https":
        yield f"SCHEDULER_BASE_URL is {base}, without TLS: cookies and links can be read on the way. Set the https address of your proxy."


def _secret(now: datetime) -> Iterator[str]:
    key = str(current_app.config["SECRET_KEY"])
    if len(key) < LEAST_SECRET or len(set(key)) < 10:
        yield (
            "SCHEDULER_SECRET_KEY is too easy to guess: make one with python3 -c 'import secrets; print(secrets.token_urlsafe(48))'. "
            "Links in mails already sent stop working then."
        )
    kept = Path(current_app.config["DATA_DIR"]) / "secret_key"
    if kept.exists() and kept.stat().st_mode & 0o077:
        yield f"Others on this machine can read {kept}: chmod 600 {kept}"


def _proxies(now: datetime) -> Iterator[str]:
    if current_app.config["BASE_URL"].startswith("https") and not current_app.config["TRUSTED_PROXIES"]:
        yield (
            "SCHEDULER_TRUSTED_PROXIES is 0, but what speaks TLS stands before the server: set it to the number of proxies (mostly 1), "
            "or everybody seems to come from one address."
        )


def _folder(now: datetime) -> Iterator[str]:
    folder = current_app.config["DATA_DIR"]
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"a file can be written")
    except OSError as error:
        yield f"Nothing can be written to {folder}: {error.strerror}. Make room, or set SCHEDULER_DATA_DIR to a folder you may write."


def _disk(now: datetime) -> Iterator[str]:
    folder = current_app.config["DATA_DIR"]
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        yield f"The disk of {folder} has {free / 1e6:.0f} MB left: make room before bookings are turned away."


def _mail_server(now: datetime) -> Iterator[str]:
    url = current_app.config["SMTP_URL"]
    if not url:
        if current_app.config["PRODUCTION"]:
            yield "SCHEDULER_SMTP_URL is not set: nobody gets any mail. Set smtp://user:password@host:587."
        return
    try:
        delivery.connect(url).quit()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        yield f"The mail server of SCHEDULER_SMTP_URL does not let us in: {delivery.words(error)}. Check host, port and password."


def _time_zones(now: datetime) -> Iterator[str]:
    release = time_zone_release()
    if release and int(release[:4]) < now.year - 1:
        yield f"The rules of time zones are of {release}: upgrade tzdata (of the system, or pip's), or times are wrong where a law changed."


def time_zone_release() -> str:
    """Which release of the time zones is in use: the system's where it has one, else that of the package."""
    for folder in zoneinfo.TZPATH:
        source = Path(folder) / "tzdata.zi"
        if source.exists():
            found = re.match(r"# version (\d{4}\w*)", source.read_text(errors="replace")[:60])
            return found.group(1) if found else ""
        if (Path(folder) / "Etc" / "UTC").exists():
            return ""  # a system that does not say
    return version("tzdata")


def _connections(now: datetime) -> Iterator[str]:
    if db.engine.dialect.name != "postgresql":
        return
    most = int(db.session.connection().exec_driver_sql("SHOW max_connections").scalar_one())
    wanted = current_app.config["PROCESSES"] * OF_ONE_PROCESS
    if wanted > most:
        yield (
            f"{current_app.config['PROCESSES']} server processes may want {wanted} connections, and PostgreSQL gives {most}: "
            "lower SCHEDULER_PROCESSES or raise max_connections."
        )


def _clock(now: datetime) -> Iterator[str]:
    if db.engine.dialect.name == "postgresql":
        there = db.session.scalar(sa.select(sa.func.clock_timestamp()))
        if there is not None and abs(there - now) > CLOCKS_APART:
            apart = abs(there - now).total_seconds()
            yield f"The clocks of this machine and of the database are {apart:.0f} s apart: let both ask a time server."
    newest = db.session.scalar(sa.select(sa.func.max(AuditLine.at)))
    if newest is not None and newest > now + CLOCKS_APART:
        yield f"Something was done at {newest:%Y-%m-%d %H:%M:%S} UTC, and here it is earlier: set the clock, best by a time server."


def _worker(now: datetime) -> Iterator[str]:
    seen = moments.find(moments.WORKER_SEEN)
    if seen is None or seen < now - WORKER_AWAY:
        since = f"since {seen:%Y-%m-%d %H:%M} UTC" if seen else "yet"
        yield (
            f"No worker was seen {since}, so mail and plans wait: start `scheduler serve` with SCHEDULER_EMBEDDED_WORKER=yes, "
            "or `scheduler worker` beside it."
        )


def _mail(now: datetime) -> Iterator[str]:
    held = moments.find(moments.MAIL_HELD)
    if held is not None:
        yield f"Mail is held since this copy was restored ({held:%Y-%m-%d %H:%M} UTC): run `scheduler mail --release new` (or `all`)."
        return
    late = sa.select(sa.func.min(OutboxMail.created_at)).where(OutboxMail.state == MailState.WAITING, OutboxMail.send_at <= now)
    oldest = db.session.scalar(late)
    if oldest is not None and oldest < now - MAIL_LATE:
        yield f"Mail waits since {oldest:%Y-%m-%d %H:%M} UTC: `scheduler mail` shows why."
