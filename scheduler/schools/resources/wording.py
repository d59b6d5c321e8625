"""What kinds and audiences of shared resources are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.schools.resources.models import Audience, ResourceKind

KINDS = {
    ResourceKind.GRADING: _l("Grading practices"),
    ResourceKind.COMPETENCIES: _l("Competency designs"),
    ResourceKind.POLICY: _l("Policies"),
    ResourceKind.OUTCOMES: _l("Learning outcomes"),
    ResourceKind.OTHER: _l("Other"),
}
AUDIENCES = {
    Audience.EVERYBODY: _l("Everybody"),
    Audience.CONFIRMED: _l("Confirmed parties, before they come"),
    Audience.ATTENDED: _l("Only who was there, afterwards"),
}
