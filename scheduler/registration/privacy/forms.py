"""What somebody types to see, take along or erase what we hold."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from scheduler.foundation.forms import Email, Form


class AddressForm(Form):
    """Under which address to look."""

    email = Email(_l("Your e-mail"), render_kw={"autocomplete": "email"})
    website = StringField(_l("Leave this empty"))

    def validate_website(self, field: StringField) -> None:
        """A field that people do not see: whoever fills it is a program."""
        if field.data:
            self.refuse("website", _("Leave this field empty."))
