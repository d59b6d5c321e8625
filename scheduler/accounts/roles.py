"""What people call the access roles, and what each may do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.core.access import AccessRole

NAMES = {
    AccessRole.ADMINISTRATOR: _l("Administrator"),
    AccessRole.ORGANIZER: _l("Organizer"),
    AccessRole.HOST: _l("Host"),
    AccessRole.VIEWER: _l("Viewer"),
}

RIGHTS = {
    AccessRole.ADMINISTRATOR: _l("invites people, edits schools and the network's settings, and may do all that organizers do"),
    AccessRole.ORGANIZER: _l("runs meetups and may help with every school's visits"),
    AccessRole.HOST: _l("runs the visits of one school and sees who comes"),
    AccessRole.VIEWER: _l("sees how many come, never who"),
}


def name(role: str) -> str:
    """A role in the reader's language."""
    return str(NAMES[AccessRole(role)])


def rights(role: str) -> str:
    """What a role may do, as the rest of a sentence that begins with it."""
    return str(RIGHTS[AccessRole(role)])
