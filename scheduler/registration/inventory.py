"""What the tables of registration hold about people, and how long (registration rule 6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from scheduler.foundation.personal import After, Condition, Keep, Kind, Whose, classify
from scheduler.registration import models
from scheduler.registration.models.needs import party_focus_areas

HOST = _l("The hosts of that visit, and organizers.")

NAME = Kind(
    "name", Whose.VISITORS, _l("Your name and e-mail address"),
    _l("So that your host knows who comes, and so that we can write to you about your booking."),
    _l("The hosts of that visit, organizers, and whoever books for your party; at the door your name only."), Keep(730, After.LAST),
)  # fmt: skip
PURPOSE = Kind(
    "purpose", Whose.VISITORS, _l("What you wrote about your booking: what you come for, or why you cancel"),
    _l("So that your host can prepare."), HOST, Keep(30, After.GATHERING),
)  # fmt: skip
PHONE = Kind(
    "phone", Whose.VISITORS, _l("Your phone for the day, how you arrive, and whether you have visited before"),
    _l("So that your host can find you on the day."), HOST, Keep(30, After.GATHERING),
)  # fmt: skip
NEEDS = Kind(
    "needs", Whose.VISITORS, _l("What somebody needs at the place, such as step-free ways or a quiet space"),
    _l("So that it is there."), HOST, Keep(7, After.GATHERING),
)  # fmt: skip
ANSWERS = Kind(
    "answers", Whose.VISITORS, _l("Answers to the questions of your host"), _l("So that your host can prepare."),
    _l("The hosts of that visit, and organizers; at the door what the host marked for it."), Keep(30, After.GATHERING),
)  # fmt: skip
CONSENT = Kind(
    "consent", Whose.VISITORS, _l("What you permitted, such as being in pictures, when, and by which text"),
    _l("So that it can be shown, and so that pictures respect it."), HOST, Keep(730, After.GATHERING),
)  # fmt: skip
ATTENDANCE = Kind(
    "attendance", Whose.VISITORS, _l("Whether and when you came"), _l("To know how many come, for certificates and for reports."), HOST,
    Keep(None, words=_l("Under your name as long as we have that; afterwards as a number")), stays=True,
)  # fmt: skip
WAITING = Kind(
    "waiting", Whose.VISITORS, _l("Name, address and wish of whoever waits for seats"), _l("To give you seats that come free."), HOST,
    Keep(30, After.GATHERING),
)  # fmt: skip
DOOR = Kind(
    "door", Whose.VISITORS, _l("What was noted at the door, and the names of those who greeted there"),
    _l("So that the host can see how it went."), HOST, Keep(30, After.GATHERING),
)  # fmt: skip
INVITEE = Kind(
    "invitee", Whose.VISITORS, _l("That a calendar entry went to your address because you stand on somebody's list"),
    _l("So that the entry is corrected when time or place change, and goes when you do not come any more."), _l("Nobody."),
    Keep(30, After.GATHERING),
)  # fmt: skip
FORM = Kind(
    "form", Whose.VISITORS, _l("A mark of each form that was sent"), _l("So that a form sent twice books once."), _l("Nobody."), Keep(1),
)  # fmt: skip
DATA_LINK = Kind(
    "data_link", Whose.VISITORS, _l("The address for which somebody asked what we hold"), _l("To mail the link."), _l("Nobody."), Keep(1),
)  # fmt: skip
MERGE = Kind(
    "merge", Whose.VISITORS, _l("That two entries of one person were made one, and what stood there before"),
    _l("So that it can be undone."), _l("Whoever did it, and organizers."), Keep(None, words=_l("1 day")),
)  # fmt: skip
STUDENT = Kind(
    "student", Whose.STUDENTS, _l("First name, last initial and grade band; no address, no account"),
    _l("So that they are expected, at a table and at the door."), HOST, Keep(30, After.GATHERING),
)  # fmt: skip


def _window_is_over(now: datetime) -> Condition:
    """Whoever waits for any visit in some weeks waits until their end."""
    last = models.WaitlistEntry.window_last
    return sa.or_(last.is_(None), last < (now - timedelta(days=30)).date())


classify(
    models.Gathering, label="title",
    plain="id public_id uid kind school_id title description time_zone starts_wall ends_wall starts_at ends_at doors_minutes place "
    "private_place arrival_notes capacity party_least party_most school_most opens_days opens_at cutoff_days cutoff_time closes_at "
    "needs_approval paused waitlist_open strict_line least_people least_asked_at least_settled state cancel_reason sequence version "
    "is_sample created_at changed_at",
)  # fmt: skip
classify(models.ReservedSeats, plain="id gathering_id tier seats release_days releases_at released")
classify(
    models.Registration, named="lead_name", by_address="lead_email",
    plain="id public_id link_round join_round uid gathering_id school_id organization party_size photo_rule_version tier state expires_at "
    "nudge_at verified_at confirmed_at cancelled_by sequence is_sample created_at changed_at",
    lead_name=NAME, lead_email=NAME, purpose=PURPOSE, cancel_reason=PURPOSE,
)  # fmt: skip
classify(models.Person, plain="id school_id is_sample created_at", named="name", by_address="email", name=NAME, email=NAME)
classify(
    models.Attendee, of="person_id", plain="id public_id registration_id person_id is_lead role created_at",
    state=ATTENDANCE, arrived_at=ATTENDANCE, left_at=ATTENDANCE, grade_band=STUDENT,
)  # fmt: skip
classify(
    models.Consent, of="attendee_id", whole=CONSENT, plain="id attendee_id version actor created_at", kind=CONSENT, answer=CONSENT,
    by_attendee_id=CONSENT, by_name=CONSENT,
)  # fmt: skip
classify(models.MoveRequest, of="registration_id", plain="id registration_id gathering_id state expires_at nudge_at created_at")
classify(
    models.WaitlistEntry, named="lead_name", by_address="lead_email", ready=_window_is_over,
    plain="id public_id link_round gathering_id window_school_id window_first window_last registration_id moving_id school_id organization "
    "tier party_size smallest confirm_until priority returned passed_free verified_at photo_rule_version state is_sample created_at "
    "changed_at",
    lead_name=WAITING, lead_email=WAITING, purpose=WAITING,
)  # fmt: skip
classify(models.Offer, of="entry_id", plain="id entry_id gathering_id size state mail_at deadline created_at")
classify(
    models.BookingKey, of="attendee_id registration_id entry_id", whole=FORM,
    plain="outcome registration_id entry_id attendee_id created_at", key=FORM, fingerprint=FORM,
)  # fmt: skip
classify(
    models.PartyDetails, of="registration_id", plain="registration_id changed_at", phone=PHONE, arrival=PHONE, prior_visits=PHONE,
)  # fmt: skip
classify(party_focus_areas, plain="registration_id focus_area_id")
classify(models.AccessNeeds, of="attendee_id", whole=NEEDS, plain="attendee_id changed_at", needs=NEEDS, note=NEEDS)
classify(
    models.Question, label="text",
    plain="id public_id key gathering_id position text kind per options required at_door condition_key condition_answer created_at",
)  # fmt: skip
classify(
    models.Answer, of="attendee_id registration_id", whole=ANSWERS, plain="id question_id registration_id attendee_id changed_at",
    given=ANSWERS,
)  # fmt: skip
classify(
    models.Invitee, whole=INVITEE, named="name", by_address="email", plain="id registration_id sequence stamped_at ended led created_at",
    name=INVITEE, email=INVITEE,
)  # fmt: skip
classify(models.Reminder, of="registration_id", plain="id gathering_id registration_id kind day sent_at merged")
classify(models.GreeterLink, plain="id public_id gathering_id expires_at revoked_at created_by created_at", name=DOOR)
classify(
    models.DoorDeed, of="attendee_id", plain="id nonce gathering_id attendee_id kind at taken_at result actor", note=DOOR,
)  # fmt: skip
classify(models.Roster, plain="gathering_id asked_at closed_at closed_by")
classify(
    models.DataLink, whole=DATA_LINK, since="expires_at", by_address="email", plain="id public_id created_at expires_at", email=DATA_LINK,
)  # fmt: skip
classify(models.RosterChange, plain="id gathering_id registration_id attendee_id kind actor at")
classify(
    models.Merge, whole=MERGE, of="person_id", plain="id public_id gathering_id place_id gone_place_id created_by created_at",
    person_id=MERGE, gone_person_id=MERGE, changes=MERGE, untold="changes",
)  # fmt: skip
