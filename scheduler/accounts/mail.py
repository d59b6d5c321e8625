"""The mails of this room, as facts; their words stand in templates/accounts/mail/. What opens a door is made when a mail is rendered."""

from __future__ import annotations

import hashlib

from scheduler.accounts.models import Invitation
from scheduler.foundation import tokens
from scheduler.foundation.outbox import GOES_WHILE_HELD, Mail
from scheduler.foundation.templating import absolute

SIGN_IN, NO_ACCOUNT, INVITATION = "accounts/mail/sign_in", "accounts/mail/no_account", "accounts/mail/invitation"
GOES_WHILE_HELD.update({SIGN_IN, NO_ACCOUNT, INVITATION})


def link_token(name: str) -> str:
    """The token of a sign-in link."""
    return tokens.derived("sign-in link", name)


def link_code(name: str) -> str:
    """The six digits that open in the asking browser what the link opens."""
    return f"{int.from_bytes(hashlib.sha256(tokens.derived('sign-in code', name).encode()).digest()) % 10**6:06}"


def invitation_token(name: str) -> str:
    """The token of an invitation."""
    return tokens.derived("invitation", name)


def sign_in_url(name: str) -> str:
    """The address of a sign-in link, for its mail."""
    return absolute("accounts.sign_in_link", token=link_token(name))


def invitation_url(name: str) -> str:
    """The address of an invitation, for its mail."""
    return absolute("accounts.invitation", token=invitation_token(name))


def sign_in(address: str, to_name: str, name: str) -> Mail:
    """The link, and the code beside it."""
    return Mail(SIGN_IN, address, to_name, {"link": name}, "sign-in")


def no_account(address: str) -> Mail:
    """Nobody signs in with this address; told here only, so that no page tells."""
    return Mail(NO_ACCOUNT, address, "", {}, "sign-in")


def invitation(invited: Invitation, name: str, *, school: str, to_name: str) -> Mail:
    """What one is invited to do, and the link that accepts."""
    facts = {"link": name, "role": invited.role.value, "school": school}
    return Mail(INVITATION, invited.email, to_name, facts, f"invitation:{invited.id}")
