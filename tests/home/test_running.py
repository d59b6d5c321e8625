"""What those who run the service ask it: is it there, can it work, in which numbers; and what is written down of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scheduler import create_app
from scheduler.foundation import metrics
from scheduler.foundation.metrics import Numbers
from scheduler.visits.models import Visit
from tests.foundation.test_outbox import put
from tests.test_app import Another, another
from tests.visits.test_pages import booking

__all__ = ["another"]
TOKEN = "a token of twenty letters and more"


def test_a_process_answers_and_can_work(client: FlaskClient) -> None:
    answers = [client.get(page) for page in ("/healthz", "/readyz")]

    assert [(answer.status_code, answer.text) for answer in answers] == [
        (200, "ok\n"), (200, "database: ok\nform of the database: ok\nfolder: ok\n"),
    ]  # fmt: skip


def test_a_server_without_its_database_answers_but_takes_no_requests(tmp_path: Path) -> None:
    away = create_app({"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://nobody@127.0.0.1:1/nothing", "DATA_DIR": tmp_path / "none"})
    client = away.test_client()

    health, ready = client.get("/healthz"), client.get("/readyz")

    assert health.status_code == 200
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    assert ready.text == "database: no\nform of the database: no\nfolder: no\n"


def values(text: str) -> dict[str, float]:
    """What a page of numbers says; each line must be one that Prometheus reads."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r'[a-z_]+(\{(\w+="[^"\n]*",?)+\})? [0-9.e+-]+', line)] == []
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_numbers_are_for_who_has_the_token(cast: SimpleNamespace, make_visit: Callable[..., Visit], another: Another) -> None:
    make_visit(cast.here)
    put()
    client = another({"SCHEDULER_METRICS_TOKEN": TOKEN}).test_client()
    for page in ("/", "/", "/visits/nothing", "/no/such/page"):
        client.get(page)

    refused = [client.get("/metrics", headers={"Authorization": sent}).status_code for sent in ("", "Bearer ", f"Bearer {TOKEN}x")]
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    found = values(answer.text)
    assert (refused, answer.status_code, answer.content_type) == ([404] * 3, 200, metrics.TEXT)
    assert {name: number for name, number in found.items() if name.startswith("scheduler_requests_total")} == {
        'scheduler_requests_total{route="/",status="200"}': 2,
        'scheduler_requests_total{route="/visits/<public_id>",status="404"}': 1,
        'scheduler_requests_total{route="none",status="404"}': 1,
        'scheduler_requests_total{route="/metrics",status="404"}': 3,
    }
    assert found['scheduler_request_seconds_count{route="/"}'] == found['scheduler_request_seconds_bucket{route="/",le="+Inf"}'] == 2
    assert found['scheduler_request_seconds_sum{route="/"}'] > 0
    assert found['scheduler_gatherings{kind="visit",state="published"}'] == 1
    assert found['scheduler_outbox_mails{state="waiting"}'] == 1
    assert found["scheduler_outbox_oldest_seconds"] > 0
    assert found["scheduler_mail_held"] == found['scheduler_jobs{state="failed"}'] == found["scheduler_plan_seconds_count"] == 0


def test_nobody_measures_unless_a_token_is_set(client: FlaskClient) -> None:
    assert [client.get("/metrics", headers={"Authorization": sent}).status_code for sent in ("", "Bearer ")] == [404, 404]


def test_numbers_of_all_processes_are_one_sum() -> None:
    numbers = Numbers(["/", "/a"], parts=2)
    numbers.note("/", 200, 0.02)
    numbers.part = 1
    numbers.note("/", 200, 3)
    numbers.note("/nowhere", 418, 100)

    assert {name: number for name, number in values("\n".join(numbers.lines())).items() if number} == {
        'scheduler_requests_total{route="/",status="200"}': 2,
        'scheduler_requests_total{route="none",status="other"}': 1,
        **{f'scheduler_request_seconds_bucket{{route="/",le="{bound}"}}': 1 for bound in metrics.BOUNDS if 0.02 < bound < 3},
        **{f'scheduler_request_seconds_bucket{{route="/",le="{bound}"}}': 2 for bound in (5.0, 15.0, "+Inf")},
        'scheduler_request_seconds_bucket{route="none",le="+Inf"}': 1,
        'scheduler_request_seconds_sum{route="/"}': 3.02,
        'scheduler_request_seconds_sum{route="none"}': 100,
        'scheduler_request_seconds_count{route="/"}': 2,
        'scheduler_request_seconds_count{route="none"}': 1,
    }


def test_a_line_of_json_tells_the_route_and_nobodys_data(
    app: Flask, cast: SimpleNamespace, make_visit: Callable[..., Visit], another: Another, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in (("handlers", []), ("propagate", True)):  # both are as they were afterwards: the logger is one for all tests
        monkeypatch.setattr(app.logger, name, value)
    public_id = make_visit(cast.here, in_days=20).gathering.public_id
    other = another({"SCHEDULER_LOG": "json"}, WTF_CSRF_ENABLED=False)
    client = other.test_client()

    booked = client.post(f"/visits/{public_id}/book?from=tess@example.org", data=booking())
    client.get(booked.location)
    whom = booking()["lead_name"]
    try:
        raise LookupError(f"nobody is called {whom}")
    except LookupError:
        other.logger.exception("it broke")
    written = capsys.readouterr().err

    lines = [json.loads(line) for line in written.splitlines()]
    assert [word for word in ("Tess", "tess", public_id, "192.", "127.0", booked.location.rsplit("/", 1)[-1]) if word in written] == []
    assert [(line.get("method"), line.get("route"), line.get("status")) for line in lines[:1]] == [
        ("POST", "/visits/<public_id>/book", 303)
    ]
    assert {frozenset(line) for line in lines[:-1]} == {frozenset({"at", "level", "says", "method", "route", "status", "ms", "request"})}
    assert len({line["request"] for line in lines[:-1]}) == len(lines) - 1
    assert (lines[-1]["says"], lines[-1]["trail"].splitlines()[-1]) == ("it broke", "builtins.LookupError")
