"""Settings: what each takes, what it is when nobody says, and the one line that a wrong one gets."""

from __future__ import annotations

import os
import pwd
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from scheduler.app import config_module

config = config_module()
PRODUCTION = {
    "SCHEDULER_ENV": "production",
    "SCHEDULER_SECRET_KEY": "a secret of its own",
    "SCHEDULER_BASE_URL": "https://visits.example.org",
}


def load(folder: Path, **environ: str) -> dict[str, Any]:
    return dict(config.load(environ, folder))


def test_fresh_laptop_needs_no_setting(tmp_path: Path) -> None:
    settings = load(tmp_path / "instance")

    assert settings == {
        "PRODUCTION": False,
        "DATA_DIR": tmp_path / "instance",
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/instance/scheduler.db",
        "SECRET_KEY": (tmp_path / "instance" / "secret_key").read_text(),
        "BASE_URL": "http://127.0.0.1:8000",
        "TRUSTED_HOSTS": ["127.0.0.1", "127.0.0.1", "localhost"],
        "SMTP_URL": "",
        "MAIL_FROM": ("Living Lab Visits", "visits@127.0.0.1"),
        "BOUNCE_SECRET": "",
        "LOG": "text",
        "METRICS_TOKEN": "",
        "BOOKINGS_AN_HOUR": 300,
        "TRUSTED_PROXIES": 0,
        "PROCESSES": os.cpu_count(),
        "EMBEDDED_WORKER": True,
    }


def test_every_setting_can_be_given(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        **PRODUCTION,
        SCHEDULER_DATA_DIR=str(tmp_path / "data"),
        SCHEDULER_DATABASE_URL="postgresql+psycopg://me:p@ss@[::1]:5432/visits",
        SCHEDULER_SMTP_URL="smtp://user:password@mail.example.org:587",
        SCHEDULER_MAIL_FROM='"Lab, Living" <visits@example.org>',
        SCHEDULER_BOUNCE_SECRET="a secret of the mail service",
        SCHEDULER_LOG="json",
        SCHEDULER_METRICS_TOKEN="a secret of those who measure",
        SCHEDULER_BOOKINGS_AN_HOUR="0",
        SCHEDULER_TRUSTED_PROXIES="10",
        SCHEDULER_PROCESSES="1",
        SCHEDULER_EMBEDDED_WORKER="no",
    )

    assert settings == {
        "PRODUCTION": True,
        "DATA_DIR": tmp_path / "data",
        "SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://me:p@ss@[::1]:5432/visits",
        "SECRET_KEY": "a secret of its own",
        "BASE_URL": "https://visits.example.org",
        "TRUSTED_HOSTS": ["visits.example.org"],
        "SMTP_URL": "smtp://user:password@mail.example.org:587",
        "MAIL_FROM": ("Lab, Living", "visits@example.org"),
        "BOUNCE_SECRET": "a secret of the mail service",
        "LOG": "json",
        "METRICS_TOKEN": "a secret of those who measure",
        "BOOKINGS_AN_HOUR": 0,
        "TRUSTED_PROXIES": 10,
        "PROCESSES": 1,
        "EMBEDDED_WORKER": False,
    }
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert list((tmp_path / "data").iterdir()) == []


def test_empty_setting_is_one_that_nobody_set(tmp_path: Path) -> None:
    assert load(tmp_path, **dict.fromkeys(config.SETTINGS, "")) == load(tmp_path)


@pytest.mark.parametrize("name", ["100%20 of it", "who? #1", "Écoles & co"])
def test_database_lies_in_the_data_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    settings = load(tmp_path, SCHEDULER_DATA_DIR=str(tmp_path / name))

    assert make_url(str(settings["SQLALCHEMY_DATABASE_URI"])).database == str(tmp_path / name / "scheduler.db")


@pytest.mark.parametrize("written", ["https://Visits.example.org/", "https://visits.example.org"])
def test_address_loses_its_last_slash_and_is_trusted_in_any_case(tmp_path: Path, written: str) -> None:
    settings = load(tmp_path, SCHEDULER_BASE_URL=written)

    assert settings["BASE_URL"] == written.rstrip("/")
    assert settings["TRUSTED_HOSTS"] == ["visits.example.org", "127.0.0.1", "localhost"]


