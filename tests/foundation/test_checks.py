"""`scheduler check` says in a line each what is not set up well and what would mend it, and ends with 1 if anything is."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from click.testing import CliRunner
from flask import Flask

from scheduler.cli import cli
from scheduler.foundation import audit, checks, clock, moments
from scheduler.foundation.db import db, transaction
from scheduler.foundation.moments import Moment
from scheduler.foundation.outbox import OutboxMail
from tests.foundation.test_outbox import Mailbox, put
from tests.server import free_port

NOW = clock.now()
GOOD = "cMZ3h0Vv5x7t2dPqGkX9rYwLs8nBfJ4eTaUoI6yQ"


@pytest.fixture
def mail_server() -> Iterator[str]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield f"smtp+plain://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
def well(app: Flask, mail_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Flask:
    """An installation that is set up well, with a worker that was just seen; tests spoil one thing of it."""
    good = {
        "PRODUCTION": True, "BASE_URL": "https://visits.example.org", "SECRET_KEY": GOOD, "TRUSTED_PROXIES": 1, "SMTP_URL": mail_server,
        "DATA_DIR": tmp_path,
    }  # fmt: skip
    for name, value in good.items():
        monkeypatch.setitem(app.config, name, value)
    moments.note_worker(now=clock.now())
    return app


def troubles() -> list[str]:
    return list(checks.troubles(now=clock.now()))


def test_what_is_set_up_well_has_no_line(well: Flask) -> None:
    assert troubles() == []


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        ({"PRODUCTION": False}, "SCHEDULER_ENV is development, but SCHEDULER_BASE_URL is not this machine"),
        ({"BASE_URL": "http://localhost:8000"}, "SCHEDULER_BASE_URL is http://localhost:8000, which nobody else can open"),
        ({"BASE_URL": "http://visits.example.org"}, "SCHEDULER_BASE_URL is http://visits.example.org, without TLS"),
        ({"SECRET_KEY": "a" * 60}, "SCHEDULER_SECRET_KEY is too easy to guess"),
        ({"TRUSTED_PROXIES": 0}, "SCHEDULER_TRUSTED_PROXIES is 0, but what speaks TLS stands before the server"),
        ({"SMTP_URL": ""}, "SCHEDULER_SMTP_URL is not set: nobody gets any mail."),
        ({"SMTP_URL": "smtp+plain://127.0.0.1:1"}, "The mail server of SCHEDULER_SMTP_URL does not let us in: The mail server cannot be"),
        ({"DATA_DIR": "/proc"}, "Nothing can be written to /proc: "),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_setting_that_does_not_fit_has_a_line(well: Flask, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], begins: str) -> None:
    for name, value in settings.items():
        monkeypatch.setitem(well.config, name, value)

    found = [line for line in troubles() if "The disk of" not in line]  # /proc is no disk

    assert [line[: len(begins)] for line in found] == [begins]


def test_what_others_can_read_a_full_disk_and_old_time_zones_have_a_line(
    well: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret_key").touch(mode=0o644)
    (tmp_path / "tzdata.zi").write_text("# version 2019c\nR A 1\n")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    monkeypatch.setattr(checks, "LEAST_FREE", 10**18)

    assert [line.partition(" of ")[0] for line in troubles()] == [
        f"Others on this machine can read {tmp_path}/secret_key: chmod 600 {tmp_path}/secret_key", "The disk", "The rules",
    ]  # fmt: skip


def test_how_things_stand_has_a_line(well: Flask) -> None:
    put()
    with transaction():
        db.session.execute(sa.update(Moment).values(at=NOW - timedelta(hours=1)))
        db.session.execute(sa.update(OutboxMail).values(created_at=NOW - timedelta(hours=2)))
        audit.record("clock set back", "network:1", actor="command:test", now=NOW + timedelta(hours=1))
    waits = [line.partition(" ")[0] for line in troubles()]
    with transaction():
        db.session.add(Moment(name=moments.MAIL_HELD, at=NOW))
        db.session.execute(sa.delete(Moment).where(Moment.name == moments.WORKER_SEEN))

    held = [line.partition(",")[0] for line in troubles()][1:]

    assert waits == ["Something", "No", "Mail"]
    assert held[0] == "No worker was seen yet"
    assert held[1].startswith("Mail is held since this copy was restored (")


def test_a_worker_is_written_down_once_a_minute(app: Flask) -> None:
    for seconds in (0, 30, 61):
        moments.note_worker(now=NOW + timedelta(seconds=seconds))

    assert moments.find(moments.WORKER_SEEN) == NOW + timedelta(seconds=61)


def test_command_ends_with_1_and_a_line_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCHEDULER_DATABASE_URL", "")

    done = CliRunner().invoke(cli, ["check"])

    assert (done.exit_code, done.output) == (1, "There is no database yet: run `scheduler migrate`, or start the server.\n")
    assert not (tmp_path / "scheduler.db").exists()
