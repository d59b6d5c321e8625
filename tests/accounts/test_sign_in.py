"""Only the owner of a mailbox gets in, once a link, in the browser that asked; and nobody learns who has an account."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from scheduler.accounts import mail, service
from scheduler.accounts.models import SignInLink, SignInSession
from scheduler.accounts.service.sign_in import CodeIsWrong, LinkIsDead
from scheduler.core.access import AccessRole
from scheduler.foundation import outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db, transaction
from scheduler.foundation.outbox import OutboxMail
from tests.people import MONDAY

HANA = "hana.host@example.org"


def minutes(n):
    return MONDAY + timedelta(minutes=n)


def newest_mail(template=mail.SIGN_IN):
    found = db.session.scalar(sa.select(OutboxMail).where(OutboxMail.template == template).order_by(OutboxMail.id.desc()).limit(1))
    db.session.remove()  # and no snapshot is held open
    return found


def newest_link():
    return mail.link_token(newest_mail().facts["link"])


def newest_code():
    return mail.link_code(newest_mail().facts["link"])


def rows(table):
    found = db.session.scalar(sa.select(sa.func.count()).select_from(table))
    db.session.rollback()
    return found


@pytest.fixture
def asked(cast):
    """Hana has asked for a link in the browser `hers`."""
    service.ask_for_link(" Hana.HOST@example.org ", browser="hers", now=MONDAY)


def test_mail_has_the_link_and_the_code_and_the_database_has_neither(app, asked):
    token, code = newest_link(), newest_code()

    rendered = outbox.render(newest_mail())

    assert f"{app.config['BASE_URL']}/sign-in/{token}" in rendered.text
    assert code in rendered.text
    assert token in rendered.html
    assert code in rendered.html
    stored = str(db.session.execute(sa.select(SignInLink.__table__)).all()) + str(newest_mail().facts)
    assert token not in stored
    assert code not in stored


def test_link_lets_its_browser_in_once(asked, cast):
    token = newest_link()

    session = service.use_link(token, browser="hers", now=minutes(9))

    assert db.session.scalar(sa.select(SignInSession.user_id)) == cast.host.id
    assert session != token
    with pytest.raises(LinkIsDead):
        service.use_link(token, browser="hers", now=minutes(9))


@pytest.mark.parametrize(("browser", "now"), [("another", minutes(1)), ("", minutes(1)), ("hers", minutes(10))])
def test_link_does_nothing_elsewhere_or_after_ten_minutes(asked, browser, now):
    with pytest.raises(LinkIsDead):
        service.use_link(newest_link(), browser=browser, now=now)

    assert rows(SignInSession) == 0


def test_code_works_in_the_browser_that_asked_and_uses_the_link_up(asked, cast):
    token, code = newest_link(), newest_code()
    with pytest.raises(CodeIsWrong):
        service.use_code(code, browser="another", now=MONDAY)

    service.use_code(code, browser="hers", now=MONDAY)

    assert db.session.scalar(sa.select(SignInSession.user_id)) == cast.host.id
    for again in (lambda: service.use_code(code, browser="hers", now=MONDAY), lambda: service.use_link(token, browser="hers", now=MONDAY)):
        with pytest.raises((CodeIsWrong, LinkIsDead)):
            again()


def test_five_wrong_codes_kill_the_right_one(asked):
    code = newest_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        with pytest.raises(CodeIsWrong):
            service.use_code(wrong, browser="hers", now=MONDAY)

    with pytest.raises(CodeIsWrong):
        service.use_code(code, browser="hers", now=MONDAY)


def test_only_the_newest_code_of_a_browser_works(asked):
    older = newest_code()
    service.ask_for_link(HANA, browser="hers", now=minutes(1))

    with pytest.raises(CodeIsWrong):
        service.use_code(older, browser="hers", now=minutes(1))
    service.use_code(newest_code(), browser="hers", now=minutes(1))


def test_one_address_gets_five_mails_an_hour(cast):
    for address in (HANA, "stranger@example.org"):
        for minute in range(7):
            service.ask_for_link(address, browser="b", now=minutes(minute))
        service.ask_for_link(address, browser="b", now=minutes(61))

    assert outbox.recently_to(HANA, mail.SIGN_IN, since=MONDAY) == 6
    assert outbox.recently_to("stranger@example.org", mail.NO_ACCOUNT, since=MONDAY) == 6


def test_unknown_address_causes_the_same_rows_and_a_mail_without_a_link(cast):
    service.ask_for_link("stranger@example.org", browser="theirs", now=MONDAY)

    rendered = outbox.render(newest_mail(mail.NO_ACCOUNT))
    assert (rows(SignInLink), rows(OutboxMail)) == (1, 1)
    assert "/sign-in/" not in rendered.text + rendered.html
    for code in ("000000", "123456"):
        with pytest.raises(CodeIsWrong):
            service.use_code(code, browser="theirs", now=MONDAY)


def test_answer_is_the_same_for_known_and_unknown_addresses(client, app, cast):
    def answers(address):
        browser = app.test_client()
        asked = browser.post("/sign-in", data={"email": address})
        page = browser.get("/sign-in/code")
        wrong = browser.post("/sign-in/code", data={"code": "123 456"})
        return [
            (answer.status, re.sub(r'value="[^"]{30,}"', "", answer.text), answer.headers.get("Location"))
            for answer in (asked, page, wrong)
        ]

    assert answers(HANA) == answers("stranger@example.org")


def test_asking_for_known_and_unknown_addresses_costs_the_same_statements(cast):
    def statements(address):
        seen = []
        listener = lambda conn, cursor, statement, *more: seen.append(statement.split()[0:3])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        service.ask_for_link(address, browser=address, now=MONDAY)
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        return [words for words in seen if words[0] in ("INSERT", "UPDATE", "DELETE")]

    assert statements(HANA) == statements("stranger@example.org")


def test_of_eight_who_race_for_one_link_one_gets_in(app, asked):
    token, got_in = newest_link(), []
    start = threading.Barrier(8)

    def race():
        with app.app_context():
            start.wait()
            try:
                got_in.append(service.use_link(token, browser="hers", now=MONDAY))
            except LinkIsDead:
                pass
            finally:
                db.session.remove()

    runners = [threading.Thread(target=race) for _ in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()

    assert len(got_in) == 1
    assert rows(SignInSession) == 1


def test_tries_of_codes_made_at_once_are_all_counted(app, asked):
    code = newest_code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    start = threading.Barrier(8)

    def guess():
        with app.app_context():
            start.wait()
            try:
                service.use_code(wrong, browser="hers", now=MONDAY)
            except CodeIsWrong:
                pass
            finally:
                db.session.remove()

    runners = [threading.Thread(target=guess) for _ in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()

    assert db.session.scalar(sa.select(SignInLink.wrong_codes)) == 5


def ask(browser, address=HANA, **query):
    return browser.post("/sign-in", query_string=query, data={"email": address})


def test_looking_at_a_link_never_uses_it_up(client, cast):
    ask(client)
    token = newest_link()
    for _ in range(3):
        assert client.get(f"/sign-in/{token}").status_code == 200
        assert client.head(f"/sign-in/{token}").status_code == 200

    answer = client.post(f"/sign-in/{token}")

    assert (answer.status_code, answer.location) == (303, "/workspace")
    assert client.get("/workspace").status_code == 200


def test_link_page_names_nobody_and_is_kept_by_nobody(client, cast):
    ask(client)

    page = client.get(f"/sign-in/{newest_link()}")

    assert "Hana" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in page.text


def test_another_browser_is_sent_back_to_the_code(client, app, cast):
    ask(client)
    elsewhere = app.test_client()

    page = elsewhere.get(f"/sign-in/{newest_link()}")
    used = elsewhere.post(f"/sign-in/{newest_link()}")

    assert "Type the code instead" in page.text
    assert '<form method="post" action="/sign-in/' not in page.text
    assert used.status_code == 404
    assert client.post("/sign-in/code", data={"code": newest_code()}).location == "/workspace"


def test_dead_or_invented_link_gets_a_friendly_page(client, cast):
    for answer in (client.get("/sign-in/invented"), client.post("/sign-in/invented")):
        assert answer.status_code == 404
        assert "This link does not work any more" in answer.text


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/workspace/visits?past=1", "/workspace/visits?past=1"), ("", "/workspace"), ("//evil.example/", "/workspace"),
        ("https://evil.example/", "/workspace"), ("/\\evil.example", "/workspace"), ("/\t/evil.example", "/workspace"),
        ("javascript:alert(1)", "/workspace"),
    ],
)  # fmt: skip
def test_sign_in_leads_only_to_own_pages(client, cast, target, lands):
    ask(client, next=target)

    assert client.post("/sign-in/code", data={"code": newest_code()}).location == lands


def test_who_must_sign_in_first_lands_where_they_were_going(client, cast):
    turned = client.get("/workspace/visits?past=1")
    client.post(turned.location, data={"email": HANA})

    assert client.post("/sign-in/code", data={"code": newest_code()}).location == "/workspace/visits?past=1"


@pytest.mark.parametrize(
    ("email", "sentence"), [("", "This is needed."), ("hana", "This is not an e-mail address."), ("a\0@b.org", "NUL cannot be shown here.")]
)
def test_what_is_no_address_is_said_so(client, email, sentence):
    answer = client.post("/sign-in", data={"email": email})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert rows(OutboxMail) == 0


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "12345a"])
def test_what_is_no_code_is_said_so(client, cast, code):
    ask(client)

    assert client.post("/sign-in/code", data={"code": code}).status_code == 422


def test_code_page_before_asking_offers_to_ask(client):
    assert "This browser has not asked for a link yet" in client.get("/sign-in/code").text
    assert client.post("/sign-in/code", data={"code": "123456"}).status_code == 409


def test_copied_cookie_is_dead_after_sign_out(app, cast, sign_in):
    client = sign_in(cast.host)
    thief = app.test_client()
    thief.set_cookie("scheduler", client.get_cookie("scheduler").value)
    assert thief.get("/workspace").status_code == 200

    answer = client.post("/sign-out")

    assert (answer.status_code, answer.location) == (303, "/")
    assert thief.get("/workspace").location.startswith("/sign-in")
    assert client.get("/workspace").status_code == 302


def test_signing_out_everywhere_ends_all_sessions_of_this_person_only(cast, sign_in):
    phone, laptop, other = sign_in(cast.host), sign_in(cast.host), sign_in(cast.other_host)

    laptop.post("/sign-out/everywhere")

    assert phone.get("/workspace").status_code == 302
    assert other.get("/workspace").status_code == 200


def test_session_lasts_thirty_days(app, cast):
    long_ago = app.test_client()
    token = service.start_session(cast.host.id, now=datetime.now(UTC) - timedelta(days=30, seconds=5))
    with long_ago.session_transaction() as kept:
        kept["_user_id"] = token

    assert long_ago.get("/workspace").status_code == 302


def test_who_lost_all_rights_gets_no_link(cast):
    with transaction():
        db.session.get(type(cast.host), cast.host.id).grants.clear()

    service.ask_for_link(HANA, browser="hers", now=MONDAY)

    assert newest_mail() is None
    assert newest_mail(mail.NO_ACCOUNT) is not None


def test_what_expired_is_forgotten(cast):
    service.ask_for_link(HANA, browser="hers", now=MONDAY)
    service.start_session(cast.host.id, now=MONDAY)

    service.ask_for_link("stranger@example.org", browser="theirs", now=MONDAY + timedelta(days=40))

    assert (rows(SignInLink), rows(SignInSession)) == (1, 0)


def test_printed_links_sign_in_again_and_again_until_replaced(app, cast):
    links = dict(service.links_until_stopped(now=MONDAY))
    assert list(links) == ["organizer", "host"]
    for client in (app.test_client(), app.test_client()):
        assert "Sign in here" in client.get(f"/sign-in/{links['host']}").text
        assert client.post(f"/sign-in/{links['host']}").location == "/workspace"

    service.links_until_stopped(now=MONDAY)

    with pytest.raises(LinkIsDead):
        service.use_link(links["host"], browser="", now=MONDAY)


def test_printed_links_prefer_sample_people(cast, make_user):
    sample = make_user("Sample Organizer", AccessRole.ORGANIZER)
    with transaction():
        db.session.get(type(sample), sample.id).is_sample = True

    service.use_link(dict(service.links_until_stopped(now=MONDAY))["organizer"], browser="", now=MONDAY)

    assert db.session.scalar(sa.select(SignInSession.user_id)) == sample.id


@pytest.mark.parametrize("setting", [{"PRODUCTION": True}, {"BASE_URL": "https://visits.example.org"}])
def test_printed_links_open_nothing_in_production_or_beyond_this_machine(app, cast, monkeypatch, setting):
    links = dict(service.links_until_stopped(now=MONDAY))
    for name, value in setting.items():
        monkeypatch.setitem(app.config, name, value)

    with pytest.raises(LinkIsDead):
        service.use_link(links["host"], browser="", now=MONDAY)
    assert service.links_until_stopped(now=MONDAY) == []


def test_signing_in_and_out_is_in_the_log_by_id_only(asked, cast):
    token = service.use_link(newest_link(), browser="hers", now=MONDAY)
    service.end_session(token, now=MONDAY)

    lines = db.session.execute(sa.select(AuditLine.actor, AuditLine.what, AuditLine.about).order_by(AuditLine.id)).all()
    who = f"user:{cast.host.id}"
    assert [tuple(line) for line in lines] == [(who, "signed in", who), (who, "signed out", who)]


def test_cookie_holds_no_id_and_scripts_cannot_read_it(client, cast):
    ask(client)
    answer = client.post("/sign-in/code", data={"code": newest_code()})

    cookie = answer.headers["Set-Cookie"]
    assert re.search("HttpOnly", cookie)
    assert "SameSite=Lax" in cookie
    with client.session_transaction() as kept:
        assert kept["_user_id"] != str(cast.host.id)
        assert "browser" not in kept
