"""Commands say in one line what is wrong with the house they stand in, and end with status 1."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from scheduler.cli import cli
from tests.foundation.test_outbox import put
from tests.server import Command

NOBODY = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize("command", [["serve", "--port", "65000"], ["worker"], ["invite", "ada@example.org"]])
def test_a_database_that_is_not_there_is_said_in_one_line(command: list[str], tmp_path: Path) -> None:
    settings = {"SCHEDULER_DATABASE_URL": NOBODY, "SCHEDULER_DATA_DIR": str(tmp_path)}

    status, output, errors = Command(command, settings, tmp_path).ended()

    assert (status, output) == (1, "")
    [line] = errors.splitlines()
    assert line.startswith("The database cannot be used: connection")
    assert line.endswith("Check SCHEDULER_DATABASE_URL and SCHEDULER_DATA_DIR.")


def test_a_port_that_is_taken_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = Command(["serve", "--port", port], {"SCHEDULER_DATA_DIR": str(tmp_path / "data")}, tmp_path).ended()

    line = f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Choose another, as in: make run PORT=8080\n"
    assert ended == (1, "", line)
    assert not (tmp_path / "data").exists()


def test_mail_shows_what_was_not_delivered_and_drains_what_is_due(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    put()
    put("two lines\n@example.org")
    monkeypatch.setenv("SCHEDULER_DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])

    shown, drained = (CliRunner().invoke(cli, ["mail", *more]).output for more in ([], ["--drain"]))

    assert shown.split() == ["2", "waiting", "0", "sent", "0", "kept", "0", "dead"]
    assert drained.split()[:10] == ["2", "handled", "0", "waiting", "0", "sent", "1", "kept", "1", "dead"]
    assert "/workspace/mail/" in drained
    assert "confirmed: The mail cannot be built:" in drained
