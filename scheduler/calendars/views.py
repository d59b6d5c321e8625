"""What calendar programs fetch (docs/rules/calendars.md, H01 to H14), and the pages that give out its addresses.

Feeds never look at the session: they are the same bytes for every client, and no cookie comes with them.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirection

from scheduler.calendars import feeds, links, queries, service
from scheduler.calendars.feeds import Feed
from scheduler.foundation import access, clock, ical, tokens
from scheduler.foundation.templating import absolute
from scheduler.registration import links as parties
from scheduler.registration import mail
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee
from scheduler.schools import queries as schools
from scheduler.visits import queries as visits

blueprint = Blueprint("calendars", __name__)

CALENDAR = "text/calendar; charset=utf-8"
MAX_AGE = 300
"""Seconds for which a program or a proxy may keep a feed unasked"""


@blueprint.get("/feeds/network.ics")
@access.open_to(access.ANYONE)
def network_feed() -> Response:
    """Every open visit and meetup."""
    return _answer(feeds.network(now=clock.now()), "visits.ics")


@blueprint.get("/feeds/schools/<slug>.ics")
@access.open_to(access.ANYONE)
def school_feed(slug: str) -> Response:
    """The open visits at one school."""
    school = schools.school_or_404(slug)
    return _answer(feeds.school(school, now=clock.now()), f"visits-{school.id}.ics")


@blueprint.get("/feeds/private/<public_id>/<token>.ics")
@access.open_to(access.LINK)
def private_feed(public_id: str, token: str) -> Response:
    """A host's visits or a participant's rounds; the rights are those of the person at this moment."""
    address = queries.address_or_404(public_id)
    if not tokens.opens(token, links.FEED, public_id):
        abort(404)
    return _answer(feeds.private(address, now=clock.now()), f"{address.kind.value}.ics", private=True)


@blueprint.get("/visits/<public_id>.ics")
@access.open_to(access.ANYONE)
def visit_ics(public_id: str) -> Response:
    """One visit as a file (D01)."""
    gathering = visits.visit_or_404(public_id).gathering
    return _answer(feeds.download(gathering), f"visit-{public_id}.ics", attached=True)


@blueprint.get("/registrations/<public_id>.ics")
@access.open_to(access.LINK)
def registration_ics(public_id: str) -> Response:
    """A party's own entry, under the UID of its invitation; for the browser that opened the party's link."""
    party = registration.registration_or_404(public_id)
    if not parties.is_remembered(public_id, party.link_round):
        abort(404)
    response = Response(ical.download_bytes(mail.entry_of(party, party.gathering)), content_type=CALENDAR)
    response.headers.set("Content-Disposition", "attachment", filename=f"visit-{public_id}.ics")
    return response


def _answer(feed: Feed, filename: str, *, private: bool = False, attached: bool = False) -> Response:
    body = feeds.body_of(feed)
    response = Response(body.data, content_type=CALENDAR)
    response.set_etag(body.mark)
    response.last_modified = min(feed.changed_at, clock.now())  # changes within one second reach into the next
    response.headers["Cache-Control"] = f"{'private' if private else 'public'}, max-age={MAX_AGE}"
    response.headers.set("Content-Disposition", "attachment" if attached else "inline", filename=filename)
    response.make_conditional(request)
    return response


@blueprint.get("/calendars")
@access.open_to(access.ANYONE)
def index() -> str:
    """Every feed with its buttons, and what to expect of calendar programs."""
    actor = access.actor()
    address = queries.host_address(actor.user_id) if actor.user_id is not None else None
    return render_template(
        "calendars/index.html", network_url=absolute("calendars.network_feed"), is_host=actor.has(*access.HOSTS.roles),
        host_url=links.private_url(address) if address else None,
        schools=[(school, absolute("calendars.school_feed", slug=school.slug)) for school in schools.all_schools()],
    )  # fmt: skip


@blueprint.post("/workspace/calendars/address")
@access.open_to(access.HOSTS)
def new_host_address() -> Redirection:
    """Make or replace the address of one's own visits."""
    actor = access.actor()
    assert actor.user_id is not None
    service.make_host_address(actor.user_id, now=clock.now())
    flash(_("This is your new address. An earlier one no longer works."), "good")
    return redirect(url_for("calendars.index") + "#yours", 303)


@blueprint.get("/calendars/rounds/<public_id>/<token>")
@access.open_to(access.LINK)
def rounds(public_id: str, token: str) -> str:
    """A participant's rounds, and the address that keeps them in a calendar."""
    attendee = _participant(public_id, token)
    address = queries.participant_address(attendee.id)
    return render_template(
        "calendars/rounds.html", attendee=attendee, gathering=attendee.registration.gathering, token=token, noindex=True,
        rounds=feeds.rounds_now(attendee), url=links.private_url(address) if address else None,
    )  # fmt: skip


@blueprint.post("/calendars/rounds/<public_id>/<token>")
@access.open_to(access.LINK)
def new_participant_address(public_id: str, token: str) -> Redirection:
    """Make or replace the address of one's own rounds."""
    service.make_participant_address(_participant(public_id, token).id, now=clock.now())
    flash(_("This is your new address. An earlier one no longer works."), "good")
    return redirect(url_for("calendars.rounds", public_id=public_id, token=token), 303)


def _participant(public_id: str, token: str) -> Attendee:
    attendee = queries.attendee_or_404(public_id)
    if not tokens.opens(token, links.ROUNDS, public_id):
        abort(404)
    return attendee
