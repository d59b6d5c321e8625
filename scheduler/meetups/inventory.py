"""What the tables of meetups hold about people, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.personal import After, Keep, Kind, Whose, classify
from scheduler.meetups.by_hand.models import PlanMove
from scheduler.meetups.invitations.models import InvitedContact, MeetupInvitation
from scheduler.meetups.live.models import AwayFrom, LiveLogLine, LiveRound, LiveRun, PlanInForce, SeatChange
from scheduler.meetups.live.screens.models import MeetupScreen
from scheduler.meetups.memory.models import EarlierMeetup, EarlierSeat
from scheduler.meetups.models import Meetup, MeetupRound, Plan, Seating
from scheduler.meetups.wishes.models import MeetupWish, WishPerson

PAIRING = Kind(
    "pairing", Whose.VISITORS,
    _l("Which table you sat at in each round of a meetup, and what the plan had to keep for you, such as a table without steps"),
    _l("So that next time you meet others, and so that a plan can be made again."),
    _l("Organizers; your tables everybody at that meetup, too."),
    Keep(None, words=_l("Under your name as long as we have that; afterwards under a made-up one")), stays=True,
)  # fmt: skip
MARK = Kind(
    "mark", Whose.VISITORS, _l("A mark made of your name and address, where an organizer imported who sat together at an earlier meetup"),
    _l("So that next time you meet others; nobody can read your name from it."), _l("Nobody."),
    Keep(None, words=_l("As long as the list of that meetup, and until you have yourself erased")),
)  # fmt: skip
WISH = Kind(
    "wish", Whose.VISITORS, _l("What organizers wished for you at a meetup: whom you sit with or not, where and when, what you talk about"),
    _l("So that the plan keeps it."), _l("Organizers."), Keep(30, After.GATHERING),
)  # fmt: skip
INVITED = Kind(
    "invited", Whose.STAFF, _l("That we wrote to you about a meetup as the contact of a school, and when"),
    _l("So that nobody is asked twice, and your link knows your school."), _l("Organizers."), Keep(30, After.GATHERING),
)  # fmt: skip
CANNOT = Kind(
    "cannot_come", Whose.STAFF, _l("Why your school cannot come to a meetup, as you wrote it"),
    _l("So that the organizers know."), _l("Organizers, and whoever else is a contact of your school."), Keep(30, After.GATHERING),
)  # fmt: skip

classify(Meetup, plain="id gathering_id format rounds table_size team_most remembers spare_cards stays students_have_company role_mix")
classify(MeetupRound, plain="meetup_id number prompt minutes")
classify(MeetupWish, whole=WISH, plain="id meetup_id kind key round table seats created_by created_at", topic=WISH)
classify(WishPerson, plain="wish_id attendee_id public_id")
classify(
    Plan, plain="id meetup_id version state rounds seed iterations stopped_early engine_version fingerprint method metrics bounds seconds "
    "created_by created_at published_at told from_round note copied_from revision", problem=PAIRING,
)  # fmt: skip
classify(Seating, of="attendee_id", plain="id plan_id attendee_id locked", round=PAIRING, table=PAIRING)
classify(MeetupInvitation, of="declined_by", plain="id meetup_id school_id invited_at reminded_at declined_at declined_by", reason=CANNOT)
classify(InvitedContact, of="contact_id", whole=INVITED, plain="id public_id invitation_id contact_id", written_at=INVITED)
classify(LiveRun, plain="id meetup_id version started_at paused_at frozen")
classify(MeetupScreen, plain="meetup_id link_round sorted_by first_names numbers_only")
classify(LiveRound, plain="run_id number talk_seconds move_seconds added_seconds skipped_seconds paused_seconds")
classify(PlanInForce, plain="id run_id plan_id from_round before_id created_by created_at")
classify(
    SeatChange, of="attendee_id", plain="id run_id attendee_id table_before why created_by created_at undone_by undone_at", round=PAIRING,
    table=PAIRING,
)  # fmt: skip
classify(AwayFrom, of="attendee_id", plain="run_id attendee_id created_by created_at", round=PAIRING, has_left=PAIRING)
classify(LiveLogLine, of="attendee_id", plain="id run_id at by deed round attendee_id people", table=PAIRING)
classify(
    PlanMove, of="attendee_id", plain="id plan_id attendee_id other_id was_locked other_was_locked created_by created_at", round=PAIRING,
    from_table=PAIRING, to_table=PAIRING,
)  # fmt: skip
classify(EarlierMeetup, plain="id public_id title held_on fingerprint conversations created_by created_at")
classify(EarlierSeat, plain="id earlier_meetup_id table school_id", email_mark=MARK, name_mark=MARK)
