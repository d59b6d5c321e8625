"""The field for a school."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.foundation.boxes import Box
from scheduler.foundation.forms import Form
from scheduler.schools.choosing.queries import Among
from scheduler.schools.queries import Choice as SchoolChoice


class SchoolBox(Box):
    """A school, by its name in addresses."""

    names = "choosing.names"
    chosen: SchoolChoice | None
    among: Among

    def missing(self) -> str:
        return str(_("Write the name of a school."))

    def unknown(self, typed: str, close: str) -> str:
        if close:
            return str(_("We know no “%(typed)s”. Did you mean %(near)s?", typed=typed, near=close))
        return str(_("We know no “%(typed)s”. The directory of schools tells how each is called.", typed=typed))


class SchoolForm(Form):
    """Which school a page is about: a plain GET, so that the address can be shared."""

    school = SchoolBox(_l("School"))

    def __init__(self, among: Among, asked: str | None, *, empty: Any = None, label: Any = None) -> None:
        super().__init__(None, data={"school": asked or ""})
        self.school.offer(among, empty=empty)
        self.school.label.text = label or self.school.label.text

    @property
    def is_typed(self) -> bool:
        """Whether there are too many for a list."""
        return self.school.among.is_many

    @property
    def is_a_choice(self) -> bool:
        """Whether there is more than one school."""
        return len(self.school.among.listed) > 1
