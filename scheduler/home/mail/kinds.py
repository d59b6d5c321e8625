"""What each mail is called on the pages of staff, by its template."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.accounts.mail import INVITATION, NO_ACCOUNT, SIGN_IN
from scheduler.visits.mail_page_views import KINDS
from scheduler.visits.watches.mail import ASKED, NEW_DATES

OTHERS = {
    SIGN_IN: _l("Sign-in link"),
    NO_ACCOUNT: _l("No account"),
    INVITATION: _l("Invitation to the team"),
    ASKED: _l("New dates: confirm"),
    NEW_DATES: _l("New dates"),
    "meetups/invitations/mail/invited": _l("A school is invited to a meetup"),
    "meetups/invitations/mail/reminded": _l("A school is reminded of a meetup"),
    "meetups/mail/published": _l("Tables of a meetup"),
    "registration/mail/team_registered": _l("Team registered"),
}


def name(template: str) -> str:
    """The name of a kind of mail."""
    label = OTHERS.get(template) or KINDS.get(template.rsplit("/", 1)[-1])
    return str(label) if label else str(_("Other mail"))
