"""What a host may ask of a tour: rooms with names of their own, turns within the visit, and enough room for those who come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.core.refusal import Refusal, Sentence, count, say
from scheduler.core.text import same_name
from scheduler.core.times import clock_text

DEFAULT_MOST = 2
MOST_ROOMS = 20
MOST_TURNS = 10
LARGEST_LIMIT = 500
USUAL_TURNS, USUAL_LENGTH, USUAL_WAY = 3, timedelta(minutes=20), timedelta(minutes=5)
"""What the form suggests: so many turns, so long, and so long on the way to the next room"""
USUAL_WELCOME = timedelta(minutes=30)


@dataclass(frozen=True)
class Room:
    """A classroom to see, and how many adults it takes at a time; students do not count."""

    key: str
    name: str
    most: int = DEFAULT_MOST


@dataclass(frozen=True, order=True)
class Turn:
    """A time during which nobody changes rooms, by the clock on the wall."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Guest:
    """Somebody who comes on the tour; `name` is used in sentences only."""

    id: str
    party: str
    is_student: bool = False
    name: str = ""


Routes = Mapping[str, tuple[str, ...]]
"""The key of somebody's room in each turn, by the guest's id"""


class NoRoom(Refusal):
    """More adults come than the rooms take."""


def wrong_rooms(names: Sequence[str]) -> Iterator[tuple[int, Sentence]]:
    """What is wrong with the names of rooms, by their places in the list.

    >>> [(place, str(sentence)) for place, sentence in wrong_rooms(["Room 204", "Gym", "room  204"])]
    [(2, '“room  204” stands above already. Give each room a name of its own.')]
    """
    seen: set[str] = set()
    for place, name in enumerate(names):
        if same_name(name) in seen:
            yield place, say("“%(name)s” stands above already. Give each room a name of its own.", name=name)
        seen.add(same_name(name))


def wrong_turns(turns: Sequence[Turn], visit: Turn) -> Iterator[tuple[int, Sentence]]:
    """What is wrong with turns, by their places in the list: each lies within the visit, and none begins while another goes on.

    >>> nine = datetime(2026, 12, 2, 9, 0)
    >>> def at(*minutes): return Turn(*(nine + timedelta(minutes=minute) for minute in minutes))
    >>> for place, sentence in wrong_turns([at(0, 20), at(15, 35), at(140, 160)], visit=at(0, 150)): print(place, sentence)
    1 This turn would begin at 9:15 am, while the one before goes on until 9:20 am. Let it begin then or later.
    2 This turn would end at 11:40 am, and the visit ends at 11:30 am. Let it end by then.
    """
    before: Turn | None = None
    for turn, place in sorted((turn, place) for place, turn in enumerate(turns)):
        if turn.ends <= turn.starts:
            yield place, say("This turn would end before it begins. Let it end after %(time)s.", time=clock_text(turn.starts))
        elif turn.starts < visit.starts:
            text = "This turn would begin at %(time)s, and the visit begins at %(visit)s. Let it begin then or later."
            yield place, say(text, time=clock_text(turn.starts), visit=clock_text(visit.starts))
        elif turn.ends > visit.ends:
            text = "This turn would end at %(time)s, and the visit ends at %(visit)s. Let it end by then."
            yield place, say(text, time=clock_text(turn.ends), visit=clock_text(visit.ends))
        else:
            if before and turn.starts < before.ends:
                text = "This turn would begin at %(time)s, while the one before goes on until %(end)s. Let it begin then or later."
                yield place, say(text, time=clock_text(turn.starts), end=clock_text(before.ends))
            before = turn


def of_turn(place: int, sentence: Sentence) -> Sentence:
    """What is wrong with a turn, said where the turn itself is not in sight.

    >>> str(of_turn(2, say("This turn would end too late.")))
    'Turn 3: This turn would end too late.'
    """
    return say("Turn %(turn)d: %(what)s", turn=place + 1, what=sentence)


