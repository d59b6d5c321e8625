"""People are invited to one role at one address, for a week; rights are given and taken with a line in the log."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from scheduler.accounts import mail, queries, service
from scheduler.accounts.models import Grant, Invitation, SignInSession, User
from scheduler.accounts.service import invitations, rights
from scheduler.core.access import AccessRole, Actor
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock, outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.outbox import OutboxMail
from tests.people import MONDAY

NOEMI = "noemi@example.org"


@pytest.fixture
def ada(cast):
    return cast.administrator.actor


def invited(address=NOEMI, role=AccessRole.ORGANIZER, school_id=None, *, ada, now=MONDAY):
    service.invite(address, role, school_id, actor=ada, now=now)
    return newest_token()


def newest_token():
    facts = db.session.scalar(sa.select(OutboxMail.facts).order_by(OutboxMail.id.desc()).limit(1))
    db.session.remove()
    return mail.invitation_token(facts["link"])


def rights_of(address):
    user = queries.find_user(address)
    found = [(grant.role, grant.school_id) for grant in user.grants] if user else None
    db.session.remove()
    return found


def test_host_accepts_and_may_host_that_school_only(cast, ada):
    token = invited("  Noemi@Example.org ", AccessRole.HOST, cast.there.id, ada=ada)

    session = service.accept_invitation(token, "Noemi Núñez", now=MONDAY + timedelta(days=6))

    noemi = queries.find_signed_in(session, now=MONDAY + timedelta(days=7))
    assert (noemi.name, noemi.email) == ("Noemi Núñez", NOEMI)
    assert noemi.actor == Actor(queries.find_user(NOEMI).id, frozenset({AccessRole.HOST}), frozenset({cast.there.id}))


def test_mail_says_the_role_and_the_school_and_has_the_link(app, cast, ada):
    token = invited(role=AccessRole.HOST, school_id=cast.there.id, ada=ada)

    rendered = outbox.render(db.session.scalar(sa.select(OutboxMail)))

    assert rendered.subject == "Our network of schools invites you: Host"
    assert "NYC iSchool" in rendered.text
    assert f"{app.config['BASE_URL']}/invitations/{token}" in rendered.text
    assert f"{app.config['BASE_URL']}/invitations/{token}" in rendered.html
    assert "{" not in rendered.text


@pytest.mark.parametrize(
    ("role", "school", "address", "sentence"),
    [
        (AccessRole.HOST, None, NOEMI, "A host runs the visits of one school. Say which."),
        (AccessRole.HOST, "Hogwarts", NOEMI, "No school is called Hogwarts here. Its name, short name or slug works."),
        (AccessRole.VIEWER, "iSchool", NOEMI, "Only hosts belong to one school. Leave the school out, or invite a host."),
        (AccessRole.VIEWER, None, "noemi", "noemi is not an e-mail address. It looks like ana@school.org."),
        (AccessRole.VIEWER, None, "", " is not an e-mail address. It looks like ana@school.org."),
        (
            AccessRole.VIEWER, None, "vera.viewer@example.org",
            "vera.viewer@example.org has this role already and signs in with a mailed link.",
        ),
    ],
)  # fmt: skip
def test_command_refuses_in_words(cast, role, school, address, sentence):
    with pytest.raises(Refusal) as refused:
        service.invite_from_command(address, role, school, now=MONDAY)

    assert str(refused.value) == sentence
    assert db.session.scalar(sa.select(Invitation.id)) is None


def test_command_invites_the_first_administrator(app):
    token = service.invite_from_command("ada@example.org", AccessRole.ADMINISTRATOR, None, now=MONDAY)

    assert token == newest_token()
    service.accept_invitation(token, "Ada", now=MONDAY)
    assert rights_of("ada@example.org") == [(AccessRole.ADMINISTRATOR, None)]


def test_command_knows_a_school_by_its_short_name(cast):
    token = service.invite_from_command(NOEMI, AccessRole.HOST, "ischool", now=MONDAY)

    service.accept_invitation(token, "Noemi", now=MONDAY)
    assert rights_of(NOEMI) == [(AccessRole.HOST, cast.there.id)]


def test_second_role_joins_the_first(cast, ada):
    service.accept_invitation(invited(ada=ada), "Noemi", now=MONDAY)
    service.accept_invitation(invited(role=AccessRole.HOST, school_id=cast.here.id, ada=ada), "Noemi N.", now=MONDAY)

    assert rights_of(NOEMI) == [(AccessRole.ORGANIZER, None), (AccessRole.HOST, cast.here.id)]
    assert queries.find_user(NOEMI).name == "Noemi N."


@pytest.mark.parametrize("end", ["used", "withdrawn", "a week old", "replaced", "mailed again", "invented"])
def test_invitation_that_is_over_opens_nothing(cast, ada, client, end):
    token, now = invited(ada=ada), MONDAY
    invitation_id = db.session.scalar(sa.select(Invitation.id))
    if end == "used":
        service.accept_invitation(token, "Noemi", now=MONDAY)
    elif end == "withdrawn":
        service.withdraw_invitation(invitation_id, actor=ada, now=MONDAY)
    elif end == "a week old":
        now += timedelta(days=7)
    elif end == "replaced":
        invited(ada=ada)
    elif end == "mailed again":
        service.mail_again(invitation_id, actor=ada, now=MONDAY)
    else:
        token = "invented"
    before = rights_of(NOEMI)

    with pytest.raises(invitations.InvitationIsOver):
        service.accept_invitation(token, "Mallory", now=now)

    assert rights_of(NOEMI) == before


def test_mailing_again_gives_a_new_link_and_a_new_week(cast, ada):
    invited(ada=ada)
    invitation_id = db.session.scalar(sa.select(Invitation.id))

    address = service.mail_again(invitation_id, actor=ada, now=MONDAY + timedelta(days=5))

    assert address == NOEMI
    service.accept_invitation(newest_token(), "Noemi", now=MONDAY + timedelta(days=11))
    assert rights_of(NOEMI) == [(AccessRole.ORGANIZER, None)]


def test_one_address_gets_five_invitations_an_hour(cast, ada):
    for _ in range(5):
        invited(ada=ada)

    with pytest.raises(invitations.MailedOften):
        invited(ada=ada)
    invited(ada=ada, now=MONDAY + timedelta(minutes=61))


def race(app, *deeds):
    """Do all of these at once; what each was refused with, or None."""
    start, ends = threading.Barrier(len(deeds)), []

    def run(deed):
        with app.app_context():
            start.wait()
            try:
                deed()
                ends.append(None)
            except Refusal as refusal:
                ends.append(type(refusal))
            finally:
                db.session.remove()

    runners = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return ends


def test_of_eight_who_accept_at_once_one_gets_in(app, cast, ada):
    token = invited(ada=ada)

    ends = race(app, *[lambda: service.accept_invitation(token, "Noemi", now=MONDAY)] * 8)

    assert sorted(map(str, ends)) == sorted(map(str, [None] + [invitations.InvitationIsOver] * 7))
    assert rights_of(NOEMI) == [(AccessRole.ORGANIZER, None)]


def test_two_invitations_accepted_at_once_make_one_person(app, cast, ada):
    tokens = [invited(ada=ada), invited(role=AccessRole.VIEWER, ada=ada)]

    ends = race(app, *[lambda token=token: service.accept_invitation(token, "Noemi", now=MONDAY) for token in tokens])

    assert ends == [None, None]
    assert set(rights_of(NOEMI)) == {(AccessRole.ORGANIZER, None), (AccessRole.VIEWER, None)}


def grant_of(user):
    found = db.session.scalar(sa.select(Grant.id).where(Grant.user_id == user.id))
    db.session.remove()
    return found


def test_last_administrator_stays(cast, ada):
    with pytest.raises(rights.LastAdministrator):
        service.revoke_grant(grant_of(cast.administrator), actor=ada, now=MONDAY)

    assert rights_of(cast.administrator.email) == [(AccessRole.ADMINISTRATOR, None)]


def test_two_administrators_who_remove_each_other_at_once_leave_one(app, cast, make_user):
    bea = make_user("Bea", AccessRole.ADMINISTRATOR)
    ids = {bea: grant_of(bea), cast.administrator: grant_of(cast.administrator)}

    ends = race(app, *[lambda user=user: service.revoke_grant(ids[user], actor=Actor(1), now=MONDAY) for user in ids])

    assert sorted(map(str, ends)) == sorted(map(str, [None, rights.LastAdministrator]))
    assert db.session.scalar(sa.select(sa.func.count()).where(Grant.role == AccessRole.ADMINISTRATOR)) == 1


def test_who_loses_the_last_role_is_signed_out_at_once(cast, ada, sign_in):
    browser = sign_in(cast.host)
    assert browser.get("/workspace").status_code == 200

    service.revoke_grant(grant_of(cast.host), actor=ada, now=MONDAY)

    assert browser.get("/workspace").location.startswith("/sign-in")
    assert db.session.scalar(sa.select(SignInSession.id)) is None
    with pytest.raises(rights.GrantIsGone):
        service.revoke_grant(10**9, actor=ada, now=MONDAY)


def test_database_keeps_roles_without_a_school_apart(cast):
    with pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.execute(sa.insert(Grant).values(user_id=cast.organizer.id, role=AccessRole.ORGANIZER, school_id=None))


def test_log_tells_rights_before_and_after_and_no_address(cast, ada):
    token = invited(role=AccessRole.HOST, school_id=cast.here.id, ada=ada)
    service.accept_invitation(token, "Noemi", now=MONDAY)
    noemi = db.session.scalar(sa.select(User).where(User.email == NOEMI))
    service.revoke_grant(grant_of(noemi), actor=ada, now=MONDAY)

    lines = db.session.scalars(sa.select(AuditLine).order_by(AuditLine.id)).all()
    host = [f"host of school:{cast.here.id}"]
    assert [(line.actor, line.what, line.before, line.after) for line in lines] == [
        (f"user:{ada.user_id}", "invited", {}, {"role": "host"}),
        (f"user:{noemi.id}", "invitation accepted", {}, {}),
        (f"user:{noemi.id}", "rights changed", {"rights": []}, {"rights": host}),
        (f"user:{ada.user_id}", "rights changed", {"rights": host}, {"rights": []}),
    ]
    assert NOEMI not in str([(line.about, line.before, line.after) for line in lines])


# Pages

DATA = {"email": NOEMI, "role": "organizer", "school": ""}


@pytest.mark.parametrize("who", ["host", "organizer", "viewer"])
def test_people_are_for_administrators_only(cast, sign_in, client, ada, who):
    invited(ada=ada)
    invitation, grant = db.session.scalar(sa.select(Invitation.id)), grant_of(cast.viewer)
    posts = [
        "/workspace/people", f"/workspace/people/invitations/{invitation}/mail-again",
        f"/workspace/people/invitations/{invitation}/withdraw", f"/workspace/people/roles/{grant}/remove",
    ]  # fmt: skip
    for browser in (sign_in(getattr(cast, who)), client):
        assert browser.get("/workspace/people").status_code in (302, 404)
        assert [browser.post(path, data=DATA).status_code for path in posts] == [404] * 4

    assert rights_of(cast.viewer.email) == [(AccessRole.VIEWER, None)]
    assert len(queries.open_invitations(now=MONDAY)) == 1


def test_administrator_invites_mails_again_and_withdraws(cast, sign_in):
    ada = sign_in(cast.administrator)
    assert ada.post("/workspace/people", data=DATA).status_code == 303
    invitation = db.session.scalar(sa.select(Invitation.id))
    page = ada.get("/workspace/people").text
    assert f"The invitation to {NOEMI} is on its way." in page
    assert page.count(NOEMI) >= 2

    assert ada.post(f"/workspace/people/invitations/{invitation}/mail-again").status_code == 303
    assert ada.post(f"/workspace/people/invitations/{invitation}/withdraw").status_code == 303

    assert ada.post(f"/workspace/people/invitations/{invitation}/mail-again").status_code == 409
    assert f"<b>{NOEMI}</b>" not in ada.get("/workspace/people").text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 2


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"email": "noemi", "role": "viewer", "school": ""}, 422, "This is not an e-mail address."),
        ({"email": NOEMI, "role": "emperor", "school": ""}, 422, "Choose one of these."),
        ({"email": NOEMI, "role": "host", "school": "nowhere"}, 422, "Choose one of the list."),
        ({"email": NOEMI, "role": "host", "school": ""}, 409, "A host runs the visits of one school. Say which."),
        ({"email": NOEMI, "role": "viewer", "school": "nyc-ischool"}, 409, "Only hosts belong to one school."),
    ],
)
def test_what_cannot_be_invited_is_said_and_what_was_typed_is_kept(cast, sign_in, data, status, sentence):
    answer = sign_in(cast.administrator).post("/workspace/people", data=data)

    assert answer.status_code == status
    assert sentence in answer.text
    assert f'value="{data["email"]}"' in answer.text


@pytest.mark.parametrize("path", ["invitations/{}/withdraw", "invitations/{}/mail-again", "roles/{}/remove"])
@pytest.mark.parametrize("number", [0, 999_999, 2**31 - 1, 2**31, 2**63, 10**30])
def test_numbers_of_nothing_are_not_there(cast, sign_in, path, number):
    assert sign_in(cast.administrator).post(f"/workspace/people/{path.format(number)}").status_code == 404


def test_administrator_removes_a_role_and_not_the_last_of_their_own(cast, sign_in, make_user):
    ada, own = sign_in(cast.administrator), grant_of(cast.administrator)
    assert ada.post(f"/workspace/people/roles/{grant_of(cast.viewer)}/remove").location == "/workspace/people"
    assert rights_of(cast.viewer.email) == []

    refused = ada.post(f"/workspace/people/roles/{own}/remove")
    make_user("Bea", AccessRole.ADMINISTRATOR)
    left = ada.post(f"/workspace/people/roles/{own}/remove")

    assert refused.status_code == 409
    assert "This is the last administrator." in refused.text
    assert left.location == "/"
    assert ada.get("/workspace/people").status_code == 302


def test_invited_person_reads_accepts_and_is_in(cast, client, ada):
    token = invited(role=AccessRole.HOST, school_id=cast.there.id, ada=ada, now=clock.now())
    page = client.get(f"/invitations/{token}")
    assert client.head(f"/invitations/{token}").status_code == 200
    assert page.status_code == 200
    assert "NYC iSchool" in page.text
    assert '<meta name="robots" content="noindex">' in page.text

    unnamed = client.post(f"/invitations/{token}", data={"name": "\u200b"})
    named = client.post(f"/invitations/{token}", data={"name": "<b>Noemi</b> & Søn"})

    assert unnamed.status_code == 422
    assert (named.status_code, named.location) == (303, "/workspace")
    assert "&lt;b&gt;Noemi&lt;/b&gt; &amp; Søn" in client.get("/workspace").text
    assert client.get(f"/invitations/{token}").status_code == 404
    assert "This link does not work any more" in client.post(f"/invitations/{token}", data={"name": "x"}).text


def test_accepting_in_a_browser_of_somebody_else_signs_in_the_invited(cast, sign_in, ada):
    token = invited(ada=ada, now=clock.now())
    browser = sign_in(cast.host)

    browser.post(f"/invitations/{token}", data={"name": "Noemi"})

    assert "Noemi" in browser.get("/workspace").text
    assert "Hana Host" not in browser.get("/workspace").text
