"""Who may do what: access roles, and the person behind a request as the rules see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AccessRole(StrEnum):
    """What a user may do; a host's is bound to one school."""

    ADMINISTRATOR = "administrator"
    ORGANIZER = "organizer"
    HOST = "host"
    VIEWER = "viewer"


@dataclass(frozen=True)
class Actor:
    """The person behind a request: nobody has no id and no roles.

    >>> ana = Actor(7, frozenset({AccessRole.HOST}), frozenset({3}))
    >>> ana.may_host(3), ana.may_host(4), ana.has(AccessRole.ORGANIZER)
    (True, False, False)
    """

    user_id: int | None = None
    roles: frozenset[AccessRole] = frozenset()
    hosted_school_ids: frozenset[int] = frozenset()

    def has(self, *roles: AccessRole) -> bool:
        return any(role in self.roles for role in roles)

    @property
    def sees_every_school(self) -> bool:
        """Administrators and organizers work for the whole network."""
        return self.has(AccessRole.ADMINISTRATOR, AccessRole.ORGANIZER)

    def may_host(self, school_id: int) -> bool:
        """Run visits at this school: publish, change, cancel, see the roster."""
        return self.sees_every_school or school_id in self.hosted_school_ids


NOBODY = Actor()
