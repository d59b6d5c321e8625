"""The front door: what every answer tells the browser, which requests are refused, and what a failure shows and hides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scheduler import create_app
from scheduler.accounts.models import User
from scheduler.core.refusal import Refusal, say
from scheduler.foundation import access, clock
from scheduler.foundation.db import db, transaction
from scheduler.registration.models import Registration
from scheduler.schools.models import School
from scheduler.visits.models import Visit
from tests.foundation.test_outbox import put
from tests.server import hidden
from tests.visits.test_pages import booking

Make = Callable[..., Visit]
SignIn = Callable[[User], FlaskClient]
Another = Callable[..., Flask]

DISTRUST = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PUBLISHED = {  # what SCHEDULER_* says where the service runs for real, behind one proxy
    "SCHEDULER_ENV": "production",
    "SCHEDULER_BASE_URL": "https://visits.example.org",
    "SCHEDULER_SECRET_KEY": "only in tests",
    "SCHEDULER_TRUSTED_PROXIES": "1",
}
BEHIND_TLS = {"Host": "visits.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
def another(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Another]:
    """Another application on the same database, with settings of its own: CSRF is on in it, as it is for people."""
    made: list[Flask] = []

    def make(settings: dict[str, str] | None = None, **more: Any) -> Flask:
        for name, value in (settings or {}).items():
            monkeypatch.setenv(name, value)
        uri, folder = app.config["SQLALCHEMY_DATABASE_URI"], app.config["DATA_DIR"]
        made.append(create_app({"SQLALCHEMY_DATABASE_URI": uri, "DATA_DIR": folder, **more}))
        made[-1].test_client_class = app.test_client_class
        return made[-1]

    yield make
    for other in made:
        with other.app_context():
            db.session.remove()
            db.engine.dispose()


def told(answer: TestResponse) -> dict[str, str | None]:
    return {name: answer.headers.get(name) for name in DISTRUST}


def fetch(client: FlaskClient, page: str, **headers: str) -> TestResponse:
    """A page or a file, read to its end."""
    return client.get(page, headers={name.replace("_", "-"): value for name, value in headers.items()}, buffered=True)


def pages(app: Flask) -> list[str]:
    return sorted(rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ()))


@pytest.fixture
def a_booking(cast: SimpleNamespace, make_visit: Make, client: FlaskClient) -> list[str]:
    """Addresses of pages that name Tess Teacher: one for her own browser, the others for the host."""
    public_id = make_visit(cast.here, in_days=20).gathering.public_id
    own = client.post(f"/visits/{public_id}/book", data=booking()).location
    return [own, *(f"/workspace/visits/{public_id}{page}" for page in ("", "/roster", "/roster.csv"))]


def test_every_answer_tells_the_browser_to_distrust(
    app: Flask, cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient, a_booking: list[str]
) -> None:
    administrator = sign_in(cast.administrator)
    answers = {page: fetch(administrator, page) for page in [*pages(app), *a_booking[1:], "/static/site.css", "/static/none", "/none"]}
    answers["405"], answers["422"] = client.post("/"), client.post(a_booking[0] + "/cancel", data={"reason": "x" * 10_000})
    answers["redirect"], answers["head"] = client.get("/workspace"), client.head("/")

    assert {page: told(answer) for page, answer in answers.items()} == dict.fromkeys(answers, DISTRUST)
    statuses = {page: answer.status_code for page, answer in answers.items() if answer.status_code != 200}
    assert statuses == {"/metrics": 404, "/static/none": 404, "/none": 404, "405": 405, "422": 422, "redirect": 302}


def test_only_feeds_and_files_may_be_kept_by_a_browser(app: Flask, cast: SimpleNamespace, sign_in: SignIn) -> None:
    administrator = sign_in(cast.administrator)

    kept = {page: fetch(administrator, page).headers["Cache-Control"] for page in [*pages(app), "/static/site.css"]}

    assert {page: how for page, how in kept.items() if how != "no-store"} == {
        "/feeds/network.ics": "public, max-age=300",
        "/static/site.css": "public, max-age=31536000",
    }


def test_pages_that_name_somebody_are_never_kept(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient, a_booking: list[str]) -> None:
    host = sign_in(cast.host)

    shown = [client.get(a_booking[0]), *(host.get(page) for page in a_booking[1:])]
    refused = client.post(f"/visits/{a_booking[1].split('/')[-1]}/book", data=booking(party_size="many"))

    assert ["Tess Teacher" in answer.text for answer in [*shown, refused]] == [True] * 5
    assert {answer.headers["Cache-Control"] for answer in [*shown, refused]} == {"no-store"}


def test_file_that_a_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    first = fetch(client, "/static/site.css")

    again = fetch(client, "/static/site.css", If_None_Match=first.headers["ETag"])

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert told(again) == DISTRUST


def test_what_others_may_keep_carries_no_cookie_of_who_asked_first(client: FlaskClient, a_booking: list[str]) -> None:
    client.post("/sign-in", data={"email": "tess@example.org"})
    remembered = client.get_cookie("scheduler")

    answers = [fetch(client, page) for page in ("/static/site.css", "/feeds/network.ics", "/healthz", "/robots.txt")]

    assert remembered is not None
    assert remembered.expires is not None
    assert [(answer.status_code, answer.headers.get("Set-Cookie"), answer.headers.get("Vary")) for answer in answers] == [
        (200, None, None)
    ] * 4


# What goes wrong


def break_while_booking(code: str) -> str:
    """A view with a bug that comes out after somebody's name was written."""
    school = School(slug="bug", name="Tess Teacher", short_name="x", tier="friend", borough="", time_zone="UTC", created_at=clock.now())
    with transaction():
        db.session.add(school)
        db.session.flush()
        if code == "text":
            raise LookupError("nobody is called Tess Teacher")
        db.session.execute(sa.insert(School).values(slug="bug", name="tess@example.org", short_name="x", tier="friend", time_zone="UTC"))
    return "done"


