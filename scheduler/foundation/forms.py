"""Fields that say in words what is wrong, keep what was typed, and clean text at the door."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import BooleanField, Field, FileField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget, NumberInput, Select, TextArea, TextInput

from scheduler.core.text import is_blank, tidy, unshowable, without_unshowable
from scheduler.foundation.tokens import new_token

__all__ = ["Check", "Choice", "Choices", "Clock", "Day", "Email", "Form", "HiddenKey", "LongText", "Radio", "Text", "Upload", "Whole"]


class Form(FlaskForm):  # type: ignore[misc]
    """Every form: errors as sentences. Its token stands beside it in the page (macros/forms.html), and is compared before any view."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False  # else each form signs one more, for nobody

    def refuse(self, name: str, sentence: str) -> None:
        """Put a sentence at a field that is right by itself but not with the others."""
        field = self._fields[name]
        field.errors = [*field.errors, sentence]

    def meanwhile(self, there: Form) -> list[tuple[str, str]]:
        """What somebody else saved since this form was opened, label and text where other words stand here; it can be sent again then."""
        if str(self.version.data) == str(there.version.data):
            return []
        self.version.data = there.version.data
        pairs = [(field, self._fields[field.name]) for field in there if not isinstance(field, HiddenField | FileField)]
        return [(str(field.label.text), _in_words(field) or _("nothing")) for field, typed in pairs if _in_words(field) != _in_words(typed)]


def _in_words(field: Field) -> str:
    """What stands in a field, as people read it."""
    if isinstance(field, BooleanField):
        return str(_("Yes") if field.data else _("No"))
    if isinstance(field, SelectField | SelectMultipleField):
        chosen = field.data if isinstance(field.data, list) else [field.data]
        return ", ".join(str(label) for value, label, *_rest in field.iter_choices() if value in chosen)
    if isinstance(field, _Moment):
        return field.show()
    return "" if field.data is None else str(field.data)


