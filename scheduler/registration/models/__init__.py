"""Tables of registration."""

from scheduler.registration.models.door import DoorDeed, GreeterLink, Roster
from scheduler.registration.models.gatherings import LONGEST, Gathering, GatheringKind, GatheringState, ReservedSeats
from scheduler.registration.models.invitees import Invitee
from scheduler.registration.models.needs import AccessNeeds, PartyDetails, PriorVisits
from scheduler.registration.models.parties import (
    HOLDING,
    Attendee,
    AttendeeState,
    Consent,
    ConsentAnswer,
    ConsentKind,
    MoveRequest,
    MoveState,
    Person,
    Registration,
    RegistrationState,
)
from scheduler.registration.models.privacy import DataLink
from scheduler.registration.models.questions import Answer, Question
from scheduler.registration.models.reminders import Reminder
from scheduler.registration.models.roster import ChangeKind, RosterChange
from scheduler.registration.models.twins import Merge
from scheduler.registration.models.waiting import BookingKey, EntryState, Offer, OfferState, WaitlistEntry

__all__ = [
    "HOLDING",
    "LONGEST",
    "AccessNeeds",
    "Answer",
    "Attendee",
    "AttendeeState",
    "BookingKey",
    "ChangeKind",
    "Consent",
    "ConsentAnswer",
    "ConsentKind",
    "DataLink",
    "DoorDeed",
    "EntryState",
    "Gathering",
    "GatheringKind",
    "GatheringState",
    "GreeterLink",
    "Invitee",
    "Merge",
    "MoveRequest",
    "MoveState",
    "Offer",
    "OfferState",
    "PartyDetails",
    "Person",
    "PriorVisits",
    "Question",
    "Registration",
    "RegistrationState",
    "Reminder",
    "ReservedSeats",
    "Roster",
    "RosterChange",
    "WaitlistEntry",
]
