"""Two entries of one person become one, and for a day they can become two again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from scheduler.core.refusal import Refusal, say
from scheduler.foundation import audit
from scheduler.foundation.db import db, transaction
from scheduler.foundation.tokens import new_public_id
from scheduler.registration import changes, queries
from scheduler.registration.models import Attendee, Gathering, GatheringKind, Merge, Person
from scheduler.registration.service.teams import set_apart
from scheduler.registration.twins import plan, rows
from scheduler.registration.twins import queries as twins
from scheduler.registration.twins.rows import Change


def merge_places(gathering_id: int, stays_id: int, goes_id: int, *, mark: str, actor: str, now: datetime) -> str:
    """Make one of two places at one gathering, as its preview said (`mark`); returns the public id of the merge.

    At a visit the place that goes stays booked without a name; off a meetup's team the person comes.
    """
    with transaction():
        gathering = queries.lock_gathering(gathering_id)
        stays, goes = _places(stays_id, goes_id)
        planned = plan.of_places(gathering, stays, goes, now=now)
        _refuse_other(planned, mark)
        person_id, gone_person_id = stays.person_id or 0, goes.person_id or 0
        written = [*planned.changes, *_leave(gathering, goes, now)]
        rows.write(planned.changes)
        merge = _keep(written, person_id, gone_person_id, actor, now, gathering_id=gathering_id, place_id=stays_id, gone_place_id=goes_id)
        places = {"stays": stays_id, "goes": goes_id}
        audit.record("places merged", f"gathering:{gathering_id}", actor=actor, now=now, school_id=gathering.school_id, after=places)
    return merge


def _places(stays_id: int, goes_id: int) -> tuple[Attendee, Attendee]:
    """Two places as they are now; in the turn in which the preview showed them."""
    found = twins.places(stays_id, goes_id)
    if len(found) < 2 or not all(place.person and place.registration.is_confirmed for place in found):
        raise Refusal(say("One of the two does not stand on the list any more, so there is nothing to merge."))
    return found[0], found[1]


def _leave(gathering: Gathering, goes: Attendee, now: datetime) -> list[Change]:
    """A place at a visit gets another name in addresses, so that the phone that joined with it does not open whatever comes next.
    Off a meetup's team the person goes into a registration of their own: the plans stay as they were made."""
    (freed,) = rows.rows_of("attendees", id=goes.id)
    if gathering.kind == GatheringKind.VISIT:
        renamed = [rows.changed("attendees", freed, public_id=new_public_id())]
        rows.write(renamed)
        return renamed
    (team,) = rows.rows_of("registrations", id=goes.registration_id)
    alone = set_apart(goes.registration, goes, now=now)
    changes.raise_feeds([f"gathering:{gathering.id}"], now=now)
    (left,), (made,) = rows.rows_of("registrations", id=team["id"]), rows.rows_of("registrations", id=alone.id)
    return [
        rows.added("registrations", made),
        rows.changed("attendees", freed, registration_id=alone.id, is_lead=True),
        rows.changed("registrations", team, party_size=left["party_size"], changed_at=left["changed_at"]),
    ]


def merge_people(stays_id: int, goes_id: int, *, mark: str, actor: str, now: datetime) -> str:
    """Make one of two people of the network, as the preview said; returns the public id of the merge."""
    with transaction():
        queries.lock_reach(lambda: twins.reach_of(stays_id, goes_id))
        stays, goes = (db.session.get(Person, person_id, populate_existing=True) for person_id in (stays_id, goes_id))
        if stays is None or goes is None:
            raise Refusal(say("One of the two is not here any more, so there is nothing to merge."))
        planned = plan.of_people(stays, goes, now=now)
        _refuse_other(planned, mark)
        rows.write(planned.changes)
        merge = _keep(planned.changes, stays_id, goes_id, actor, now)
        audit.record("people merged", f"person:{stays_id}", actor=actor, now=now, after={"stays": stays_id, "goes": goes_id})
    return merge


def _refuse_other(planned: plan.Plan, mark: str) -> None:
    if planned.mark != mark:
        raise Refusal(say("Something about these two changed since you looked. Read what would happen now, and press again."))


def _keep(written: Sequence[Change], person_id: int, gone_person_id: int, actor: str, now: datetime, **places: int) -> str:
    """Remember for a day what was written. Whoever has no place left is kept as long, to be there again."""
    merge = Merge(
        public_id=new_public_id(), person_id=person_id, gone_person_id=gone_person_id, changes=[asdict(change) for change in written],
        created_by=actor, created_at=now, **places,
    )  # fmt: skip
    db.session.add(merge)
    db.session.flush()
    db.session.expire_all()
    return merge.public_id


def undo(merge_id: int, *, actor: str, now: datetime) -> None:
    """Two again, with everything as it was. Refuses after a day, and once one of the two was changed."""
    with transaction():
        merge = _lock(merge_id, now)
        gathering, written = merge.gathering, [Change(**change) for change in merge.changes]
        if twins.was_merged_again(merge):
            raise Refusal(say("One of the two was merged again since. Undo that first, then this."))
        if not rows.still_stand(written):
            raise Refusal(
                say(
                    "One of the two has changed since they were merged: at the door, or by their party. "
                    "Undo would take that away, so both stay as they are; change the names by hand."
                )
            )
        rows.write_back(written)
        if gathering is not None and gathering.kind == GatheringKind.MEETUP:
            changes.raise_feeds([f"gathering:{gathering.id}"], now=now)
        about = f"gathering:{gathering.id}" if gathering else f"person:{merge.person_id}"
        after = {"stays": merge.place_id or merge.person_id, "goes": merge.gone_place_id or merge.gone_person_id}
        school_id = gathering.school_id if gathering else None
        audit.record("merge undone", about, actor=actor, now=now, school_id=school_id, before=after)
        db.session.delete(merge)
        db.session.flush()
        db.session.expire_all()


def _lock(merge_id: int, now: datetime) -> Merge:
    """A merge that can be undone, with all that it reaches held."""
    merge = db.session.get(Merge, merge_id)
    if merge is not None:
        people, here = (merge.person_id, merge.gone_person_id), merge.gathering_id
        queries.lock_reach(lambda: {here} if here else twins.reach_of(*people))
        merge = twins.lock_merge(merge_id)
    if merge is None or now >= merge.created_at + twins.DAY:
        raise Refusal(say("A merge can be undone for 24 hours, and these are over. Change the names by hand."))
    return merge


def forget(merge_id: int, now: datetime) -> None:
    """A day is over: what was kept for the undo goes, and with it whoever has no place any more."""
    with transaction():
        merge = twins.lock_merge(merge_id)
        if merge is None or now < merge.created_at + twins.DAY:
            return
        gone = merge.gone_person
        db.session.delete(merge)
        db.session.flush()
        changes.forget_unless_comes(gone)
