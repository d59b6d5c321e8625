"""What people permit: being in pictures, and a guardian's permission for a student. Answers are only added (registration rule 9)."""

from __future__ import annotations

from datetime import datetime

from scheduler.core import consents
from scheduler.core.refusal import Refusal, say
from scheduler.core.text import same_name
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.registration import changes, queries
from scheduler.registration.models import Attendee, Consent, ConsentAnswer, ConsentKind, Gathering, Registration

TEXTS = {
    ConsentKind.PHOTO: consents.TextKind.PHOTO, ConsentKind.GUARDIAN: consents.TextKind.GUARDIAN,
    ConsentKind.CONTACT: consents.TextKind.CONTACT,
}  # fmt: skip


def attest(registration_id: int, place: str, answer: ConsentAnswer, signed: str, *, actor: str, now: datetime) -> None:
    """An adult of the party says whether a guardian's permission for a student is on file at school; also at the door, until the end.

    Refuses while the party is not confirmed, for whoever is no student, and in the name of a student.
    """
    with transaction():
        registration, gathering = _lock(registration_id)
        refuse_attesting(registration, gathering, now=now)
        student = next((one for one in registration.attendees if one.public_id == place and one.person and one.is_student), None)
        if student is None:
            raise Refusal(say("This student does not come any more, so there is nothing to permit. Load the page again."))
        by = _signer(registration, signed)
        add(student, ConsentKind.GUARDIAN, answer, actor=actor, by=by, signed=signed, now=now)
        changes.raise_feeds([f"gathering:{gathering.id}"], now=now)
        about = f"attendee:{student.id}"
        audit.record("permission attested", about, actor=actor, now=now, school_id=gathering.school_id, after={"answer": answer.value})


def share_contact(attendee_id: int, answer: ConsentAnswer, *, actor: str, now: datetime) -> None:
    """Somebody says whether the adults they meet may have their address (rounds rule 18). Never a student."""
    with transaction():
        attendee = db.session.get_one(Attendee, attendee_id)
        gathering = _lock(attendee.registration_id)[1]
        if attendee.is_student or not attendee.email:
            raise Refusal(say("Only adults of whom we have an address can share it."))
        add(attendee, ConsentKind.CONTACT, answer, actor=actor, by=attendee, now=now)
        about = f"attendee:{attendee.id}"
        audit.record("contact shared", about, actor=actor, now=now, school_id=gathering.school_id, after={"answer": answer.value})


def refuse_attesting(registration: Registration, gathering: Gathering, *, now: datetime) -> None:
    """Refuse where nobody is let in any more, or not yet."""
    if not registration.is_confirmed:
        raise Refusal(say("Permissions are asked for once it is certain that the party comes."))
    if gathering.is_over(now):
        raise Refusal(say("This is over, so no permission is needed any more."))


def _lock(registration_id: int) -> tuple[Registration, Gathering]:
    found = db.session.get_one(Registration, registration_id)
    gathering = queries.lock_gathering(found.gathering_id)
    db.session.refresh(found)
    return found, gathering


def _signer(registration: Registration, signed: str) -> Attendee | None:
    """The adult of the party with this name; somebody else of the school may sign too, a student may not."""
    named = [one for one in registration.attendees if one.person and same_name(one.name) == same_name(signed)]
    if any(one.is_student for one in named):
        raise Refusal(say("A student cannot say this. Write the name of the adult who knows that the paper is at school."))
    return named[0] if named else None


def add(
    attendee: Attendee, kind: ConsentKind, answer: ConsentAnswer, *, actor: str, by: Attendee | None, signed: str = "", now: datetime
) -> None:  # fmt: skip
    """Add an answer, unless that is what was said last of the same text by the same person."""
    version = consents.newest(TEXTS[kind]).version
    last = next((consent for consent in reversed(attendee.consents) if consent.kind == kind), None)
    said = (last.answer, last.version, last.by_name) if last else (ConsentAnswer.UNKNOWN, version, signed)
    if said != (answer, version, signed):
        attendee.consents.append(
            Consent(
                kind=kind, version=version, answer=answer, actor=actor, by_attendee_id=by.id if by else None, by_name=signed, created_at=now
            )
        )  # fmt: skip


def begin_anew(attendee: Attendee, *, actor: str, now: datetime) -> None:
    """Somebody else has the place: nothing is known of what they permit. What the first one answered stays, as answers do."""
    for kind in ConsentKind:
        add(attendee, kind, ConsentAnswer.UNKNOWN, actor=actor, by=None, now=now)


def photo_answer(attendee: Attendee) -> ConsentAnswer | None:
    """What somebody said last about being in pictures; None: nothing, or somebody else had the place then."""
    said = attendee.said(ConsentKind.PHOTO)
    return said if said != ConsentAnswer.UNKNOWN or any(one.kind == ConsentKind.PHOTO for one in attendee.consents) else None
