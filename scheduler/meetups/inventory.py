"""What the tables of meetups hold about people, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.personal import Keep, Kind, Whose, classify
from scheduler.meetups.models import Meetup, Plan, Seating

PAIRING = Kind(
    "pairing", Whose.VISITORS, _l("Which table you sat at in each round of a meetup"),
    _l("So that next time you meet others."), _l("Organizers, and everybody at that meetup."),
    Keep(None, words=_l("Under your name as long as we have that; afterwards under a made-up one")), stays=True,
)  # fmt: skip

classify(Meetup, plain="id gathering_id format rounds table_size team_most")
classify(
    Plan, plain="id meetup_id version state rounds seed iterations stopped_early engine_version fingerprint method metrics bounds seconds "
    "created_by created_at published_at", problem=PAIRING,
)  # fmt: skip
classify(Seating, of="attendee_id", plain="id plan_id attendee_id", round=PAIRING, table=PAIRING)
