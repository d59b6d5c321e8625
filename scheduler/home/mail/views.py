"""Pages of mail for organizers and administrators, and the address at which mail services report what came back."""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, bounces, clock
from scheduler.foundation.outbox import MailState, OutboxMail
from scheduler.foundation.templating import translated
from scheduler.foundation.tries import Tries
from scheduler.home.mail import kinds, queries, service
from scheduler.home.mail.forms import FindForm, ResendForm
from scheduler.schools import queries as schools

blueprint = Blueprint("mail", __name__)

MOST_REPORT = 256 * 1024
"""Bytes of a report about a mail; it may quote the mail"""
_wrong_secrets = Tries("bounce secret", 10, timedelta(minutes=1))


@blueprint.route("/workspace/mail", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def index() -> str | Response | tuple[str, int]:
    """The outbox by state and kind; the form finds somebody's mail."""
    form = FindForm()
    if request.method != "POST":
        return _list(form)
    if not form.validate():
        return _list(form), 422
    found = queries.newest_to(form.address.data or "")
    if found is None:
        form.refuse("address", _("No mail was written to this address."))
        return _list(form), 422
    return redirect(url_for("mail.show", mail_id=found), 303)


def _list(form: FindForm) -> str:
    now, counts = clock.now(), queries.counts()
    state = next((each for each in MailState if each.value == request.args.get("state")), None)
    known = queries.templates()
    template = next((each for each in known if each == request.args.get("kind")), "")
    page = queries.mails(state=state, template=template, before=_number(request.args.get("before", "")))
    return render_template(
        "home/mail/index.html", form=form, page=page, state=state, template=template, counts=counts, kind=kinds.name, now=now,
        kinds=sorted(((each, kinds.name(each)) for each in known), key=lambda pair: pair[1]), zone=schools.network().time_zone,
        late_since=queries.oldest_waiting(now), held_since=queries.held_since(), most_counted=queries.MOST_COUNTED,
    )  # fmt: skip


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


@blueprint.get("/workspace/mail/<int(max=2147483647):mail_id>")
@access.open_to(access.ORGANIZERS)
def show(mail_id: int) -> str:
    """One mail: what became of it, and everything else that went to the same person."""
    mail = queries.mail_or_404(mail_id)
    return _page(mail, ResendForm(data={"address": mail.to_address}))


@blueprint.post("/workspace/mail/<int(max=2147483647):mail_id>/again")
@access.open_to(access.ORGANIZERS)
def again(mail_id: int) -> Response | tuple[str, int]:
    """Send a mail that did not arrive once more."""
    mail, form = queries.mail_or_404(mail_id), ResendForm()
    if not form.validate():
        return _page(mail, form), 422
    try:
        service.resend(mail.id, form.address.data or "", actor=audit.user(access.actor().user_id), now=clock.now())
    except Refusal as refusal:
        return _page(queries.mail_or_404(mail_id), form, refusal), 409
    flash(_("The mail is on its way again."), "good")
    return redirect(url_for("mail.show", mail_id=mail_id), 303)


def _page(mail: OutboxMail, form: ResendForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "home/mail/show.html", mail=mail, form=form, history=queries.history(mail), kind=kinds.name, most=queries.MOST_HISTORY,
        zone=schools.network().time_zone, now=clock.now(), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


@blueprint.post("/mail/bounces")
@access.open_to(access.MACHINES)
def bounced() -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """A mail came back: JSON of ours, or the report that mail servers write (RFC 3464). The answer never says whether we know the mail."""
    caller, now = request.remote_addr or "", clock.now()
    if seconds := _wrong_secrets.seconds_to_wait(caller, now):
        return "Too many wrong secrets came from this address. Wait, then send the report again.\n", 429, {"Retry-After": str(seconds)}
    if not _knows_the_secret():
        _wrong_secrets.wrong(caller, now)
        abort(404)
    if (request.content_length or 0) > MOST_REPORT:
        return "A report has up to 256 kB.\n", 413
    try:
        bounces.note(bounces.read_report(request.get_data(), is_json=request.is_json), now=now)
    except Refusal as refusal:
        return f"{translated(refusal.sentence)}\n", 422
    return "", 204


def _knows_the_secret() -> bool:
    secret, sent = str(current_app.config["BOUNCE_SECRET"]), request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(secret) and hmac.compare_digest(sent.encode(), secret.encode())
