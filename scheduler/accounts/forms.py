"""What people type to sign in, to invite and to accept."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from scheduler.accounts import roles
from scheduler.core.access import AccessRole
from scheduler.foundation.forms import Email, Form, Radio, Text
from scheduler.schools.choosing.forms import SchoolBox
from scheduler.schools.choosing.queries import Among


class SignInForm(Form):
    """Where the link goes."""

    email = Email(_l("E-mail"), render_kw={"autocomplete": "email"})


class CodeForm(Form):
    """The six digits of the mail."""

    code = Text(
        _l("Code"),
        most=20,
        description=_l("six digits, from the mail"),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )

    def validate_code(self, field: Text) -> None:
        """Spaces and dashes do not matter."""
        digits = (field.data or "").replace(" ", "").replace("-", "")
        if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
            raise StopValidation(_("The code has six digits."))
        field.data = digits


class InviteForm(Form):
    """Whom to invite, to what."""

    email = Email(_l("E-mail"), render_kw={"autocomplete": "off"})
    role = Radio(_l("Role"), default=AccessRole.HOST.value)
    school = SchoolBox(_l("School"), description=_l("for hosts"))

    def __init__(self, schools: Among, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.role.choices = [(role.value, f"{roles.NAMES[role]}: {roles.RIGHTS[role]}") for role in AccessRole]
        self.school.offer(schools, empty=_("No school"))

    @property
    def school_id(self) -> int | None:
        return self.school.chosen.id if self.school.chosen else None


class AcceptForm(Form):
    """How the invited person is called."""

    name = Text(_l("Your name"), render_kw={"autocomplete": "name"})
