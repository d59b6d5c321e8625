"""What administrators type about schools and the network."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, HiddenField
from wtforms import Form as Part
from wtforms.validators import StopValidation

from scheduler.core.people import address_key
from scheduler.core.times import is_zone
from scheduler.foundation.forms import Choice, Email, Form, LongText, Text, Upload
from scheduler.schools import service, tiers
from scheduler.schools.models import School, Tier
from scheduler.schools.rows import MOST_AREA_LETTERS, MOST_AREAS, split_areas
from scheduler.schools.service import MOST_CONTACTS, NetworkDetails, SchoolDetails

BLANK_CONTACTS = 2


class Version(HiddenField):
    """The version that was open when the form was made."""

    @property
    def number(self) -> int:
        """0, which no row has, for anything that is no number."""
        text = self.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


class Zone(Text):
    """The name of a time zone in the IANA database."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, most=60, render_kw={"list": "zones", "autocomplete": "off", "spellcheck": "false"}, **kwargs)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not is_zone(self.data or ""):
            raise StopValidation(_("This is no time zone. Write it like America/New_York."))


class Areas(Text):
    """Focus areas, with commas between them."""

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        areas = split_areas(self.data or "")
        if len(areas) > MOST_AREAS or any(len(area) > MOST_AREA_LETTERS for area in areas):
            raise StopValidation(_("Up to 20 focus areas of up to 80 letters fit."))


class ContactPart(Part):
    """One contact; a row left blank is none."""

    name = Text(_l("Name"), required=False)
    email = Email(_l("E-mail"), required=False)

    def validate_name(self, field: Text) -> None:
        if self.email.data and not field.data:
            raise StopValidation(_("Who is this?"))

    def validate_email(self, field: Email) -> None:
        if self.name.data and not field.data:
            raise StopValidation(_("An address is needed as well."))


class SchoolForm(Form):
    """One school."""

    name = Text(_l("Name"), most=200)
    short_name = Text(_l("Short name"), most=60, description=_l("as colleagues say it"))
    tier = Choice(_l("Tier"), default=Tier.ACTIVE_MEMBER.value)
    borough = Text(_l("Borough"), most=60, required=False, description=_l("or town"))
    about = LongText(_l("About"), most=4000, description=_l("what visitors will find, for everybody to read"))
    focus_areas = Areas(_l("Focus areas"), most=1700, required=False, description=_l("commas between them"))
    address = Text(_l("Address"), most=300, required=False, description=_l("for everybody to read"))
    private_address = Text(_l("Address that is not published"), most=300, required=False, description=_l("only confirmed visitors see it"))
    arrival_notes = LongText(_l("Arrival notes"), most=2000, description=_l("only confirmed visitors see them"))
    time_zone = Zone(_l("Time zone"))
    contacts = FieldList(FormField(ContactPart, label=_l("Contact")), label=_l("Contacts"), max_entries=MOST_CONTACTS)
    version = Version()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tier.choices = [(tier.value, str(label)) for tier, label in tiers.NAMES.items()]
        if not self.is_submitted():
            for _blank in range(min(BLANK_CONTACTS, MOST_CONTACTS - len(self.contacts))):
                self.contacts.append_entry()

    def validate_contacts(self, field: Any) -> None:
        """One address is one contact."""
        seen: set[str] = set()
        for part in field:
            email = part.form.email
            if email.data and address_key(email.data) in seen:
                email.errors = [*email.errors, _("This address stands above already.")]
                field.errors = [*field.errors, part.errors]
            seen.add(address_key(email.data or ""))

    @staticmethod
    def values_of(school: School) -> dict[str, Any]:
        """What the form shows of a school."""
        details = service.details_of(school)
        return asdict(details) | {
            "tier": school.tier.value,
            "focus_areas": ", ".join(details.focus_areas),
            "contacts": [{"name": name, "email": email} for name, email in details.contacts],
            "version": str(school.version),
        }

    def details(self) -> SchoolDetails:
        """What was typed, as the use case wants it."""
        plain = {field: self[field].data or "" for field in _TEXTS}
        return SchoolDetails(
            **plain, tier=Tier(self.tier.data), focus_areas=split_areas(self.focus_areas.data or ""),
            contacts=tuple((part.data["name"], address_key(part.data["email"])) for part in self.contacts if part.data["email"]),
        )  # fmt: skip


_TEXTS = ("name", "short_name", "borough", "time_zone", "about", "address", "private_address", "arrival_notes")


DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
"""Labels of letters, digits and hyphens (RFC 1035, 2.3.1)"""


class NetworkForm(Form):
    """The network's settings."""

    site_name = Text(_l("Name of this site"), most=40, description=_l("at the head of every page and mail"))
    name = Text(_l("Name of the network"), most=80)
    welcome = Text(_l("Headline of the first page"), most=300)
    introduction = LongText(_l("Introduction"), most=2000, description=_l("below the headline"))
    time_zone = Zone(_l("Time zone"), description=_l("for new schools and the network's own dates"))
    contact_email = Email(_l("Contact e-mail"), required=False, description=_l("at the foot of every page"))
    listed_domains = LongText(_l("Mail domains of the network"), most=2000, description=_l("like schools.nyc.gov, one a line"))
    version = Version()

    def validate_listed_domains(self, field: LongText) -> None:
        """Only what can stand behind the @ of an address."""
        domains = (field.data or "").lower().replace(",", " ").replace("@", " ").split()
        wrong = [domain for domain in domains if not DOMAIN.fullmatch(domain)]
        for domain in wrong:
            self.refuse("listed_domains", _("%(domain)s is no mail domain. Write it like schools.nyc.gov.", domain=domain[:60]))
        if not wrong:
            field.data = " ".join(domains)

    def details(self) -> NetworkDetails:
        """What was typed, as the use case wants it."""
        names = ("name", "site_name", "welcome", "introduction", "time_zone", "contact_email", "listed_domains")
        return NetworkDetails(**{name: self[name].data or "" for name in names})


class ImportForm(Form):
    """A file with schools."""

    file = Upload(_l("File"), description=_l("CSV or Excel (.xlsx), up to 5 MB"), render_kw={"accept": ".csv,.tsv,.txt,.xlsx"})
