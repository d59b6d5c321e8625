"""Pages about what we hold: the privacy page, my data, erase me; what goes next, for administrators; whom to tell about a weakness."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, current_app, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as Answer

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock, personal, tokens
from scheduler.foundation.templating import translated
from scheduler.registration.models import DataLink
from scheduler.registration.privacy import erase, export, mail, retention, service, wording
from scheduler.registration.privacy.forms import AddressForm
from scheduler.schools import queries as schools

blueprint = Blueprint("privacy", __name__)

COOKIE = "my_data"
"""The link that this browser came by"""


@blueprint.get("/privacy")
@access.open_to(access.ANYONE)
def show() -> str:
    """What we hold about whom, why, how long, and who sees it: from the lines that the nightly job works by."""
    return render_template("registration/privacy/show.html", listed=wording.listed(personal.kinds()), period=wording.period)


@blueprint.route("/my-data", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
def ask() -> str | Answer | tuple[str, int]:
    """Ask for the link; the answer is the same for every address."""
    form = AddressForm()
    if not form.is_submitted():
        return render_template("registration/privacy/ask.html", form=form)
    if not form.validate():
        return render_template("registration/privacy/ask.html", form=form), 422
    service.ask(form.email.data or "", now=clock.now())
    return redirect(url_for("privacy.asked"), 303)


@blueprint.get("/my-data/asked")
@access.open_to(access.ANYONE)
def asked() -> str:
    """The mail is on its way."""
    return render_template("registration/privacy/asked.html", noindex=True)


@blueprint.get("/my-data/erased")
@access.open_to(access.ANYONE)
def erased() -> str:
    """It is done; this page is the only word about it, because no address is left to write to."""
    return render_template("registration/privacy/erased.html", noindex=True)


@blueprint.get("/my-data/<public_id>/key/<token>")
@access.open_to(access.LINK)
def open_link(public_id: str, token: str) -> str | Answer | tuple[str, int]:
    """Exchange the mailed link for a cookie and a clean address; nothing is written."""
    if not tokens.opens(token, mail.PURPOSE, public_id):
        abort(404)
    if service.find_link(public_id, now=clock.now()) is None:
        return render_template("registration/privacy/over.html", noindex=True), 404
    session[COOKIE] = public_id
    return redirect(url_for("privacy.held", public_id=public_id), 303)


@blueprint.get("/my-data/<public_id>")
@access.open_to(access.LINK)
def held(public_id: str) -> str:
    """How much is held under the address, to take along or to erase."""
    link = _own(public_id)
    preview = erase.preview(link.email, now=clock.now())
    return render_template("registration/privacy/held.html", link=link, preview=preview, noindex=True)


@blueprint.get("/my-data/<public_id>/my-data.zip")
@access.open_to(access.LINK)
def download(public_id: str) -> Response:
    """All of it as a file."""
    data = export.zipped(_own(public_id).email, now=clock.now())
    return Response(
        data, content_type="application/zip",
        headers={"Content-Disposition": "attachment; filename=my-data.zip", "Cache-Control": "no-store"},
    )  # fmt: skip


@blueprint.get("/my-data/<public_id>/erase")
@access.open_to(access.LINK)
def ask_to_erase(public_id: str) -> str:
    """What erasing would do."""
    return _erase_page(_own(public_id))


@blueprint.post("/my-data/<public_id>/erase")
@access.open_to(access.LINK)
def erase_me(public_id: str) -> Answer | tuple[str, int]:
    """Erase it, for good."""
    if session.get(COOKIE) == public_id and not service.is_there(public_id):  # pressed twice
        return redirect(url_for("privacy.erased"), 303)
    link = _own(public_id)
    try:
        erase.erase(link.id, now=clock.now())
    except Refusal:
        return _erase_page(_own(public_id)), 409
    session.clear()
    session[COOKIE] = public_id
    return redirect(url_for("privacy.erased"), 303)


@blueprint.get("/workspace/retention")
@access.open_to(access.ADMINISTRATORS)
def due() -> str:
    """What the next night deletes, by gathering and kind: counts and nobody."""
    return render_template("registration/privacy/due.html", page=retention.page_of_due(clock.now()), most=retention.MOST_COUNTED)


@blueprint.get("/.well-known/security.txt")
@access.open_to(access.ANYONE)
def security() -> Response:
    """Whom to tell about a weakness (RFC 9116)."""
    base, contact = current_app.config["BASE_URL"], schools.network().contact_email
    expires = (clock.now() + timedelta(days=180)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    page = base + url_for("privacy.show")
    lines = [
        f"Contact: {f'mailto:{contact}' if contact else page}",
        f"Expires: {expires}",
        "Preferred-Languages: en",
        f"Canonical: {base}/.well-known/security.txt",
        f"Policy: {page}",
    ]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _own(public_id: str) -> DataLink:
    link = service.find_link(public_id, now=clock.now())
    if link is None or session.get(COOKIE) != public_id:
        abort(404)
    return link


def _erase_page(link: DataLink) -> str:
    preview = erase.preview(link.email, now=clock.now())
    refusal = translated(preview.refusal.sentence) if preview.refusal else None
    return render_template("registration/privacy/erase.html", link=link, preview=preview, refusal=refusal, noindex=True)
