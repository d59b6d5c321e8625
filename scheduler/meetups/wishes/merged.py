"""What becomes of wishes when two people of a list turn out to be one."""

from __future__ import annotations

from scheduler.registration.models import Attendee
from scheduler.registration.twins import rows
from scheduler.registration.twins.rows import Change

WISH_PEOPLE = "wish_people"


def wishes_go_over(stays: Attendee, goes: Attendee) -> list[Change]:
    """Wishes go over to the place that stays; one that names both keeps the other as somebody who does not come."""
    there = {row["wish_id"] for row in rows.rows_of(WISH_PEOPLE, attendee_id=stays.id)}
    return [
        rows.changed(WISH_PEOPLE, row, attendee_id=stays.id, public_id=stays.public_id)
        for row in rows.rows_of(WISH_PEOPLE, attendee_id=goes.id)
        if row["wish_id"] not in there and row["public_id"] == goes.public_id
    ]
