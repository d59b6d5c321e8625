"""How people are called where they are picked and where sentences speak of them, so that two of one name can be told apart."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.core.refusal import Refusal, Sentence, say
from scheduler.core.text import folded, same_name
from scheduler.registration.models import Attendee

ALIKE = 0.75


def called(attendees: Sequence[Attendee]) -> dict[str, str]:
    """Names by public id; with the school where a name is there twice."""
    times = Counter(same_name(attendee.name) for attendee in attendees)
    twice = {attendee.public_id for attendee in attendees if times[same_name(attendee.name)] > 1}
    labels = picked(attendees)
    return {attendee.public_id: labels[attendee.public_id] if attendee.public_id in twice else name_of(attendee) for attendee in attendees}


def name_of(attendee: Attendee) -> str:
    """A name; the school of whoever has none yet."""
    return attendee.name or attendee.registration.organization


def picked(attendees: Sequence[Attendee]) -> dict[str, str]:
    """Labels to pick people by: name and school, numbered where even that is there twice."""
    seen: Counter[str] = Counter()
    labels = {}
    for attendee in attendees:
        team = attendee.registration
        label = f"{name_of(attendee)}, {team.school.short_name if team.school else team.organization}"
        seen[folded(label)] += 1
        labels[attendee.public_id] = label if seen[folded(label)] == 1 else f"{label} ({seen[folded(label)]})"
    return labels


@dataclass(frozen=True)
class Directory:
    """Everybody on the list, found by what is typed: the label, or the name alone where it is there once."""

    attendees: Sequence[Attendee]

    def find(self, typed: str) -> Attendee:
        """The person meant; refuses with whom it may have been."""
        labels = picked(self.attendees)
        by_label = {folded(labels[attendee.public_id]): attendee for attendee in self.attendees}
        if found := by_label.get(folded(typed)):
            return found
        by_name: defaultdict[str, list[Attendee]] = defaultdict(list)
        for attendee in self.attendees:
            by_name[folded(attendee.name)].append(attendee)
        found_by_name = by_name[folded(typed)]
        if len(found_by_name) == 1:
            return found_by_name[0]
        raise Refusal(self._unknown(typed, [labels[attendee.public_id] for attendee in found_by_name] or self._near(typed, labels)))

    def _near(self, typed: str, labels: dict[str, str]) -> list[str]:
        names = {folded(attendee.name): labels[attendee.public_id] for attendee in self.attendees}
        inside = [label for name, label in names.items() if folded(typed) in name]
        return inside[:3] or [names[name] for name in difflib.get_close_matches(folded(typed), names, n=1, cutoff=ALIKE)]

    def _unknown(self, typed: str, near: Sequence[str]) -> Sentence:
        if near:
            return say("“%(typed)s” is not clear. Did you mean %(near)s?", typed=typed, near="; ".join(near))
        return say("Nobody on the list is called “%(typed)s”. Pick somebody of the list, or register them first.", typed=typed)
