"""What organizers and contacts type about invitations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Email, Form, LongText, Text


class LineForm(Form):
    """What the organizer adds to the mail."""

    line = LongText(_l("A line of your own"), most=600, description=_l("optional; it stands at the beginning of the mail"))


class ContactForm(Form):
    """Whom to write to at a school."""

    name = Text(_l("Name"), render_kw={"autocomplete": "off"})
    email = Email(_l("E-mail"), render_kw={"autocomplete": "off"})


class CannotComeForm(Form):
    """That the school cannot come, and why."""

    reason = Text(_l("Why not?"), most=300, required=False, description=_l("optional; the organizers read it"))
