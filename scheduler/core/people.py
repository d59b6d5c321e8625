"""People: their roles, what they need at a place, who is who, and how little we keep of students."""

from __future__ import annotations

import re

from scheduler.core.text import same_name

STUDENT = "student"
ROLES = ("leader", "teacher", "counselor", STUDENT, "district", "partner")
"""What an attendee is, apart from access rights."""
GRADE_BANDS = ("K-5", "6-8", "9-10", "11-12")
"""As near to a student's grade as is kept"""
ACCESS_NEEDS = ("step_free", "seating", "large_print", "captioning", "sign_language", "quiet_space", "dietary")
"""What somebody may need at a place; more can be written in words."""


FORMER, FORMER_STUDENT = "Former visitor", "Former student"
"""What stands in place of a name that was erased; of visitors with a mark that is the same wherever they were."""


def student_name(name: str) -> str:
    """First name and last initial: all that is kept of a student's name.

    >>> student_name("Maria del Carmen Lopez"), student_name("Sam")
    ('Maria L.', 'Sam')
    """
    first, *rest = name.split()
    return f"{first} {rest[-1][0]}." if rest else first


def grade_band(typed: str) -> str:
    """The band in which a typed grade lies, or nothing.

    >>> grade_band("Grade 10"), grade_band("11th"), grade_band("9-10"), grade_band("K"), grade_band("Room 204")
    ('9-10', '11-12', '9-10', 'K-5', '')
    """
    words = re.findall(r"\d+|\bk\b|kindergarten", typed.lower())
    grade = 0 if words and not words[0].isdigit() else int(words[0]) if words and len(words[0]) < 3 else 99
    return next((band for last, band in zip((5, 8, 10, 12), GRADE_BANDS, strict=True) if grade <= last), "")


def address_key(email: str) -> str:
    """The form in which two spellings of one address are equal: trimmed and lower-cased; dots and plus tags are kept.

    >>> address_key(" Ana.P+nyc@School.ORG ")
    'ana.p+nyc@school.org'
    """
    return email.strip().lower()


def same_human(name: str, email: str, new_name: str, new_email: str) -> bool:
    """Whether a changed name means the same person, spelled better, or somebody who comes instead: the same person shares the
    address, or a word of the name.

    >>> same_human("Ana Perez", "", "Ana Pérez-Ruiz", ""), same_human("A. Perez", "ana@x.org", "Ana Ruiz", "ana@x.org")
    (True, True)
    >>> same_human("Ana Perez", "ana@x.org", "Luis Gómez", "")
    False
    """
    if email and address_key(email) == address_key(new_email):
        return True
    return bool(set(same_name(name).split()) & set(same_name(new_name).split()))
