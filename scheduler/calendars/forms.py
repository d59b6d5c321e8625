"""Which visits a month shows, by where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Form
from scheduler.schools.choosing.forms import SchoolBox
from scheduler.schools.choosing.queries import Among
from scheduler.schools.slugs import borough_slug


class WhereForm(Form):
    """A borough or a school: a plain GET."""

    at = SchoolBox(_l("Where"))

    def __init__(self, places: Among, boroughs: Sequence[str], asked: str) -> None:
        super().__init__(None, data={"at": asked})
        self.boroughs: list[tuple[str, Any]] = [
            (f"borough:{borough_slug(borough)}", _("All of %(borough)s", borough=borough)) for borough in boroughs
        ]
        self.names = {value: borough for (value, _label), borough in zip(self.boroughs, boroughs, strict=True)}
        self.at.offer(places, empty=_("All schools"), more=self.boroughs, before="school:")

    @property
    def borough(self) -> str:
        """The borough that is meant; empty where none is."""
        return self.names.get(self.at.data, "")
