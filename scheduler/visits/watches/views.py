"""Pages to be told of new dates: ask, look into the mail, begin and stop by its link."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.foundation import access, clock, tokens
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing
from scheduler.visits.watches import mail, queries, service
from scheduler.visits.watches.forms import WatchForm
from scheduler.visits.watches.models import Watch

blueprint = Blueprint("watches", __name__)


@blueprint.route("/new-dates", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
def ask() -> str | Response | tuple[str, int]:
    """Ask to be told; the answer is the same for every address."""
    form = WatchForm(choosing.among(), schools.focus_areas(), data={"about": _wanted()})
    if not form.is_submitted():
        return render_template("visits/watches/ask.html", form=form)
    if not form.validate():
        return render_template("visits/watches/ask.html", form=form), 422
    service.ask(form.email.data or "", **form.watched, now=clock.now())
    return redirect(url_for("watches.asked"), 303)


def _wanted() -> str:
    """What the address asks for: ?school=… or ?focus=…"""
    return next((f"{name}:{request.args[name][:80]}" for name in ("school", "focus") if request.args.get(name)), "")


@blueprint.get("/new-dates/asked")
@access.open_to(access.ANYONE)
def asked() -> str:
    """The mail is on its way."""
    return render_template("visits/watches/asked.html", noindex=True)


@blueprint.get("/new-dates/<public_id>/<token>")
@access.open_to(access.LINK)
def show(public_id: str, token: str) -> str | tuple[str, int]:
    """Where a mailed link leads: buttons, because programs that look at links in mails must begin and stop nothing (rule 14)."""
    watch = _opened(public_id, token)
    if watch is None:
        return _over()
    others = [other for other in queries.watches_of(watch.email) if other.id != watch.id]
    return render_template("visits/watches/show.html", watch=watch, others=others, token=token, noindex=True)


@blueprint.post("/new-dates/<public_id>/<token>/begin")
@access.open_to(access.LINK)
def begin(public_id: str, token: str) -> Response | tuple[str, int]:
    """Yes, tell me."""
    watch = _opened(public_id, token)
    if watch is None:
        return _over()
    service.confirm(watch.id, now=clock.now())
    flash(_("From now on we write to you when there are new dates, once a day at most."), "good")
    return redirect(url_for("watches.show", public_id=public_id, token=token), 303)


@blueprint.post("/new-dates/<public_id>/<token>/stop")
@access.open_to(access.LINK)
def stop(public_id: str, token: str) -> Response | tuple[str, int]:
    """No more of these mails, or of any mails about new dates."""
    watch = _opened(public_id, token)
    if watch is None:
        return _over()
    service.stop(watch.id, all_of_the_address="all" in request.form, now=clock.now())
    flash(_("Stopped: no more of these mails come."), "good")
    return redirect(url_for("home.index"), 303)


@blueprint.get("/new-dates/<public_id>/<token>/mail")
@access.open_to(access.LINK)
def stop_by_hand(public_id: str, token: str) -> Response:
    """The address that mail programs post to, opened by a person: the page with the buttons."""
    return redirect(url_for("watches.show", public_id=public_id, token=token), 303)


@blueprint.post("/new-dates/<public_id>/<token>/mail")
@access.open_to(access.MACHINES)
def stop_by_program(public_id: str, token: str) -> tuple[str, int]:
    """A mail program's own button for stopping mails (RFC 8058): no more about new dates to this address. Twice is once."""
    watch = queries.find_watch(public_id)
    if not tokens.opens(token, mail.WATCH, public_id, watch.link_round if watch else 0):
        abort(404)
    if watch is not None:
        service.stop(watch.id, all_of_the_address=True, now=clock.now())
    return "", 200


def _opened(public_id: str, token: str) -> Watch | None:
    watch = queries.find_watch(public_id)
    return watch if watch and tokens.opens(token, mail.WATCH, public_id, watch.link_round) else None


def _over() -> tuple[str, int]:
    """A link that opens nothing, whatever the reason."""
    return render_template("visits/watches/over.html", noindex=True), 404
