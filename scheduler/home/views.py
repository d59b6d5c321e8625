"""The landing page with the next open visits, where staff start, and the mail of a development machine."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from scheduler.core import times
from scheduler.foundation import access, clock, outbox
from scheduler.home import navigation, queries, wishes
from scheduler.meetups import needs as meetup_needs
from scheduler.schools import queries as schools
from scheduler.visits import needs, search
from scheduler.visits import queries as visits
from scheduler.visits.offered import offered

blueprint = Blueprint("home", __name__)

NEXT_VISITS = 5
"""On the first page of staff"""


@blueprint.get("/")
@access.open_to(access.ANYONE)
def index() -> str | Response:
    """The open visits that fit what the address asks for, by day, for whoever looks; the address can be shared."""
    if (clean := wishes.clean_url(request.args)) is not None:
        return redirect(clean)
    now = clock.now()
    offers = offered(now=now)
    wished = wishes.read(request.args, offers)
    found = search.find(wished.filters, now=now, after=wished.after)
    return render_template(
        "home/index.html", wished=wished, filters=wished.filters, found=found, days=_days(found, now), offered=offers,
        today=times.to_wall(now, ZoneInfo(navigation.site().time_zone)).date(), result=wishes.result, most=wishes.LARGEST_PARTY,
        relaxed=[] if found.total else search.relaxed(wished.filters, now=now),
    )  # fmt: skip


def _days(found: search.Found, now: datetime) -> list[tuple[date, tuple[tuple[search.Listed, str | None], ...]]]:
    """The visits by day, each with what is said where nobody can book it now: all that a day of the list shows."""
    return [(day, tuple((row, row.closed_words(now)) for row in rows)) for day, rows in visits.by_day(found.rows)]


@blueprint.get("/workspace")
@access.open_to(access.STAFF)
def workspace() -> str:
    """Where a signed-in person starts: what is next and what needs them."""
    actor, now = access.actor(), clock.now()
    runs_visits = actor.has(*access.HOSTS.roles)
    coming = visits.next_for_host(actor, now=now, most=NEXT_VISITS) if runs_visits else []
    of_visits = needs.needs_of(actor, now=now) if runs_visits else []
    of_meetups = meetup_needs.needs_of(now=now) if actor.sees_every_school else []
    both: list[needs.Need | meetup_needs.Need] = [*of_visits, *of_meetups]
    needed = sorted(both, key=lambda need: (need.until, need.gathering.id))
    days, counts = visits.by_day(coming), queries.counts(now=now)
    return render_template("home/workspace.html", actor=actor, days=days, needs=needed, counts=counts, more=navigation.more(), now=now)


@blueprint.get("/dev/mail")
@access.open_to(access.ANYONE)
def dev_mail() -> str:
    """All mail of a development machine without a mail server."""
    _only_in_development()
    mails = [(mail, outbox.render(mail).subject) for mail in queries.newest_mails()]
    return render_template("home/dev_mail.html", mails=mails, current_zone=schools.network().time_zone, noindex=True)


@blueprint.get("/dev/mail/<int(max=2147483647):mail_id>")
@access.open_to(access.ANYONE)
def dev_mail_show(mail_id: int) -> str:
    """One mail as it would be read."""
    _only_in_development()
    mail = queries.mail_or_404(mail_id)
    return render_template("home/dev_mail_show.html", mail=mail, rendered=outbox.render(mail), noindex=True)


def _only_in_development() -> None:
    from_here = request.remote_addr in ("127.0.0.1", "::1")
    if current_app.config["PRODUCTION"] or current_app.config["SMTP_URL"] or not from_here:
        abort(404)


@blueprint.get("/robots.txt")
@access.open_to(access.ANYONE)
def robots() -> tuple[str, dict[str, str]]:
    """Crawlers may read public pages and feeds (calendars.md H12)."""
    return "User-agent: *\nDisallow: /workspace\nDisallow: /registrations/\nDisallow: /waiting/\n", {
        "Content-Type": "text/plain; charset=utf-8"
    }
