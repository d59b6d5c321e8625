"""What somebody types to hear of new dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from scheduler.foundation.forms import Choice, Email, Form
from scheduler.foundation.templating import large
from scheduler.schools.models import FocusArea
from scheduler.schools.queries import Choice as SchoolChoice


class WatchForm(Form):
    """One address, and what it wants to hear of: a school or a focus area."""

    about = Choice(_l("New dates"))
    email = Email(_l("Your e-mail"), render_kw={"autocomplete": "email"})
    website = StringField(_l("Leave this empty"))

    def __init__(self, schools: Sequence[SchoolChoice], areas: Sequence[FocusArea], **kwargs: Any) -> None:
        self.ids: dict[str, dict[str, int]] = {f"focus:{area.slug}": {"focus_area_id": area.id} for area in areas}
        self.ids |= {f"school:{school.slug}": {"school_id": school.id} for school in schools}
        super().__init__(**kwargs)
        at = _("at %(school)s")  # looked up once, and not for each of a thousand schools
        self.about.choices = [
            *((f"focus:{area.slug}", _("about: %(area)s", area=large(area.name))) for area in areas),
            *((f"school:{school.slug}", at % {"school": school.name}) for school in schools),
        ]

    def validate_website(self, field: StringField) -> None:
        """A field that people do not see: whoever fills it is a program."""
        if field.data:
            self.refuse("website", _("Leave this field empty."))

    @property
    def watched(self) -> dict[str, int]:
        """What was chosen, as the use case wants it."""
        return self.ids[self.about.data]