BASE_URL = "SCHEDULER_BASE_URL is %r; it looks like https://visits.example.org."
DATABASE_URL = "SCHEDULER_DATABASE_URL looks like sqlite:////folder/scheduler.db or postgresql+psycopg://user:password@host/name."
SMTP_URL = "SCHEDULER_SMTP_URL looks like smtp://user:password@host:587, smtps://host:465 or smtp+plain://host:25."
MAIL_FROM = "SCHEDULER_MAIL_FROM looks like Living Lab Visits <visits@example.org>."


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("SCHEDULER_PORT", "8000", "SCHEDULER_PORT is not a setting; the README lists them all."),
        ("SCHEDULER_ENV", "prod", "SCHEDULER_ENV is 'prod'; it can be development or production."),
        ("SCHEDULER_EMBEDDED_WORKER", "true", "SCHEDULER_EMBEDDED_WORKER is 'true'; it can be yes or no."),
        ("SCHEDULER_TRUSTED_PROXIES", "-1", "SCHEDULER_TRUSTED_PROXIES is '-1'; it takes a whole number from 0 to 10."),
        ("SCHEDULER_TRUSTED_PROXIES", "11", "SCHEDULER_TRUSTED_PROXIES is '11'; it takes a whole number from 0 to 10."),
        ("SCHEDULER_PROCESSES", "0", "SCHEDULER_PROCESSES is '0'; it takes a whole number from 1 to 64."),
        ("SCHEDULER_PROCESSES", "٢", "SCHEDULER_PROCESSES is '٢'; it takes a whole number from 1 to 64."),
        ("SCHEDULER_PROCESSES", "two", "SCHEDULER_PROCESSES is 'two'; it takes a whole number from 1 to 64."),
        ("SCHEDULER_LOG", "xml", "SCHEDULER_LOG is 'xml'; it can be text or json."),
        *[
            (name, "short", f"{name} is too easy to guess; it takes 20 letters and digits or more.")
            for name in ("SCHEDULER_BOUNCE_SECRET", "SCHEDULER_METRICS_TOKEN")
        ],
        *[
            ("SCHEDULER_BASE_URL", url, BASE_URL % url)
            for url in (
                "visits.example.org",
                "ftp://visits.example.org",
                "https://",
                "https://visits.example.org/lab",
                "https://[::1",
                "https://visits.example.org:http",
            )
        ],
        *[
            ("SCHEDULER_DATABASE_URL", url, DATABASE_URL)
            for url in (
                "scheduler.db",
                "mysql://host/name",
                "postgres://host/name",
                "postgresql://host",
                "postgresql+psycopg2://host/name",
                "postgresql://host:port/name",
            )
        ],
        *[
            ("SCHEDULER_SMTP_URL", url, SMTP_URL)
            for url in ("mail.example.org", "http://host", "smtp://", "smtp://[host", "smtp://host:mail", "smtp://host:0")
        ],
        *[
            ("SCHEDULER_MAIL_FROM", sender, MAIL_FROM)
            for sender in ("Visits", "Visits <visits@>", "Visits <the visits@example.org>", "é@example.org")
        ],
    ],
)  # fmt: skip
def test_setting_that_cannot_work_gets_one_line(tmp_path: Path, name: str, value: str, line: str) -> None:
    with pytest.raises(config.SettingsError) as problem:
        load(tmp_path, **{name: value})

    assert str(problem.value) == line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        (
            "SCHEDULER_SECRET_KEY",
            "SCHEDULER_SECRET_KEY is not set; in production make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
        ),
        ("SCHEDULER_BASE_URL", "SCHEDULER_BASE_URL is not set; in production it is the https address people use."),
    ],
)  # fmt: skip
def test_production_needs_a_secret_and_an_address(tmp_path: Path, missing: str, line: str) -> None:
    with pytest.raises(config.SettingsError) as problem:
        load(tmp_path, **{name: value for name, value in PRODUCTION.items() if name != missing})

    assert str(problem.value) == line
    assert list(tmp_path.iterdir()) == []


def test_postgresql_without_its_driver_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as where it is not installed

    with pytest.raises(config.SettingsError) as problem:
        load(tmp_path, SCHEDULER_DATABASE_URL="postgresql+psycopg://host/name")

    assert str(problem.value) == "SCHEDULER_DATABASE_URL needs psycopg: python3 -m pip install 'living-lab-scheduler[postgres]'"


def test_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(config.SettingsError) as problem:
        load(tmp_path, SCHEDULER_DATA_DIR=f"{tmp_path}/file/data")

    assert str(problem.value) == (
        f"The data folder {tmp_path}/file/data cannot be made: Not a directory. Set SCHEDULER_DATA_DIR to a folder you may write."
    )


@pytest.fixture
def nobody() -> Iterator[None]:
    """Whoever runs the tests may not write everywhere: root is nobody for a while."""
    who = os.getuid()
    if who == 0:
        os.setreuid(pwd.getpwnam("nobody").pw_uid, -1)  # access(2) looks at the real user
    yield
    os.setreuid(who, -1)


def test_data_folder_that_cannot_be_written_is_named(tmp_path: Path, nobody: None) -> None:
    with pytest.raises(config.SettingsError) as problem:
        load(tmp_path, SCHEDULER_DATA_DIR="/usr")

    assert str(problem.value) == "The data folder /usr cannot be written. Set SCHEDULER_DATA_DIR to a folder you may write."


def test_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = load(tmp_path)["SECRET_KEY"], load(tmp_path)["SECRET_KEY"]

    assert first == second
    assert len(first) == 64
    (kept,) = tmp_path.iterdir()
    assert (kept.name, kept.stat().st_mode & 0o777) == ("secret_key", 0o600)


def test_secret_of_another_folder_is_another(tmp_path: Path) -> None:
    assert load(tmp_path / "one")["SECRET_KEY"] != load(tmp_path / "two")["SECRET_KEY"]


def test_secret_made_by_many_at_once_is_the_same_for_all(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start(folder: Path) -> str:
        together.wait()
        return str(load(folder)["SECRET_KEY"])

    for turn in range(40):
        folder = tmp_path / str(turn)
        with ThreadPoolExecutor(8) as threads:
            secrets = set(threads.map(start, [folder] * 8))

        assert secrets == {(folder / "secret_key").read_text()}
        assert [path.name for path in folder.iterdir()] == ["secret_key"]
