"""People: their roles at a meetup, and how little we keep of students."""

from __future__ import annotations

STUDENT = "student"
ROLES = ("leader", "teacher", "counselor", STUDENT, "district", "partner")
"""What an attendee is, apart from access rights."""


def student_name(name: str) -> str:
    """First name and last initial: all that is kept of a student's name.

    >>> student_name("Maria del Carmen Lopez"), student_name("Sam")
    ('Maria L.', 'Sam')
    """
    first, *rest = name.split()
    return f"{first} {rest[-1][0]}." if rest else first


def address_key(email: str) -> str:
    """The form in which two spellings of one address are equal: trimmed and lower-cased; dots and plus tags are kept.

    >>> address_key(" Ana.P+nyc@School.ORG ")
    'ana.p+nyc@school.org'
    """
    return email.strip().lower()
