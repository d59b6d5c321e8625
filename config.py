"""Settings: each from one SCHEDULER_* variable, each with a default that works on a fresh laptop."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import secrets
from collections.abc import Mapping
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import URL

SETTINGS = {
    "SCHEDULER_ENV": "development or production; production refuses to start without a secret and an address of its own",
    "SCHEDULER_DATA_DIR": "folder of the database, the files and the secret; the instance folder by default",
    "SCHEDULER_DATABASE_URL": "SQLite in the data folder by default; postgresql+psycopg://user:password@host/name for many machines",
    "SCHEDULER_SECRET_KEY": "signs cookies; made and kept in the data folder in development, required in production",
    "SCHEDULER_BASE_URL": "the address people use, such as https://visits.example.org; mails and feeds carry it",
    "SCHEDULER_SMTP_URL": "smtp://user:password@host:587 (STARTTLS), smtps://host:465 or smtp+plain://host:25; empty: mail stays here",
    "SCHEDULER_MAIL_FROM": "the sender of all mail, as Name <address>",
    "SCHEDULER_BOUNCE_SECRET": "opens /mail/bounces, where mail services report mail that came back; empty: nobody reports",
    "SCHEDULER_LOG": "text: only what went wrong, for people; json: a line of JSON for that and for each request",
    "SCHEDULER_METRICS_TOKEN": "opens /metrics for Prometheus; empty: nobody measures",
    "SCHEDULER_BOOKINGS_AN_HOUR": "bookings that one network of addresses may send in an hour: 300 by default, 0 for any number",
    "SCHEDULER_TRUSTED_PROXIES": "how many proxies stand before the server; 0 by default",
    "SCHEDULER_PROCESSES": "server processes; one a core by default",
    "SCHEDULER_EMBEDDED_WORKER": "yes: the server also sends mail and makes plans; no: run `scheduler worker` beside it",
}


class SettingsError(Exception):
    """A setting cannot work; the text says which and how to mend it."""


def load(environ: Mapping[str, str], instance: Path) -> dict[str, object]:
    """Read all settings from `environ`; data goes to `instance` when nothing else is said. Raises SettingsError in one line."""
    unknown = sorted(name for name in environ if name.startswith("SCHEDULER_") and name not in SETTINGS and "_TEST_" not in name)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting; the README lists them all.")
    production = _choice(environ, "SCHEDULER_ENV", ("development", "production")) == "production"
    data = Path(environ.get("SCHEDULER_DATA_DIR") or instance).absolute()
    _make_folder(data)
    base_url = _base_url(environ, production=production)
    host = urlsplit(base_url).hostname
    return {
        "PRODUCTION": production,
        "DATA_DIR": data,
        "SQLALCHEMY_DATABASE_URI": _database_url(environ) or URL.create("sqlite", database=str(data / "scheduler.db")).render_as_string(),
        "SECRET_KEY": environ.get("SCHEDULER_SECRET_KEY") or _kept_secret(data, production=production),
        "BASE_URL": base_url,
        "TRUSTED_HOSTS": [host] if production else [host, "127.0.0.1", "localhost"],
        "SMTP_URL": _smtp_url(environ),
        "MAIL_FROM": _mail_from(environ, host or "localhost"),
        "BOUNCE_SECRET": _password(environ, "SCHEDULER_BOUNCE_SECRET"),
        "LOG": _choice(environ, "SCHEDULER_LOG", ("text", "json")),
        "METRICS_TOKEN": _password(environ, "SCHEDULER_METRICS_TOKEN"),
        "BOOKINGS_AN_HOUR": _number(environ, "SCHEDULER_BOOKINGS_AN_HOUR", 300, 0, 1_000_000),
        "TRUSTED_PROXIES": _number(environ, "SCHEDULER_TRUSTED_PROXIES", 0, 0, 10),
        "PROCESSES": _number(environ, "SCHEDULER_PROCESSES", os.cpu_count() or 1, 1, 64),
        "EMBEDDED_WORKER": _choice(environ, "SCHEDULER_EMBEDDED_WORKER", ("yes", "no")) == "yes",
    }


def _choice(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = environ.get(name) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"{name} is {value!r}; it can be {' or '.join(allowed)}.")
    return value


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise SettingsError(f"{name} is {value!r}; it takes a whole number from {least} to {most}.")
    return int(value)


def _base_url(environ: Mapping[str, str], *, production: bool) -> str:
    url = environ.get("SCHEDULER_BASE_URL")
    if production and not url:
        raise SettingsError("SCHEDULER_BASE_URL is not set; in production it is the https address people use.")
    parts = _address(url or "http://127.0.0.1:8000", "http", "https")
    if parts is None or parts.path.strip("/"):
        raise SettingsError(f"SCHEDULER_BASE_URL is {url!r}; it looks like https://visits.example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def _database_url(environ: Mapping[str, str]) -> str:
    url = environ.get("SCHEDULER_DATABASE_URL", "")
    if url and not re.match(r"sqlite:///|postgresql(\+psycopg)?://([^/]*@)?(\[[^]/]*\]|[^/:]*)(:\d+)?/", url):
        raise SettingsError(
            "SCHEDULER_DATABASE_URL looks like sqlite:////folder/scheduler.db or postgresql+psycopg://user:password@host/name."
        )
    if url.startswith("postgresql") and importlib.util.find_spec("psycopg") is None:
        raise SettingsError("SCHEDULER_DATABASE_URL needs psycopg: python3 -m pip install 'living-lab-scheduler[postgres]'")
    return url


def _smtp_url(environ: Mapping[str, str]) -> str:
    url = environ.get("SCHEDULER_SMTP_URL", "")
    if url and _address(url, "smtp", "smtps", "smtp+plain") is None:
        raise SettingsError("SCHEDULER_SMTP_URL looks like smtp://user:password@host:587, smtps://host:465 or smtp+plain://host:25.")
    return url


def _mail_from(environ: Mapping[str, str], host: str) -> tuple[str, str]:
    name, address = parseaddr(environ.get("SCHEDULER_MAIL_FROM") or f"Living Lab Visits <visits@{host}>")
    try:
        Address(name, addr_spec=address or "nobody")
    except ValueError:
        raise SettingsError("SCHEDULER_MAIL_FROM looks like Living Lab Visits <visits@example.org>.") from None
    return name, address


def _password(environ: Mapping[str, str], name: str) -> str:
    secret = environ.get(name, "")
    if secret and (len(secret) < 20 or not secret.isascii()):
        raise SettingsError(f"{name} is too easy to guess; it takes 20 letters and digits or more.")
    return secret


def _address(url: str, *schemes: str) -> SplitResult | None:
    """The parts of an address of one of these schemes, with a host and with a port that is one, if any; otherwise None."""
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in schemes and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be made: {error.strerror}. Set SCHEDULER_DATA_DIR to a folder you may write."
        ) from error
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"The data folder {folder} cannot be written. Set SCHEDULER_DATA_DIR to a folder you may write.")


def _kept_secret(data: Path, *, production: bool) -> str:
    if production:
        raise SettingsError(
            "SCHEDULER_SECRET_KEY is not set; in production make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    kept = data / "secret_key"
    if not kept.exists():  # written whole under another name first: nobody ever reads half a secret, and the first one stays
        made = data / f"secret_key.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            kept.hardlink_to(made)
        made.unlink()
    return kept.read_text()
