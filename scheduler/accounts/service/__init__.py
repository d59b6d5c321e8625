"""What people do about signing in: ask for a link, use it, invite, accept, take rights away."""

from scheduler.accounts.service.invitations import accept_invitation, invite, invite_from_command, mail_again, withdraw_invitation
from scheduler.accounts.service.rights import LastAdministrator, refuse_last_administrator, revoke_grant
from scheduler.accounts.service.sign_in import (
    ask_for_link,
    end_all_sessions,
    end_everybodys_sessions,
    end_session,
    links_until_stopped,
    printed_links_work,
    start_session,
    use_code,
    use_link,
)

__all__ = [
    "LastAdministrator",
    "accept_invitation",
    "ask_for_link",
    "end_all_sessions",
    "end_everybodys_sessions",
    "end_session",
    "invite",
    "invite_from_command",
    "links_until_stopped",
    "mail_again",
    "printed_links_work",
    "refuse_last_administrator",
    "revoke_grant",
    "start_session",
    "use_code",
    "use_link",
    "withdraw_invitation",
]
