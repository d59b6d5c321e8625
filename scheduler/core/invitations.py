"""Inviting schools to a meetup by their contacts: where each stands, and who is written to (rounds rule 19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from scheduler.core.refusal import Sentence, say

NEEDS_A_REMINDER = timedelta(days=3)
"""So long a school is left in peace before organizers are told that it has not answered"""


class Deed(StrEnum):
    """What organizers do with several schools."""

    INVITE = "invite"
    REMIND = "remind"


class Standing(StrEnum):
    """Where a school stands with a meetup."""

    COMES = "comes"
    """Its team is registered, by whatever way"""
    ASKS = "asks"
    """Its team waits for the organizers' answer"""
    DECLINED = "declined"
    REMINDED = "reminded"
    INVITED = "invited"
    NOT_INVITED = "not_invited"
    NO_CONTACT = "no_contact"
    """Nobody is known to whom one could write, and nobody was written to"""

    @property
    def has_answered(self) -> bool:
        return self in (Standing.COMES, Standing.ASKS, Standing.DECLINED)

    @property
    def is_waited_for(self) -> bool:
        """Invited, and silent so far."""
        return self in (Standing.INVITED, Standing.REMINDED)


@dataclass(frozen=True)
class Known:
    """What is known of a school: people of its team and of one that asks to come, what was sent and said, and for each contact the
    day on which they were written to last, None where they never were.
    """

    people: int = 0
    asking: int = 0
    is_invited: bool = False
    is_reminded: bool = False
    has_declined: bool = False
    written: Sequence[date | None] = ()

    @property
    def standing(self) -> Standing:
        """A team that is registered counts, whatever was said before.

        >>> Known(people=4, has_declined=True).standing, Known(is_invited=True, written=[None]).standing, Known().standing
        (<Standing.COMES: 'comes'>, <Standing.INVITED: 'invited'>, <Standing.NO_CONTACT: 'no_contact'>)
        """
        answers = ((self.people, Standing.COMES), (self.asking, Standing.ASKS), (self.has_declined, Standing.DECLINED))
        sent = ((self.is_reminded, Standing.REMINDED), (self.is_invited, Standing.INVITED), (self.written, Standing.NOT_INVITED))
        return next((standing for holds, standing in (*answers, *sent) if holds), Standing.NO_CONTACT)


def is_written_to(deed: Deed, last: date | None, today: date) -> bool:
    """Whether a contact is written to: invited once, reminded once a day at most, and never on the day of the invitation.

    >>> monday, tuesday = date(2026, 11, 2), date(2026, 11, 3)
    >>> [is_written_to(Deed.INVITE, last, tuesday) for last in (None, monday)]
    [True, False]
    >>> [is_written_to(Deed.REMIND, last, tuesday) for last in (None, monday, tuesday)]
    [False, True, False]
    """
    return last is None if deed == Deed.INVITE else last is not None and last < today


def why_not(deed: Deed, known: Known, today: date) -> Sentence | None:
    """Why a school is left out; None where somebody there is written to.

    >>> print(why_not(Deed.REMIND, Known(has_declined=True), date(2026, 11, 3)))
    It has said that it cannot come.
    >>> why_not(Deed.INVITE, Known(written=[None]), date(2026, 11, 3))
    """
    if known.standing in _ANSWERED:
        return _ANSWERED[known.standing]
    if not known.written:
        return say("It has no contact. Add one first.")
    if any(is_written_to(deed, last, today) for last in known.written):
        return None
    if deed == Deed.INVITE:
        return say("It is invited already. Remind it instead.")
    if known.is_invited and any(known.written):
        return say("It was written to today. Remind it tomorrow at the earliest.")
    return say("Nobody there was invited so far. Invite it first.")


_ANSWERED = {
    Standing.COMES: say("Its team is registered."),
    Standing.ASKS: say("Its team asks to come. Answer it first."),
    Standing.DECLINED: say("It has said that it cannot come."),
}