@pytest.mark.parametrize(("code", "kind"), [("text", "builtins.LookupError"), ("row", "sqlalchemy.exc.IntegrityError")])
def test_bug_of_ours_shows_a_reference_that_stands_in_the_log_and_nobodys_data(
    another: Another, caplog: pytest.LogCaptureFixture, code: str, kind: str
) -> None:
    other = another(WTF_CSRF_ENABLED=False)
    other.add_url_rule("/break/<code>", "break", access.open_to(access.ANYONE)(break_while_booking), methods=["POST"])

    answer = other.test_client().post(f"/break/{code}?name=Tess", data={"lead_name": "Tess Teacher"})

    (reference,) = re.findall(r"<code>(\w+)</code>", answer.text)
    (record,) = caplog.records
    assert (answer.status_code, told(answer), answer.headers["Cache-Control"]) == (500, DISTRUST, "no-store")
    assert "This is our mistake, not yours. Nothing was stored. Tell us the reference below and we will find it." in answer.text
    assert len(reference) == 8
    assert record.getMessage().splitlines()[0] == f"reference {reference}: POST /break/<code>"
    assert "in break_while_booking" in record.getMessage()
    assert record.getMessage().splitlines()[-1] == kind
    said = "\n".join(line for line in caplog.text.splitlines() if "sa.insert" not in line and "raise LookupError" not in line)
    assert [word for word in ("Tess", "tess", "?name", "Traceback") if word in said] == []
    assert [word for word in ("Tess", "tess", "LookupError", "Integrity") if word in answer.text] == []
    assert db.session.query(School).count() == 0


