"""A role as forms offer it: one choice says that somebody is a student, and in which grades."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from scheduler.core.people import GRADE_BANDS, ROLES, STUDENT
from scheduler.registration.wording import ROLE_LABELS

BETWEEN = "/"


def role_choices(*, students: bool) -> list[tuple[str, Any]]:
    """Roles to choose from; students are named by an adult only (registration rule 3)."""
    adults = [(role, ROLE_LABELS[role]) for role in ROLES if role != STUDENT]
    grades = [(as_choice(STUDENT, band), _("student, %(band)s", band=band)) for band in GRADE_BANDS]
    return [("", _("no role")), *adults, *([(STUDENT, ROLE_LABELS[STUDENT]), *grades] if students else [])]


def as_choice(role: str, grade_band: str) -> str:
    """What the list sends.

    >>> as_choice("student", "9-10"), as_choice("teacher", "")
    ('student/9-10', 'teacher')
    """
    return f"{role}{BETWEEN}{grade_band}" if grade_band else role


def from_choice(value: str | None) -> tuple[str, str]:
    """Role and grades of what the list sent.

    >>> from_choice("student/9-10"), from_choice("teacher"), from_choice(None)
    (('student', '9-10'), ('teacher', ''), ('', ''))
    """
    role, _, grade_band = (value or "").partition(BETWEEN)
    return role, grade_band
