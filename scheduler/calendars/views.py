"""What calendar programs fetch (docs/rules/calendars.md, H01 to H14), and the pages that give out its addresses.

Feeds never look at the session: they are the same bytes for every client, and no cookie comes with them.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirection

from scheduler.calendars import feeds, fetches, links, private, queries, service
from scheduler.calendars.feeds import Feed
from scheduler.calendars.queries import Scope
from scheduler.core import consents
from scheduler.foundation import access, clock, ical, tokens
from scheduler.meetups.live import afterwards
from scheduler.registration import links as parties
from scheduler.registration import mail
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee, ConsentAnswer, Registration
from scheduler.registration.people import permissions
from scheduler.schools import queries as schools
from scheduler.schools.models import FocusArea
from scheduler.schools.slugs import borough_slug
from scheduler.visits import queries as visits

blueprint = Blueprint("calendars", __name__)

CALENDAR = "text/calendar; charset=utf-8"
MAX_AGE = 300
"""Seconds for which a program or a proxy may keep a feed unasked"""


@blueprint.get("/feeds/network.ics")
@access.open_to(access.ANYONE)
def network_feed() -> Response:
    """Every open visit and meetup."""
    return _public(Scope(), "visits.ics")


@blueprint.get("/feeds/schools/<slug>.ics")
@blueprint.get("/feeds/schools/<slug>/<focus>.ics")
@access.open_to(access.ANYONE)
def school_feed(slug: str, focus: str = "") -> Response:
    """The open visits at one school, all or about one focus area."""
    school, area = schools.school_or_404(slug), _area_or_404(focus)
    return _public(Scope(school=school, area=area), f"visits-{school.id}.ics")


@blueprint.get("/feeds/boroughs/<borough>.ics")
@blueprint.get("/feeds/boroughs/<borough>/<focus>.ics")
@access.open_to(access.ANYONE)
def borough_feed(borough: str, focus: str = "") -> Response:
    """The open visits in a borough, all or about one focus area."""
    found = queries.find_borough(borough) or abort(404)
    return _public(Scope(borough=found, area=_area_or_404(focus)), f"visits-{borough_slug(found)}.ics")


@blueprint.get("/feeds/focus/<focus>.ics")
@access.open_to(access.ANYONE)
def focus_feed(focus: str) -> Response:
    """The open visits about one focus area."""
    return _public(Scope(area=_area_or_404(focus)), "visits-focus.ics")


def _area_or_404(focus: str) -> FocusArea | None:
    return (queries.find_focus_area(focus) or abort(404)) if focus else None


def _public(scope: Scope, filename: str) -> Response:
    return _answer(feeds.public(scope, now=clock.now()), filename)


@blueprint.get("/feeds/private/<public_id>/<token>.ics")
@access.open_to(access.LINK)
def private_feed(public_id: str, token: str) -> Response:
    """What somebody runs, their rounds, or a party's booking; the rights are those of the person at this moment."""
    address = queries.address_or_404(public_id)
    if not links.opens(token, address):
        abort(404)
    fetches.note(address, now=clock.now())
    return _answer(private.feed(address, now=clock.now()), f"{address.kind.value}.ics", private_to_one=True)


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
    party = _own_party(public_id)
    response = Response(ical.download_bytes(mail.entry_of(party, party.gathering)), content_type=CALENDAR)
    response.headers.set("Content-Disposition", "attachment", filename=f"visit-{public_id}.ics")
    return response


def _answer(feed: Feed, filename: str, *, private_to_one: bool = False, attached: bool = False) -> Response:
    body = feeds.body_of(feed)
    headers = {"ETag": f'"{body.mark}"', "Cache-Control": f"{'private' if private_to_one else 'public'}, max-age={MAX_AGE}"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status=304, headers=headers)  # what nearly every program sends; all other ways of asking are answered below
    response = Response(body.data, headers=headers, content_type=CALENDAR)
    response.last_modified = min(feed.changed_at, clock.now())  # changes within one second reach into the next
    response.headers.set("Content-Disposition", "attachment" if attached else "inline", filename=filename)
    response.make_conditional(request)
    return response


@blueprint.get("/calendars")
@access.open_to(access.ANYONE)
def index() -> str:
    """Every feed with its buttons, and what to expect of calendar programs."""
    actor = access.actor()
    address = queries.host_address(actor.user_id) if actor.user_id is not None else None
    page = schools.by_name(request.args)
    return render_template(
        "calendars/index.html", is_host=actor.has(*access.HOSTS.roles), sees_everything=actor.sees_every_school, address=address,
        network=Scope(), zone=schools.network().time_zone,
        full_from=feeds.body_of(feeds.public(Scope(), now=clock.now())).full_from,
        boroughs=[Scope(borough=borough) for borough in schools.boroughs()],
        areas=[Scope(area=area) for area in schools.focus_areas()], page=page, schools=[Scope(school=school) for school in page.rows],
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
    return render_template(
        "calendars/rounds.html", attendee=attendee, gathering=attendee.registration.gathering, token=token, noindex=True,
        rounds=private.rounds_now(attendee, now=clock.now()), address=queries.participant_address(attendee.id),
        met=afterwards.people_met(attendee), may_share=afterwards.may_share(attendee), shares=afterwards.shares_contact(attendee),
        text=consents.newest(consents.TextKind.CONTACT),
    )  # fmt: skip


@blueprint.post("/calendars/rounds/<public_id>/<token>/contact")
@access.open_to(access.LINK)
def share_contact(public_id: str, token: str) -> Redirection:
    """Say yes or no to those whom one met having one's address."""
    attendee = _participant(public_id, token)
    if not afterwards.may_share(attendee):
        abort(404)
    says_yes = request.form.get("answer") == ConsentAnswer.YES
    permissions.share_contact(attendee.id, ConsentAnswer.YES if says_yes else ConsentAnswer.NO, actor="link", now=clock.now())
    flash(_("Saved. Where both said yes, each sees the other’s address.") if says_yes else _("Saved. Nobody sees your address."), "good")
    return redirect(url_for("calendars.rounds", public_id=public_id, token=token) + "#met", 303)


@blueprint.post("/calendars/rounds/<public_id>/<token>")
@access.open_to(access.LINK)
def new_participant_address(public_id: str, token: str) -> Redirection:
    """Make or replace the address of one's own rounds."""
    service.make_participant_address(_participant(public_id, token).id, now=clock.now())
    flash(_("This is your new address. An earlier one no longer works."), "good")
    return redirect(url_for("calendars.rounds", public_id=public_id, token=token), 303)


@blueprint.post("/registrations/<public_id>/calendar")
@access.open_to(access.LINK)
def new_registration_address(public_id: str) -> Redirection:
    """Make or replace the address of a party's own entry; for the browser that opened the party's link."""
    service.make_registration_address(_own_party(public_id).id, now=clock.now())
    flash(_("This is your new address. An earlier one no longer works."), "good")
    return redirect(url_for("registration.show", public_id=public_id) + "#calendar", 303)


def _own_party(public_id: str) -> Registration:
    found = registration.registration_or_404(public_id)
    if not parties.is_remembered(public_id, found.link_round):
        abort(404)
    return found


def _participant(public_id: str, token: str) -> Attendee:
    attendee = queries.attendee_or_404(public_id)
    if not tokens.opens(token, links.ROUNDS, public_id):
        abort(404)
    return attendee
