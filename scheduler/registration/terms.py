"""The rules of a gathering as the core wants them, and who counts as what."""

from __future__ import annotations

import sqlalchemy as sa

from scheduler.core import booking
from scheduler.core.text import same_name
from scheduler.foundation.db import db
from scheduler.registration.models import Gathering, GatheringKind, GatheringState
from scheduler.schools.models import Network, School, Tier


def terms_of(gathering: Gathering) -> booking.Terms:
    """What a gathering asks of those who book it."""
    return booking.Terms(
        is_published=gathering.state == GatheringState.PUBLISHED, is_cancelled=gathering.is_cancelled, paused=gathering.paused,
        opens_at=gathering.opens_at, closes_at=gathering.closes_at, starts_at=gathering.starts_at, zone=gathering.zone,
        party_most=gathering.party_most, school_most=gathering.school_most, needs_approval=gathering.needs_approval,
        party_least=gathering.party_least, is_for_teams=gathering.kind == GatheringKind.MEETUP,
    )  # fmt: skip


def tier_of(school_id: int | None) -> str:
    """The tier of a member school; empty for everybody from outside the network (registration rule 1)."""
    return tier_name(db.session.scalar(sa.select(School.tier).where(School.id == school_id)) if school_id else None)


def tier_name(tier: Tier | None) -> str:
    """The same of a tier that is known; None: of no school."""
    return tier.value if tier and tier != Tier.EXTERNAL else ""


def is_listed(address: str) -> bool:
    """Whether an address need not be confirmed: its domain is one that the network lists."""
    return booking.is_listed(address, db.session.get_one(Network, 1).listed_domains)


def school_key(school_id: int | None, organization: str) -> str:
    """What tells the people of one school from others; organizations outside the directory go by their name."""
    return f"#{school_id}" if school_id else same_name(organization)
