"""What people call the tiers, alone and as the heading over several schools."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.schools.models import Tier

NAMES = {
    Tier.LIVING_LAB: _l("Living Lab"),
    Tier.INCUBATOR: _l("Incubator"),
    Tier.ACTIVE_MEMBER: _l("Active Member"),
    Tier.FRIEND: _l("Friend"),
    Tier.EXTERNAL: _l("External"),
}

HEADINGS = {
    Tier.LIVING_LAB: _l("Living Labs"),
    Tier.INCUBATOR: _l("Incubators"),
    Tier.ACTIVE_MEMBER: _l("Active Members"),
    Tier.FRIEND: _l("Friends"),
    Tier.EXTERNAL: _l("Schools from outside"),
}


def name(tier: str) -> str:
    """A tier in the reader's language."""
    return str(NAMES[Tier(tier)])


def find(typed: str) -> Tier | None:
    """The tier that somebody means, in one or several words, singular or plural.

    >>> find("Living Labs"), find("active_member"), find("gold")
    (<Tier.LIVING_LAB: 'living_lab'>, <Tier.ACTIVE_MEMBER: 'active_member'>, None)
    """
    wanted = "_".join(typed.casefold().replace("_", " ").replace("-", " ").split()).removesuffix("s")
    return next((tier for tier in Tier if tier.value == wanted), None)
