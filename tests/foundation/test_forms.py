"""Fields are written as wtforms writes them."""

from datetime import date

from markupsafe import Markup
from wtforms import Form, SelectField
from wtforms.widgets import Select

from scheduler.foundation.forms import Options

CHOICES = [
    ("", '<none> & "x"'),
    (3, "three"),
    (True, "yes"),
    (date(2026, 1, 2), None),
    ('a"b', Markup("<b>m</b>")),
    ("'", "ü", {"disabled": True}),
]


def written(widget: Select) -> str:
    class Asked(Form):
        one = SelectField(choices=lambda: CHOICES, widget=widget, coerce=str, default="3")

    return str(Asked().one(required=True))


def test_a_list_to_choose_from_is_written_as_wtforms_does() -> None:
    assert written(Options()) == written(Select())
    assert "<none>" not in written(Options())