class Text(StringField):
    """One line of text of up to `most` letters."""

    widget: Any = TextInput()
    lines = False

    def __init__(self, label: Any = None, *, most: int = 200, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most, self.required = most, required
        self.flags.maxlength = most
        self.flags.required = required

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = tidy(str(valuelist[0])) if valuelist else ""

    def _value(self) -> str:
        return without_unshowable(self.data or "", lines=self.lines)

    def pre_validate(self, form: Any) -> None:
        text = self.data or ""
        if is_blank(text):
            if self.required:
                raise StopValidation(self.missing())
            self.data = ""
            return
        if found := unshowable(text, lines=self.lines):
            raise StopValidation(_("%(what)s cannot be shown here. Type the text again without it.", what=", ".join(found)))
        if len(text) > self.most:
            raise StopValidation(
                _("This has %(length)s letters; up to %(most)s fit.", length=f"{len(text):,}", most=f"{self.most:,}")
            )  # fmt: skip

    def missing(self) -> str:
        return str(_("This is needed."))


class LongText(Text):
    """Several lines of text."""

    widget = TextArea()
    lines = True

    def __init__(self, label: Any = None, *, most: int = 4000, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, most=most, required=required, **kwargs)


class Email(Text):
    """An e-mail address, kept as typed but for white space; no look-up is made."""

    widget = EmailInput()

    def __init__(self, label: Any = None, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, most=254, required=required, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        try:
            validate_email(self.data, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise StopValidation(_("This is not an e-mail address. It looks like ana@school.org.")) from None


class Whole(Field):
    """A whole number from `least` to `most`, in the digits 0 to 9 (int() would take 1_0 and ١٢ as well)."""

    widget = NumberInput(step=1)
    data: int | None

    def __init__(self, label: Any = None, *, least: int = 0, most: int = 10_000, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least, self.most, self.required, self.typed = least, most, required, ""
        self.flags.min, self.flags.max = least, most
        self.flags.required = required

    def _value(self) -> str:
        return without_unshowable(self.typed) if self.raw_data else ("" if self.data is None else str(self.data))

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = tidy(str(valuelist[0])) if valuelist else ""
        right = self.typed.isascii() and self.typed.isdigit() and len(self.typed) <= 9
        self.data = int(self.typed) if right else None

    def pre_validate(self, form: Any) -> None:
        if self.raw_data and not self.typed and not self.required:
            return
        if self.data is None or not self.least <= self.data <= self.most:
            raise StopValidation(_("Write a whole number from %(least)s to %(most)s.", least=self.least, most=f"{self.most:,}"))


class _Moment(Field, ABC):
    """A day or a time of day: ISO text, as browsers send it, and what was typed when it is neither."""

    widget = TextInput()

    def __init__(self, label: Any = None, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.required, self.typed = required, ""
        self.flags.required = required

    def _value(self) -> str:
        return without_unshowable(self.typed) if self.raw_data else self.show()

    def show(self) -> str:
        return "" if self.data is None else str(self.data.isoformat())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = tidy(str(valuelist[0])) if valuelist else ""
        self.data = self.read(self.typed) if self.typed else None

    @abstractmethod
    def read(self, typed: str) -> Any:
        """What was typed, or None when it is no day or time."""

    def pre_validate(self, form: Any) -> None:
        if self.data is None and (self.typed or self.required):
            raise StopValidation(self.wrong())

    @abstractmethod
    def wrong(self) -> str:
        """What is wrong with it, as a sentence."""


class Day(_Moment):
    """A day from 2000 to 2100."""

    widget = TextInput("date")

    def read(self, typed: str) -> date | None:
        try:
            day = datetime.strptime(typed, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return None
        return day if 2000 <= day.year <= 2100 else None

    def wrong(self) -> str:
        if not self.typed:
            return str(_("Choose a day."))
        return str(_("There is no day %(typed)s. Write it like 2026-12-02.", typed=without_unshowable(self.typed)[:30]))


class Clock(_Moment):
    """A time of day, to the minute."""

    widget = TextInput("time")

    def show(self) -> str:
        return "" if self.data is None else f"{self.data:%H:%M}"

    def read(self, typed: str) -> time | None:
        try:
            return datetime.strptime(typed[:5], "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            return None

    def wrong(self) -> str:
        if not self.typed:
            return str(_("Choose a time."))
        return str(_("There is no time %(typed)s. Write it like 09:30.", typed=without_unshowable(self.typed)[:30]))


class Options(Select):
    """What wtforms writes of a list, in a quarter of its time: a list may hold a thousand schools."""

    @classmethod
    def render_option(cls, choice: Any, **more: Any) -> Markup:  # type: ignore[override]  # the stubs are of an older wtforms
        if choice.render_kw or more:
            return Markup(super().render_option(choice, **more))
        value, selected = escape(str(choice.value)), "selected " if choice.selected else ""
        return Markup(f'<option {selected}value="{value}">{escape(choice.label or choice.value)}</option>')


class Choice(SelectField):
    """One of a list."""

    widget = Options()

    def __init__(
        self, label: Any = None, *, choices: Sequence[tuple[Any, Any]] | Callable[[], Any] = (), required: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(label, choices=choices, **kwargs)
        self.required = required

    def pre_validate(self, form: Any) -> None:
        if not self.required and not self.raw_data:
            return
        if not any(choice[0] == self.data for choice in self.iter_choices()):
            raise StopValidation(_("Choose one of the list."))


class Radio(RadioField):
    """One of a few, all in sight."""

    def pre_validate(self, form: Any) -> None:
        if not any(choice[0] == self.data for choice in self.iter_choices()):
            raise StopValidation(_("Choose one of these."))


class Choices(SelectMultipleField):
    """Any of a list, as ticks."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        allowed = {choice[0] for choice in self.iter_choices()}
        if any(value not in allowed for value in self.data or ()):
            raise StopValidation(_("Choose from the list."))


class Check(BooleanField):
    """A tick; `required` with the sentence that says why."""

    def __init__(self, label: Any = None, *, required: str | Any = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.sentence = required
        self.flags.required = required != ""  # the sentence is not said before somebody needs it

    def pre_validate(self, form: Any) -> None:
        if self.sentence and not self.data:
            raise StopValidation(str(self.sentence))


class HiddenKey(HiddenField):
    """The key that makes a second click, or a form sent again, give the same answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=new_token, **kwargs)

    def pre_validate(self, form: Any) -> None:
        if not (self.data and 16 <= len(self.data) <= 64 and self.data.isascii() and self.data.isprintable()):
            raise StopValidation(_("This form is incomplete. Load the page again."))


class Upload(FileField):
    """A file to read."""

    def pre_validate(self, form: Any) -> None:
        if not self.data or not getattr(self.data, "filename", ""):
            raise StopValidation(_("Choose a file."))