def test_each_bug_has_a_reference_of_its_own(another: Another) -> None:
    other = another(WTF_CSRF_ENABLED=False)
    other.add_url_rule("/break/<code>", "break", access.open_to(access.ANYONE)(break_while_booking), methods=["POST"])

    pages = [other.test_client().post("/break/text").text for _ in range(5)]

    assert len({re.findall(r"<code>(\w+)</code>", page)[0] for page in pages}) == 5


def test_database_that_is_away_is_a_503_that_says_when_to_come_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    empty = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'empty.db'}", "DATA_DIR": tmp_path})

    answers = [empty.test_client().get(page) for page in ("/", "/readyz")]
    with empty.app_context():
        db.engine.dispose()

    assert [(answer.status_code, answer.headers["Retry-After"], told(answer)) for answer in answers] == [(503, "5", DISTRUST)] * 2
    assert "Nothing was stored. Load the page again in a moment." in answers[0].text
    assert answers[1].text == "database: ok\nform of the database: no\nfolder: ok\n"
    assert [record.getMessage() for record in caplog.records] == ["database: OperationalError"]


def test_refusal_that_no_form_shows_is_a_409_page_with_its_sentence(another: Another) -> None:
    app = another()

    @app.get("/refused")
    @access.open_to(access.ANYONE)
    def refused() -> str:
        raise Refusal(say("%(seats)d seat is left, and your party has 2 people.", seats=1))

    answer = app.test_client().get("/refused")

    assert (answer.status_code, told(answer)) == (409, DISTRUST)
    assert "1 seat is left, and your party has 2 people." in answer.text
    assert "<h1>That did not work</h1>" in answer.text


def test_form_without_our_token_is_refused_and_says_what_to_do(cast: SimpleNamespace, make_visit: Make, another: Another) -> None:
    path = f"/visits/{make_visit(cast.here, in_days=20).gathering.public_id}"
    here, elsewhere = another().test_client(), another().test_client()
    token = hidden(here.get(path).text)["csrf_token"]
    elsewhere.get(path)

    refused = [
        here.post(f"{path}/book", data=booking()),
        here.post(f"{path}/book", data=booking(csrf_token="x" + token)),
        elsewhere.post(f"{path}/book", data=booking(csrf_token=token)),
        here.post("/none", data=booking()),
    ]
    stored = db.session.query(Registration).count()
    right = here.post(f"{path}/book", data=booking(csrf_token=token))

    assert [answer.status_code for answer in refused] == [400, 400, 400, 404]
    for answer in refused[:3]:
        assert "<h1>This form has expired</h1>" in answer.text
        assert "Go back, load the page again and send it once more. Your browser keeps what you typed." in answer.text
        assert told(answer) == DISTRUST
    assert (stored, right.status_code, db.session.query(Registration).count()) == (0, 303, 1)


