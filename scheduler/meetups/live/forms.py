"""What organizers type at the desk."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.forms import Form, Whole


class MoveForm(Form):
    """At which table somebody sits in a round."""

    round = Whole(_l("Round"), least=1, most=40)
    table = Whole(_l("Table"), least=1, most=2000)
