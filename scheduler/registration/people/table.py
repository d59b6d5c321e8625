"""Who comes, as a table to take away: one row a person, with the answers to the host's questions; no access needs, no phones."""

from __future__ import annotations

from flask_babel import gettext as _

from scheduler.core.questions import Per
from scheduler.registration import queries as registrations
from scheduler.registration.models import Attendee, Question, Registration
from scheduler.registration.people.queries import in_order
from scheduler.registration.questions.queries import Sheet, in_words, sheet_of
from scheduler.registration.wording import ROLE_LABELS

Table = tuple[list[str], list[list[object]]]


def roster_table(gathering_id: int) -> Table:
    """The headings and the rows of a roster; people without a name have a row as well."""
    sheet = sheet_of(gathering_id)
    lead = [_("Booked by"), _("E-mail"), _("School or organization"), _("People"), _("Purpose"), _("Booked")]
    headers = [*lead, _("Name"), _("Role"), _("Own e-mail")]
    rows = [_row(party, attendee, sheet) for party in registrations.roster_of(gathering_id) for attendee in in_order(party)]
    return [*headers, *(question.text for question in sheet.questions)], rows


def _row(party: Registration, attendee: Attendee, sheet: Sheet) -> list[object]:
    booked = [party.lead_name, party.lead_email, party.organization, party.party_size, party.purpose, party.created_at.date().isoformat()]
    role = str(ROLE_LABELS[attendee.role]) if attendee.role else ""
    return [*booked, attendee.name, role, attendee.email, *(_answer(question, party, attendee, sheet) for question in sheet.questions)]


def _answer(question: Question, party: Registration, attendee: Attendee, sheet: Sheet) -> str:
    """What a person answered; what was asked of the party as a whole stands at its lead."""
    if question.per == Per.PARTY and not attendee.is_lead:
        return ""
    answers = sheet.of_party(party.id) if question.per == Per.PARTY else sheet.of_attendee(party.id, attendee.id)
    asked = question in sheet.shown(question.per, answers)
    return in_words(question, answers[question.key]) if asked and answers.get(question.key) else ""
