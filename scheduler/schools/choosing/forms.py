"""The field for a school."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from scheduler.core.near_names import near
from scheduler.core.text import tidy, without_unshowable
from scheduler.foundation.forms import Choice, Form, Options
from scheduler.schools.choosing.queries import LONGEST, MOST_NEAR, Among
from scheduler.schools.queries import Choice as SchoolChoice


class Typed(TextInput):
    """A box for a name, with a list of those that come near; static/js/site.js fills it while somebody types."""

    def __call__(self, field: Any, **more: Any) -> Markup:
        offered = f"{field.id}-near"
        names = "".join(f'<option value="{escape(name)}"></option>' for name in field.near)
        box = super().__call__(field, list=offered, autocomplete="off", maxlength=LONGEST, placeholder=_("part of a name"), **more)
        return Markup(f'{box}<datalist id="{offered}" data-near="{url_for("choosing.names")}">{names}</datalist>')


class SchoolBox(Choice):
    """A school: a plain list where it can hold all that are offered, else a box that is typed into.

    Its data is the school's name in addresses either way, behind `before`; or the value of one of `more` things that are offered.
    """

    widget: Any = Options()
    chosen: SchoolChoice | None
    among: Among
    is_right = False
    """Whether what was typed names something"""
    shown = ""
    """The name in the box, or what was typed where nothing is called so"""
    near: Sequence[str] = ()

    def offer(
        self, among: Among, *, empty: Any = None, more: Sequence[tuple[str, Any]] = (), before: str = "", says: str = "%(school)s"
    ) -> None:
        """Say what can be chosen, once the form is read; `empty` stands for no school, where that is a choice."""
        self.among, self.empty, self.more = among, empty, [(value, str(label)) for value, label in more]
        typed = tidy(str(self.data or "")[:LONGEST])
        is_meant = among.is_many or typed.startswith(before)
        self.chosen = among.find(typed.removeprefix(before)) if is_meant else None
        if among.is_many:
            self._type(typed, before)
        else:
            listed = [(before + school.slug, says % {"school": school.name}) for school in among.listed]
            self.choices = [*([("", empty)] if empty is not None else []), *self.more, *listed]

    def _type(self, typed: str, before: str) -> None:
        self.widget, self.choices, self.near = Typed(), [], [label for _value, label in self.more]
        self.data, self.shown = typed, without_unshowable(typed)
        if named := next((one for one in self.more if typed in one), None):
            self.data, self.shown, self.chosen = *named, None
        elif self.chosen is not None:
            self.data, self.shown = before + self.chosen.slug, self.chosen.name
        self.is_right = bool(named or self.chosen or (not typed and self.empty is not None))

    def _value(self) -> str:
        return self.shown

    def pre_validate(self, form: Any) -> None:
        if not self.among.is_many:
            super().pre_validate(form)
        elif not self.is_right:
            raise StopValidation(self._not_found() if self.data else _("Write the name of a school."))

    def _not_found(self) -> str:
        labels = [label for _value, label in self.more]
        close = [labels[n] for n in near(self.shown, [(label,) for label in labels], most=MOST_NEAR)]
        close += [school.name for school in self.among.near(self.shown)]
        self.near = close or labels
        if close:
            return str(_("We know no “%(typed)s”. Did you mean %(near)s?", typed=self.shown, near="; ".join(close)))
        return str(_("We know no “%(typed)s”. The directory of schools tells how each is called.", typed=self.shown))


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
