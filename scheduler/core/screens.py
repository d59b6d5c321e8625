"""What big screens and phones say of a meetup: what to do in each leg of the evening, and how a person is named (rounds rules 11-13).

All legs are told at once, so a screen whose network is away goes on by itself and says the same as every other one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.core.door import OPENS
from scheduler.core.refusal import Sentence, count, say
from scheduler.core.rounds_clock import Phase, Run, moment, spans

AFTERWARDS = timedelta(hours=1)
"""So long after the end a card's code still opens its page"""


class Admission(StrEnum):
    """Whether the code of a card opens its page."""

    EARLY = "early"
    OPEN = "open"
    OVER = "over"


def admission(starts_at: datetime, ends_at: datetime, now: datetime) -> Admission:
    """Whether it is the time in which codes open something: from check-in until an hour after the end.

    >>> admission(datetime(2026, 12, 3, 16), datetime(2026, 12, 3, 18), datetime(2026, 12, 3, 15))
    <Admission.OPEN: 'open'>
    >>> admission(datetime(2026, 12, 3, 16), datetime(2026, 12, 3, 18), datetime(2026, 12, 3, 19))
    <Admission.OVER: 'over'>
    """
    if now < starts_at - OPENS:
        return Admission.EARLY
    return Admission.OPEN if now < ends_at + AFTERWARDS else Admission.OVER


@dataclass(frozen=True)
class Leg:
    """One stretch of the evening, and what is said in it. From `began` to `until` its clock counts: the last minute of a talk is a leg
    of its own, with the clock of the talk. `until` None: it ends when somebody says so; `left`: the clock stands."""

    phase: Phase
    round: int
    """The round people talk in, or are on their way to; 0 before there is one"""
    shows: int
    """The round whose tables a big screen shows"""
    since: datetime | None
    began: datetime | None
    until: datetime | None
    left: timedelta | None
    head: Sentence
    action: Sentence
    following: Sentence | None

    @property
    def is_next_known(self) -> bool:
        """Whether the tables of the round after this one are shown already."""
        return self.shows > self.round


def legs(run: Run) -> Sequence[Leg]:
    """The whole evening as far as is known now; one leg alone before the start, and while the clock stands.

    >>> from scheduler.core.rounds_clock import MINUTE, new_run, start
    >>> run = start(new_run([6 * MINUTE] * 2, move=timedelta(seconds=90)), now=datetime(2026, 12, 3, 16))
    >>> [(f"{leg.since:%H:%M:%S}", leg.phase.value, leg.round, leg.shows) for leg in legs(run)][:4]
    [('16:00:00', 'move', 1, 1), ('16:01:30', 'talk', 1, 1), ('16:06:30', 'wrap', 1, 2), ('16:07:30', 'move', 2, 2)]
    >>> str(legs(run)[3].action)
    'Go to your next table.'
    """
    if run.started_at is None:
        return [_leg(run, Phase.BEFORE, 0)]
    if run.paused_at is not None:
        at = moment(run, run.paused_at)
        number = at.round + 1 if at.under_way == Phase.MOVE else at.round
        return [_leg(run, at.under_way, number, left=at.left)]
    return [*_running(run), _leg(run, Phase.FINISHED, 0, since=[span.ends_at for span in spans(run)][-1])]


def leg_at(told: Sequence[Leg], now: datetime) -> Leg:
    """The leg in which an instant lies."""
    begun = [leg for leg in told if leg.since is None or leg.since <= now]
    return begun[-1] if begun else told[0]


def time_left(leg: Leg, now: datetime) -> timedelta | None:
    """What remains of a leg; None where no clock runs or stands."""
    if leg.left is not None:
        return leg.left
    return max(timedelta(), leg.until - now) if leg.until else None


def countdown(left: timedelta) -> str:
    """What a clock shows: seconds rounded up, so that it reaches zero when the time is over.

    >>> countdown(timedelta(minutes=3, seconds=41.2)), countdown(timedelta(0))
    ('3:42', '0:00')
    """
    minutes, seconds = divmod(-(-left // timedelta(seconds=1)), 60)
    return f"{minutes}:{seconds:02}"


def _running(run: Run) -> Iterator[Leg]:
    for span in spans(run):
        if span.began_at < span.wrap_at:
            yield _leg(run, Phase.TALK, span.number, since=span.began_at, began=span.began_at, until=span.talk_ends_at)
        if span.wrap_at < span.talk_ends_at:
            yield _leg(run, Phase.WRAP, span.number, since=span.wrap_at, began=span.began_at, until=span.talk_ends_at)
        if span.talk_ends_at < span.ends_at:
            yield _leg(run, Phase.MOVE, span.number + 1, since=span.talk_ends_at, began=span.talk_ends_at, until=span.ends_at)


def _leg(
    run: Run, phase: Phase, number: int, *, since: datetime | None = None, began: datetime | None = None, until: datetime | None = None,
    left: timedelta | None = None,
) -> Leg:  # fmt: skip
    is_last = number == run.last
    shows = number + 1 if phase == Phase.WRAP and not is_last else number
    stands = left is not None
    action, following = _stands(phase) if stands else _words(phase, number, is_last=is_last)
    rounds = count(run.last, "%(n)d round", "%(n)d rounds")
    head = rounds if phase in (Phase.BEFORE, Phase.FINISHED) else say("Round %(round)d of %(last)d", round=number, last=run.last)
    return Leg(phase, number, shows, since, began, until, left, head, action, following)


def _stands(phase: Phase) -> tuple[Sentence, Sentence | None]:
    action = say("The clock stands. Find your table.") if phase == Phase.MOVE else say("The clock stands. Stay at your table.")
    return action, say("It goes on when everybody is ready.")


def _words(phase: Phase, number: int, *, is_last: bool) -> tuple[Sentence, Sentence | None]:
    """What to do in a phase, and what comes after it."""
    match phase:
        case Phase.BEFORE:
            return say("We begin soon."), say("Your first table will be shown here, and on your phone.")
        case Phase.MOVE:
            return (say("Go to your first table.") if number == 1 else say("Go to your next table.")), say("The talk begins at zero.")
        case Phase.TALK:
            return say("Talk."), (say("This is the last round.") if is_last else say("Then everybody moves to the next table."))
        case Phase.WRAP:
            return say("One minute left."), (say("This is the last round.") if is_last else say("Your next table is known now."))
        case _:
            return say("That was the last round."), say("Thank you for your conversations.")


def name_shown(name: str, *, is_student: bool, first_names: bool, in_full: bool) -> str:
    """The name by which screens and phones call somebody; of a student none, unless the organizer shows first names (rule 13).

    >>> [name_shown("Sam S.", is_student=True, first_names=switch, in_full=True) for switch in (False, True)]
    ['', 'Sam']
    >>> name_shown("Ana Alvarez", is_student=False, first_names=False, in_full=False)
    'Ana'
    """
    if is_student and not first_names:
        return ""
    first = name.split()[0] if name.split() else ""
    return name if in_full and not is_student else first
