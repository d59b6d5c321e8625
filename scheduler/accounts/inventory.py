"""What the tables of people who sign in hold about them, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.accounts.models import Grant, Invitation, SignInLink, SignInSession, User
from scheduler.foundation.personal import After, Keep, Kind, Whose, classify

STAFF = Kind(
    "staff", Whose.STAFF, _l("Name and e-mail address of hosts, organizers, administrators and viewers"),
    _l("To let them in, and to write to them about their visits."), _l("Administrators."), Keep(30, After.ROLE),
)  # fmt: skip
RIGHTS = Kind(
    "rights", Whose.STAFF, _l("What each of them may do"), _l("So that everybody sees and changes only what is theirs."),
    _l("Administrators."), Keep(None, words=_l("Until an administrator takes it away")),
)  # fmt: skip
INVITATION = Kind(
    "invitation", Whose.STAFF, _l("The address that somebody is invited under"), _l("To send the invitation, and to know it again."),
    _l("Administrators."), Keep(30),
)  # fmt: skip
SIGN_IN = Kind(
    "sign_in", Whose.STAFF, _l("Links to sign in, and the browsers that are signed in; only hashes of their keys"),
    _l("To let the right person in, and nobody else."), _l("Nobody."), Keep(1),
)  # fmt: skip

classify(
    User, plain="id is_sample created_at", named="name", by_address="email", email=STAFF, name=STAFF,
)  # fmt: skip
classify(Grant, plain="id user_id", whole=RIGHTS, of="user_id", role=RIGHTS, school_id=RIGHTS)
classify(
    Invitation, plain="id token_hash school_id invited_by created_at expires_at accepted_at withdrawn_at", whole=INVITATION,
    since="expires_at", by_address="email", email=INVITATION, role=INVITATION,
)  # fmt: skip
classify(
    SignInLink, plain="id token_hash code_hash wrong_codes created_at expires_at", whole=SIGN_IN, since="expires_at", of="user_id",
    browser_hash=SIGN_IN, user_id=SIGN_IN, used_at=SIGN_IN,
)  # fmt: skip
classify(
    SignInSession, plain="id token_hash", whole=SIGN_IN, since="expires_at", of="user_id", user_id=SIGN_IN, created_at=SIGN_IN,
    expires_at=SIGN_IN,
)  # fmt: skip
