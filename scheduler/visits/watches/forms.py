"""What somebody types to hear of new dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from scheduler.foundation.forms import Email, Form
from scheduler.foundation.templating import large
from scheduler.schools.choosing.forms import SchoolBox
from scheduler.schools.choosing.queries import Among
from scheduler.schools.models import FocusArea


class WatchForm(Form):
    """One address, and what it wants to hear of: a school or a focus area."""

    about = SchoolBox(_l("New dates"))
    email = Email(_l("Your e-mail"), render_kw={"autocomplete": "email"})
    website = StringField(_l("Leave this empty"))

    def __init__(self, schools: Among, areas: Sequence[FocusArea], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids = {f"focus:{area.slug}": area.id for area in areas}
        listed = [(f"focus:{area.slug}", _("about: %(area)s", area=large(area.name))) for area in areas]
        self.about.offer(schools, more=listed, before="school:", says=_("at %(name)s"))

    def validate_website(self, field: StringField) -> None:
        """A field that people do not see: whoever fills it is a program."""
        if field.data:
            self.refuse("website", _("Leave this field empty."))

    @property
    def watched(self) -> dict[str, int]:
        """What was chosen, as the use case wants it."""
        chosen = self.about.chosen
        return {"school_id": chosen.id} if chosen else {"focus_area_id": self.ids[self.about.data]}