def usual_turns(visit: Turn) -> list[Turn]:
    """The turns that the form suggests: three of 20 minutes where they fit, after half an hour of welcome where there is time.

    >>> nine = datetime(2026, 12, 2, 9, 0)
    >>> [f"{turn.starts:%H:%M}-{turn.ends:%H:%M}" for turn in usual_turns(Turn(nine, nine + timedelta(minutes=150)))]
    ['09:30-09:50', '09:55-10:15', '10:20-10:40']
    >>> [f"{turn.starts:%H:%M}-{turn.ends:%H:%M}" for turn in usual_turns(Turn(nine, nine + timedelta(minutes=50)))]
    ['09:00-09:20', '09:25-09:45']
    """
    length = visit.ends - visit.starts
    turns = min(USUAL_TURNS, (length + USUAL_WAY) // (USUAL_LENGTH + USUAL_WAY))
    if not turns:
        return [visit]
    spare = length - turns * USUAL_LENGTH - (turns - 1) * USUAL_WAY
    first = visit.starts + min(USUAL_WELCOME, spare // 2 // USUAL_WAY * USUAL_WAY)
    starts = (first + turn * (USUAL_LENGTH + USUAL_WAY) for turn in range(turns))
    return [Turn(start, start + USUAL_LENGTH) for start in starts]


def fit(rooms: Sequence[Room], turns: int, adults: int) -> bool:
    """Whether so many adults can each see another room in every turn.

    A room takes its limit in each turn, and each adult once: n adults fit when the sum of min(n, turns × limit) over the rooms is
    at least n × turns (Gale and Ryser, 1957, with equal rows; `spread` builds the routes).

    >>> rooms = [Room("a", "204", 2), Room("b", "206", 2), Room("c", "Gym", 30)]
    >>> fit(rooms, 3, 6), fit(rooms, 3, 7), fit(rooms, 2, 8)    # 204 and 206 take six each in three turns
    (True, False, True)
    """
    return turns <= len(rooms) and sum(min(adults, turns * room.most) for room in rooms) >= adults * turns


def most_who_fit(rooms: Sequence[Room], turns: int) -> int:
    """How many adults can each see another room in every turn.

    >>> most_who_fit([Room("a", "204", 2), Room("b", "206", 2), Room("c", "Gym", 30)], 2)
    8
    """
    return next(n for n in range(sum(room.most for room in rooms), -1, -1) if fit(rooms, turns, n) or not n) if turns else 0


def refuse_unfit(rooms: Sequence[Room], turns: int, adults: int) -> None:
    """Refuse rooms and turns that leave somebody without a room; the sentence says what would work.

    >>> rooms = [Room(key, key) for key in "abcd"]
    >>> refuse_unfit(rooms, 3, adults=12)
    Traceback (most recent call last):
    scheduler.core.tours.rules.NoRoom: 12 adults come, and the rooms take 8 at a time. It works with 3 adults in each room, or ...
    >>> refuse_unfit(rooms, 5, adults=2)
    Traceback (most recent call last):
    scheduler.core.tours.rules.NoRoom: There are 5 turns and 4 rooms, and nobody sees a room twice. Add rooms or take out turns.
    """
    if turns > len(rooms):
        text = "There are %(turns)s and %(rooms)s, and nobody sees a room twice. Add rooms or take out turns."
        raise NoRoom(say(text, turns=_turns(turns), rooms=count(len(rooms), "%(n)d room", "%(n)d rooms")))
    if not fit(rooms, turns, adults):
        first, *others = _works(rooms, turns, adults)
        works = say("It works with %(way)s", way=first)
        for way in others:
            works = say("%(ways)s, or with %(way)s", ways=works, way=way)
        raise NoRoom(say("%(come)s. %(works)s.", come=_come(rooms, turns, adults), works=works))


def _come(rooms: Sequence[Room], turns: int, adults: int) -> Sentence:
    come = count(adults, "%(n)d adult comes", "%(n)d adults come")
    seats = sum(room.most for room in rooms)
    if adults > seats:
        return say("%(come)s, and the rooms take %(seats)d at a time", come=come, seats=seats)
    fitting = most_who_fit(rooms, turns)
    return say("%(come)s, and only %(fit)d can see %(turns)d different rooms each", come=come, fit=fitting, turns=turns)


def _works(rooms: Sequence[Room], turns: int, adults: int) -> Iterator[Sentence]:
    """What would work: a higher limit, more rooms, fewer turns."""
    least = min(room.most for room in rooms)
    raised = (n for n in range(least, adults + 1) if fit([replace(room, most=max(room.most, n)) for room in rooms], turns, adults))
    yield count(next(raised), "%(n)d adult in each room", "%(n)d adults in each room")
    for more in range(1, MOST_ROOMS - len(rooms) + 1):
        if fit([*rooms, *[Room("", "")] * more], turns, adults):
            yield count(more, "%(n)d more room", "%(n)d more rooms")
            break
    if fewer := next((n for n in range(turns - 1, 0, -1) if fit(rooms, n, adults)), 0):
        yield _turns(fewer)


def _turns(number: int) -> Sentence:
    return count(number, "%(n)d turn", "%(n)d turns")
