"""What came of a meetup, for organizers: on a page, and as a file."""

from __future__ import annotations

from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.foundation import access, clock
from scheduler.foundation.tables import csv_bytes
from scheduler.meetups import queries as meetups
from scheduler.meetups.live.afterwards import Afterwards
from scheduler.meetups.views.blueprint import blueprint, page
from scheduler.registration.wording import ROLE_LABELS


@blueprint.get("/workspace/meetups/<public_id>/afterwards")
@access.open_to(access.ORGANIZERS)
def afterwards(public_id: str) -> str:
    """Who came, the rounds that ran, which schools talked and which never had before."""
    meetup = meetups.meetup_or_404(public_id)
    plan = next((plan for plan in meetups.plans_of(meetup.id) if plan.state == "published"), None)
    return page("live/afterwards", meetup, "afterwards", after=Afterwards(meetup, clock.now()), plan=plan)


@blueprint.get("/workspace/meetups/<public_id>/afterwards.csv")
@access.open_to(access.ORGANIZERS)
def afterwards_csv(public_id: str) -> Response:
    """Who really sat where, a row a person and round."""
    after = Afterwards(meetups.meetup_or_404(public_id), clock.now())
    rows = ([*row[:4], str(ROLE_LABELS.get(str(row[4]), ""))] for row in after.rows())
    headers = [_("Round"), _("Table"), _("Name"), _("School"), _("Role")]
    response = Response(csv_bytes(headers, rows), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"afterwards-{public_id}.csv")
    return response
