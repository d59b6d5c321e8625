"""What people accept or permit, word by word: a changed text gets a new version, and the old one stays readable (registration rule 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduler.core.refusal import Sentence, say


class TextKind(StrEnum):
    """What a text is about."""

    PHOTO_RULE = "photo-rule"
    """What every visitor promises"""
    PHOTO = "photo"
    """Whether somebody may be in pictures"""
    GUARDIAN = "guardian"
    """Whether a student may come"""
    CONTACT = "contact"
    """Whether those whom somebody met may have their address"""


@dataclass(frozen=True)
class ConsentText:
    """One version of a text: its heading and its paragraphs."""

    kind: TextKind
    version: str
    heading: Sentence
    paragraphs: tuple[Sentence, ...]


TEXTS: Sequence[ConsentText] = (
    ConsentText(
        TextKind.PHOTO_RULE, "2026-1", say("The photo rule"), (
            say("We take no photos of students, and no films or sound of them, not even from behind."),
            say("Rooms, walls and student work may be photographed once a teacher of the school has said yes and no name can be read."),
            say("What we have taken stays with the party that took it. Before it is shown to anybody else, the school is asked."),
        ),
    ),
    ConsentText(
        TextKind.PHOTO, "2026-1", say("Being in pictures"), (
            say("The school or the network may take pictures of adult visitors and show them on its pages and in its reports."),
            say("Whoever says no is in none. Whoever has not answered counts as a no. The answer can be changed at any time."),
        ),
    ),
    ConsentText(
        TextKind.GUARDIAN, "2026-1", say("Permission of a guardian"), (
            say("A parent or guardian has permitted in writing that the student comes along, and the school keeps that paper."),
            say("An adult of that school says so here, with name and date. Without it the student cannot come in."),
        ),
    ),
    ConsentText(
        TextKind.CONTACT, "2026-1", say("Staying in touch"), (
            say("After a meetup you see whom you met. Where you and somebody you met both said yes, each sees the other’s address."),
            say("Nobody else sees it. It is for adults only. The answer can be changed at any time."),
        ),
    ),
)  # fmt: skip
"""Every version that anybody was ever shown; a kind's newest comes last"""


def newest(kind: TextKind) -> ConsentText:
    """The text that is shown today.

    >>> newest(TextKind.PHOTO_RULE).version
    '2026-1'
    """
    return [text for text in TEXTS if text.kind == kind][-1]


def find_text(kind: str, version: str) -> ConsentText | None:
    """One version of a text by the words of an address.

    >>> str(find_text("photo-rule", "2026-1").heading), find_text("photo-rule", "1999-1")
    ('The photo rule', None)
    """
    return next((text for text in TEXTS if (text.kind.value, text.version) == (kind, version)), None)


PHOTO_RULE = newest(TextKind.PHOTO_RULE).version
"""Version of the photo rule that parties accept today"""
