"""What the table of private calendar addresses holds about people, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.calendars.models import FeedAddress
from scheduler.foundation.personal import After, Keep, Kind, Whose, classify

FEED = Kind(
    "feed", Whose.VISITORS, _l("That you made a private calendar address"), _l("To answer your calendar program."), _l("Nobody."),
    Keep(730, After.GATHERING),
)  # fmt: skip

classify(
    FeedAddress, of="attendee_id registration_id user_id", whole=FEED,
    plain="id public_id school_id attendee_id registration_id created_at", kind=FEED, user_id=FEED,
)  # fmt: skip