MEGABYTE = 1024 * 1024
PART = b'--b\r\nContent-Disposition: form-data; name="a"%s\r\n\r\n%s\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"purpose=" + b"x" * 6 * MEGABYTE, "application/x-www-form-urlencoded"),
        (PART % (b"", b"x" * (MEGABYTE // 2 + 1)) + b"--b--\r\n", "multipart/form-data; boundary=b"),
        (PART % (b'; filename="a.csv"', b"x" * 6 * MEGABYTE) + b"--b--\r\n", "multipart/form-data; boundary=b"),
        (PART % (b"", b"1") * 4001 + b"--b--\r\n", "multipart/form-data; boundary=b"),
    ],
    ids=["form", "field", "file", "fields"],
)
def test_request_that_is_too_large_is_a_413_page(cast: SimpleNamespace, make_visit: Make, another: Another, body: bytes, kind: str) -> None:
    path = f"/visits/{make_visit(cast.here, in_days=20).gathering.public_id}/book"

    answer = another().test_client().post(path, data=body, content_type=kind)

    assert (answer.status_code, told(answer)) == (413, DISTRUST)
    assert "A file may have up to 5 MB, and a form far less." in answer.text


# Names, addresses, TLS


@pytest.mark.parametrize("host", ["evil.example", "visits.example.org.evil.example", "127.0.0.1@evil.example", "a b", "127.0.0.1"])
def test_unknown_name_is_refused_without_a_word_of_ours(another: Another, host: str) -> None:
    client = another(PUBLISHED).test_client()

    answers = [client.get("/", headers={"Host": host}), client.post("/sign-in", headers={"Host": host}, data={"email": "a@example.org"})]

    assert [(answer.status_code, told(answer)) for answer in answers] == [(400, DISTRUST)] * 2
    assert {answer.text for answer in answers} == {"Nothing is served under this name. Use the address you were given.\n"}
    assert client.get("/", headers=BEHIND_TLS).status_code == 200


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1:8000", 200), ("localhost", 200), ("evil.example", 400)])
def test_development_answers_to_the_names_of_this_machine(client: FlaskClient, host: str, status: int) -> None:
    assert client.get("/", headers={"Host": host}).status_code == status


def test_behind_tls_cookies_are_secure_and_browsers_stay_with_tls(another: Another) -> None:
    client = another(PUBLISHED).test_client()

    page = client.get("/sign-in", headers=BEHIND_TLS)
    file = fetch(client, "/static/site.css", **BEHIND_TLS)

    assert [answer.headers["Strict-Transport-Security"] for answer in (page, file)] == ["max-age=31536000"] * 2
    parts = set(page.headers["Set-Cookie"].split("; ")[1:])
    assert parts == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_without_tls_no_promise_is_made_and_a_header_of_anybody_changes_nothing(client: FlaskClient, another: Another) -> None:
    plain = client.get("/sign-in", headers={"X-Forwarded-Proto": "https"})
    cookie = another().test_client().get("/sign-in").headers["Set-Cookie"]

    assert "Strict-Transport-Security" not in plain.headers
    assert set(cookie.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=Lax"}


# The mail of a development machine


@pytest.fixture
def mail_pages(app: Flask) -> list[str]:
    from_the_outbox = "registration/mail/confirmed"
    put(template=from_the_outbox)
    return ["/dev/mail", f"/dev/mail/{db.session.scalar(sa.text('SELECT max(id) FROM outbox_mails'))}"]


def statuses(app: Flask, pages: list[str], **request: Any) -> list[int]:
    return [app.test_client().get(page, **request).status_code for page in pages]


def test_mail_is_read_on_the_machine_itself_while_there_is_no_mail_server(another: Another, mail_pages: list[str]) -> None:
    client = another().test_client()

    listed, shown = (client.get(page).text for page in mail_pages)

    assert "ana@school.example" in listed
    assert "131 6th Ave" in shown
    assert statuses(another(), mail_pages, environ_overrides={"REMOTE_ADDR": "::1"}) == [200, 200]


@pytest.mark.parametrize("settings", [PUBLISHED | {"SCHEDULER_TRUSTED_PROXIES": "0"}, {"SCHEDULER_SMTP_URL": "smtp://mail.example.org"}])
def test_mail_is_read_by_nobody_once_it_is_sent_for_real(another: Another, mail_pages: list[str], settings: dict[str, str]) -> None:
    other = another(settings)

    assert statuses(other, mail_pages, headers={"Host": other.config["TRUSTED_HOSTS"][0]}) == [404, 404]


def test_mail_is_read_from_no_other_machine(another: Another, mail_pages: list[str]) -> None:
    direct, behind_a_proxy = another(), another({"SCHEDULER_TRUSTED_PROXIES": "1"})
    pretended = {"X-Forwarded-For": "127.0.0.1"}

    assert statuses(direct, mail_pages, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}) == [404, 404]
    assert statuses(direct, mail_pages, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}, headers=pretended) == [404, 404]
    assert statuses(behind_a_proxy, mail_pages, headers={"X-Forwarded-For": "127.0.0.1, 203.0.113.7"}) == [404, 404]
