"""What the tables of schools hold about people, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.personal import Keep, Kind, Whose, classify
from scheduler.schools.models import Closure, ClosureSource, FocusArea, Network, School, SchoolContact, school_focus_areas
from scheduler.schools.resources.models import Resource, resource_focus_areas

CONTACT = Kind(
    "contact", Whose.STAFF, _l("Name and address of whom to write to at a school, or at the network"),
    _l("So that visitors can ask and answer our mails, and organizers can invite the school to meetups."),
    _l("Organizers, and everybody who gets a mail about a visit; the network’s own is public."),
    Keep(None, words=_l("Until the school or an administrator changes it")),
)  # fmt: skip

classify(
    Network, plain="id name site_name welcome introduction time_zone listed_domains version", by_address="contact_email",
    contact_email=CONTACT,
)  # fmt: skip
classify(school_focus_areas, plain="school_id focus_area_id")
classify(FocusArea, plain="id slug name", label="name")
classify(
    School, label="name",
    plain="id slug name short_name tier borough about address private_address arrival_notes time_zone is_sample version created_at",
)  # fmt: skip
classify(SchoolContact, plain="id school_id is_sample", whole=CONTACT, named="name", by_address="email", name=CONTACT, email=CONTACT)
classify(Closure, plain="id public_id school_id first_day last_day title source_uid source_id is_sample created_at")
classify(ClosureSource, plain="id public_id school_id url created_at tried_at fetched_at problem")
classify(resource_focus_areas, plain="resource_id focus_area_id")
classify(
    Resource,
    plain="id public_id school_id kind audience title summary words url file_id version is_sample created_at changed_at",
)  # fmt: skip
