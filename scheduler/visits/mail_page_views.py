"""The page of a visit's mail, for its hosts."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.visits import mail_page, queries
from scheduler.visits.models import Visit

blueprint = Blueprint("visit_mail", __name__, url_prefix="/workspace/visits")

KINDS = {
    "address": _l("Confirm the new address"),
    "address_changed": _l("Mail goes elsewhere"),
    "asked": _l("The host decides"),
    "cancelled": _l("Booking canceled"),
    "cancelled_by_host": _l("Visit canceled"),
    "changed": _l("New time or place"),
    "colleague": _l("On the list of a party"),
    "colleague_cancelled": _l("Off the list, or canceled"),
    "colleague_changed": _l("New time or place"),
    "confirmed": _l("Booking confirmed"),
    "day_before": _l("The day before"),
    "debrief": _l("What did you notice?"),
    "declined": _l("Not this time"),
    "digest": _l("Who comes"),
    "digest_early": _l("Who comes"),
    "host_asked": _l("Somebody asks to come"),
    "host_asked_again": _l("Somebody still waits for an answer"),
    "host_digest": _l("Who comes"),
    "host_erased": _l("A party does not come"),
    "host_late": _l("Change after booking ended"),
    "host_least": _l("Does it take place, if too few have booked?"),
    "host_roster": _l("Who came?"),
    "known": _l("Has seats already"),
    "lead_now": _l("Looks after the team now"),
    "move_asked": _l("Move: the host decides"),
    "move_declined": _l("Move declined"),
    "moved": _l("Moved to this date"),
    "moved_up": _l("Seats from the waitlist"),
    "offer_over": _l("Offer ended"),
    "offered": _l("Seats offered"),
    "resized": _l("Size of the party"),
    "team_there": _l("The school has a team"),
    "too_many": _l("Too many bookings"),
    "tried": _l("Did you try it?"),
    "unanswered": _l("No answer in time"),
    "unconfirmed": _l("Address not confirmed"),
    "verify": _l("Confirm the address"),
    "waitlist_closed": _l("Waitlist closed"),
    "waitlisted": _l("On the waitlist"),
    "week": _l("A week before"),
}
"""What each mail is called on the page"""


@blueprint.get("/<public_id>/mail")
@access.open_to(access.HOSTS)
def index(public_id: str) -> str:
    """What will go out about a visit, and what went."""
    return _page(queries.visit_for_host_or_404(public_id, access.actor()))


@blueprint.post("/<public_id>/mail/<int(max=2147483647):mail_id>/again")
@access.open_to(access.HOSTS)
def again(public_id: str, mail_id: int) -> Response | tuple[str, int]:
    """Send a party one of its mails once more."""
    visit = queries.visit_for_host_or_404(public_id, access.actor())
    mail = mail_page.mail_or_404(visit, mail_id)
    try:
        mail_page.send_again(mail.id, visit.gathering_id, actor=audit.user(access.actor().user_id), now=clock.now())
    except Refusal as refusal:
        return _page(visit, refusal), 409
    flash(_("The mail goes to %(name)s once more.", name=mail.to_name), "good")
    return redirect(url_for("visit_mail.index", public_id=public_id), 303)


def _page(visit: Visit, refusal: Refusal | None = None) -> str:
    now, gathering = clock.now(), visit.gathering
    return render_template(
        "visits/mails.html", visit=visit, gathering=gathering, now=now, coming=mail_page.coming(gathering, now=now),
        went=mail_page.went(gathering, now=now), kinds=KINDS, most=mail_page.MOST_SHOWN,
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
