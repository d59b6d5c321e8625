"""The landing page with the next open visits, where staff start, and the mail of a development machine."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, render_template, request
from flask_babel import gettext as _

from scheduler.core import times
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock, outbox
from scheduler.home import queries
from scheduler.schools import queries as schools
from scheduler.visits import queries as visits

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@access.open_to(access.ANYONE)
def index() -> str:
    """The next open visits as a list by day, for whoever looks."""
    now = clock.now()
    filters, from_text, wrong_day = _filters()
    rows = visits.open_visits(filters, now=now)
    boroughs, areas = visits.offered(now=now)
    return render_template(
        "home/index.html", days=visits.by_day(rows), filters=filters, from_text=from_text, wrong_day=wrong_day,
        boroughs=boroughs, areas=areas, school=schools.school_or_404(filters.school) if filters.school else None,
    )  # fmt: skip


def _filters() -> tuple[visits.Filters, str, str]:
    """The filters of the address; a day that does not exist is shown with a sentence and filters nothing."""
    from_text, from_at, wrong = request.args.get("from", "")[:30], None, ""
    if from_text:
        try:
            from_at = times.from_wall(datetime.strptime(from_text, "%Y-%m-%d"), ZoneInfo(schools.network().time_zone))  # noqa: DTZ007
        except (ValueError, OverflowError, Refusal):
            wrong = _("There is no such day. Write it like 2026-12-02.")
    borough, focus, school = (request.args.get(name, "")[:80].replace("\0", "") for name in ("borough", "focus", "school"))
    return visits.Filters(borough, focus, school, from_at), from_text, wrong


@blueprint.get("/workspace")
@access.open_to(access.STAFF)
def workspace() -> str:
    """Where a signed-in person starts: what is next and what needs them."""
    actor, now = access.actor(), clock.now()
    coming = visits.season_for_host(actor, now=now) if actor.has(*access.HOSTS.roles) else []
    return render_template("home/workspace.html", actor=actor, coming=coming[:5], counts=queries.counts(now=now), now=now)


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


@blueprint.get("/health")
@access.open_to(access.ANYONE)
def health() -> tuple[str, dict[str, str]]:
    """The server answers and reaches its database."""
    schools.network()
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}
