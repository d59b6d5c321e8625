"""A field for one of few or of many: few stand in a plain list; of more one types a name, and is told which come near."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from scheduler.core.near_names import near
from scheduler.core.text import tidy, without_unshowable
from scheduler.foundation.forms import Choice, Options

MOST_LISTED = 100
"""Of a kind, that a plain list may hold; of more a name is typed"""
MOST_NEAR = 8
LONGEST = 200


class Named(Protocol):
    """One that can be chosen: its name in addresses, and for people."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> str: ...


class Among(Protocol):
    """All that can be chosen where a list can hold them; of more some, and ways to find the others."""

    @property
    def listed(self) -> Sequence[Named]: ...

    @property
    def is_many(self) -> bool: ...

    def find(self, typed: str) -> Named | None:
        """The one that is meant."""

    def near(self, typed: str) -> Sequence[Named]:
        """Those that come near what was typed."""


class Typed(TextInput):
    """A box for a name, with a list of those that come near; static/js/site.js fills it while somebody types."""

    def __call__(self, field: Any, **more: Any) -> Markup:
        offered = f"{field.id}-near"
        names = "".join(f'<option value="{escape(name)}"></option>' for name in field.near)
        asked = f'data-near="{url_for(field.names)}"' + (" data-post" if field.by_post else "")
        box = super().__call__(field, list=offered, autocomplete="off", maxlength=LONGEST, placeholder=_("part of a name"), **more)
        return Markup(f'{box}<datalist id="{offered}" {asked}>{names}</datalist>')


class Box(Choice, ABC):
    """One of few or of many. Its data is the name in addresses either way, behind `before`; or the value of one of `more` things that
    are offered."""

    widget: Any = Options()
    names: str
    """The endpoint that tells the names near what is typed so far"""
    by_post = False
    """Whether it is asked by POST: names of people stand in no address"""
    chosen: Any
    among: Any
    is_right = False
    """Whether what was typed names something"""
    shown = ""
    """The name in the box, or what was typed where nothing is called so"""
    near: Sequence[str] = ()

    def offer(
        self, among: Among, *, empty: Any = None, more: Sequence[tuple[str, Any]] = (), before: str = "", says: str = "%(name)s"
    ) -> None:
        """Say what can be chosen, once the form is read; `empty` stands for none, where that is a choice."""
        self.among, self.empty, self.more = among, empty, [(value, str(label)) for value, label in more]
        typed = tidy(str(self.data or "")[:LONGEST])
        named = next((one for one in self.more if typed in one), None)
        is_meant = not named and (among.is_many or typed.startswith(before))
        self.chosen = among.find(typed.removeprefix(before)) if is_meant else None
        if among.is_many:
            self._type(typed, named, before)
        else:
            listed = [(before + one.slug, says % {"name": one.name}) for one in among.listed]
            self.choices = [*([("", empty)] if empty is not None else []), *self.more, *listed]

    def _type(self, typed: str, named: tuple[str, str] | None, before: str) -> None:
        self.widget, self.choices, self.near = Typed(), [], [label for _value, label in self.more]
        self.data, self.shown = typed, without_unshowable(typed)
        if named:
            self.data, self.shown = named
        elif self.chosen is not None:
            self.data, self.shown = before + self.chosen.slug, self.chosen.name
        self.is_right = bool(named or self.chosen or (not typed and self.empty is not None))

    def _value(self) -> str:
        return self.shown

    def pre_validate(self, form: Any) -> None:
        if not self.among.is_many:
            super().pre_validate(form)
        elif not self.is_right:
            raise StopValidation(self._not_found() if self.data else self.missing())

    def _not_found(self) -> str:
        labels = [label for _value, label in self.more]
        close = [labels[n] for n in near(self.shown, [(label,) for label in labels], most=MOST_NEAR)]
        close += [one.name for one in self.among.near(self.shown)]
        self.near = close or labels
        return self.unknown(self.shown, "; ".join(close))

    @abstractmethod
    def missing(self) -> str:
        """Said where nothing was typed and something is needed."""

    @abstractmethod
    def unknown(self, typed: str, close: str) -> str:
        """Said where nothing is called so; `close` are those that come near."""
