"""What hosts type about a shared resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField
from wtforms.validators import StopValidation

from scheduler.core import files
from scheduler.core.refusal import Refusal
from scheduler.foundation.forms import Choice, Choices, Form, Radio, Text
from scheduler.foundation.templating import large, translated
from scheduler.schools.forms import Version
from scheduler.schools.models import FocusArea
from scheduler.schools.resources import wording
from scheduler.schools.resources.models import Audience, Resource, ResourceKind
from scheduler.schools.resources.service import NewFile, ResourceDetails

ACCEPTED = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.txt"


class Link(Text):
    """An https address of another site."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if self.data and not _is_link(self.data):
            raise StopValidation(
                _("This is no address that can be shared. It begins with https:// and looks like https://school.org/page.")
            )


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    named = "." in (parts.hostname or "") and "@" not in parts.netloc
    return parts.scheme == "https" and named and port != 0 and not any(letter.isspace() or letter in '<>"\\^`{|}' for letter in text)


class ResourceForm(Form):
    """One resource: a link or a file, what it is, and who may see it."""

    title = Text(_l("Title"), most=120)
    summary = Text(_l("Summary"), most=300, required=False, description=_l("one line"))
    url = Link(_l("Link"), most=500, required=False, render_kw={"inputmode": "url", "placeholder": "https://", "spellcheck": "false"})
    file = FileField(_l("File"), render_kw={"accept": ACCEPTED})
    kind = Choice(_l("Kind"))
    focus_areas = Choices(_l("Focus areas"))
    audience = Radio(_l("Who may see it?"), default=Audience.EVERYBODY.value)
    version = Version()
    sent: NewFile | None = None
    """The file, once the form is checked"""

    def __init__(self, areas: Sequence[FocusArea], resource: Resource | None = None, **kwargs: Any) -> None:
        super().__init__(data=_values_of(resource) if resource else None, **kwargs)
        self.has_file = resource is not None and resource.file is not None
        self.kind.choices = [(kind.value, str(label)) for kind, label in wording.KINDS.items()]
        self.audience.choices = [(audience.value, str(label)) for audience, label in wording.AUDIENCES.items()]
        self.focus_areas.choices = [(area.slug, large(area.name)) for area in areas]
        self.areas = {area.slug: area.id for area in areas}

    def check(self) -> bool:
        """Put what is wrong at its field, the content of the file included; True when nothing is."""
        fine = self.validate()
        uploaded = self.file.data if getattr(self.file.data, "filename", "") else None
        if uploaded is not None:
            self._read(uploaded.filename, uploaded.stream.read(files.MOST_BYTES * 3))
        if uploaded is not None and self.url.data:
            self.refuse("file", _("Share a link or a file; for both, share two resources."))
        if uploaded is None and not self.url.data and not self.url.errors and not self.has_file:
            self.refuse("url", _("Give a link here, or choose a file below."))
        return bool(fine) and not self.errors

    def _read(self, name: str, data: bytes) -> None:
        try:
            self.sent = NewFile(name, files.type_of(name, data), data)
        except Refusal as refusal:
            self.refuse("file", translated(refusal.sentence))

    def details(self) -> ResourceDetails:
        """What was typed, as the use case wants it."""
        return ResourceDetails(
            kind=ResourceKind(self.kind.data), audience=Audience(self.audience.data), title=self.title.data or "",
            summary=self.summary.data or "", url=self.url.data or "", file=self.sent,
            focus_area_ids=[self.areas[slug] for slug in self.focus_areas.data or ()],
        )  # fmt: skip


def _values_of(resource: Resource) -> dict[str, Any]:
    return {
        "title": resource.title, "summary": resource.summary, "url": resource.url, "kind": resource.kind.value,
        "audience": resource.audience.value, "focus_areas": [area.slug for area in resource.focus_areas], "version": str(resource.version),
    }  # fmt: skip
