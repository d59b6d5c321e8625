"""Pages after a visit: debrief, "did you try it?", certificates, what there is to read; and what hosts and organizers learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from scheduler.core import debrief as rules
from scheduler.core.refusal import Refusal
from scheduler.core.times import day_text, to_wall
from scheduler.foundation import access, audit, clock, files, tokens
from scheduler.foundation.templating import absolute, translated
from scheduler.registration import links
from scheduler.registration import queries as registration
from scheduler.registration.models import Attendee, Gathering, GatheringKind, Registration
from scheduler.schools.resources import queries as resources
from scheduler.schools.resources.models import Audience, Resource
from scheduler.schools.resources.wording import AUDIENCES
from scheduler.visits import queries as visits
from scheduler.visits.after import certificates, mail, queries, service
from scheduler.visits.after.forms import ANSWERS, VALUES, DebriefForm, PackForm, TriedForm
from scheduler.visits.after.models import TriedAnswer
from scheduler.visits.models import Visit

blueprint = Blueprint("after", __name__)


@blueprint.get("/debrief/<public_id>/<token>")
@access.open_to(access.LINK)
def debrief(public_id: str, token: str) -> str:
    """What did you notice? And what the school shares with those who were there."""
    attendee = _opened(public_id, token)
    return _debrief_page(attendee, token, DebriefForm(formdata=None, data=DebriefForm.values_of(queries.debrief_of(attendee.id))))


@blueprint.post("/debrief/<public_id>/<token>")
@access.open_to(access.LINK)
def write(public_id: str, token: str) -> Response | tuple[str, int]:
    """Write it, or change it."""
    attendee, form = _opened(public_id, token), DebriefForm()
    if not form.validate():
        return _debrief_page(attendee, token, form), 422
    try:
        service.reply(attendee.id, form.details(), now=clock.now())
    except Refusal as refusal:
        return _debrief_page(attendee, token, form, refusal), 409
    gathering = attendee.registration.gathering
    until = day_text(to_wall(gathering.ends_at + rules.OPEN_FOR - timedelta(days=1), gathering.zone))
    flash(_("Saved, thank you. You can change it until %(day)s.", day=until), "good")
    return redirect(url_for("after.debrief", public_id=public_id, token=token), 303)


@blueprint.get("/debrief/<public_id>/<token>/files/<resource_id>")
@access.open_to(access.LINK)
def attended_file(public_id: str, token: str, resource_id: str) -> Response:
    """A file for those who were there."""
    attendee = _opened(public_id, token)
    visit = queries.visit_of(attendee.registration.gathering_id)
    return _file(queries.pack_of(visit, attended=queries.was_there(attendee, clock.now())), resource_id)


@blueprint.route("/tried/<public_id>/<token>", methods=["GET", "POST"])
@access.open_to(access.LINK)
def tried(public_id: str, token: str) -> str | Response | tuple[str, int]:
    """Did you try it? What somebody meant to try is quoted back."""
    attendee = _opened(public_id, token)
    if request.method != "POST":
        return _tried_page(attendee, token, TriedForm(formdata=None, data=TriedForm.values_of(queries.tried_of(attendee.id))))
    form = TriedForm()
    if not form.validate():
        return _tried_page(attendee, token, form), 422
    answer, shared = TriedAnswer(form.answer.data), bool(form.is_shared.data)
    try:
        service.answer_tried(attendee.id, answer, form.line.data or "", is_shared=shared, now=clock.now())
    except Refusal as refusal:
        return _tried_page(attendee, token, form, refusal), 409
    flash(_("Saved, thank you. You can change it here."), "good")
    return redirect(url_for("after.tried", public_id=public_id, token=token), 303)


@blueprint.get("/certificate/<public_id>/<token>")
@access.open_to(access.LINK)
def certificate(public_id: str, token: str) -> str:
    """One person's certificate, for paper."""
    attendee = queries.find_attendee(public_id)
    if attendee is None or not tokens.opens(token, mail.CERTIFICATE, public_id):
        abort(404)
    found = certificates.certificate_of(attendee, clock.now())
    if found is None:
        abort(404)
    address = absolute("after.verify", code=found.code)
    return render_template("visits/after/certificate.html", certificate=found, gathering=found.gathering, qr=_qr(address))


def _qr(address: str) -> Markup:
    """A square code as SVG without styles, which our policy would refuse (ISO/IEC 18004, error correction M)."""
    drawn = segno.make(address, micro=False, error="m").svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)


@blueprint.get("/certificates")
@access.open_to(access.ANYONE)
def verify() -> tuple[str, int] | str:
    """Whether a certificate is genuine, for whoever holds its code."""
    typed = request.args.get("code", "").replace("\0", "")[:80]
    if not typed.strip():
        return render_template("visits/after/verify.html", typed="", certificate=None, wrong=None, noindex=True)
    try:
        found = certificates.find(typed, now=clock.now())
    except Refusal as refusal:
        wrong = translated(refusal.sentence)
        return render_template("visits/after/verify.html", typed=typed, certificate=None, wrong=wrong, noindex=True), 404
    return render_template("visits/after/verify.html", typed=typed, certificate=found, gathering=found.gathering, wrong=None, noindex=True)


@blueprint.get("/registrations/<public_id>/files/<resource_id>")
@access.open_to(access.LINK)
def party_file(public_id: str, resource_id: str) -> Response:
    """A file for a confirmed party, or for one that was there."""
    party = registration.registration_or_404(public_id)
    if not links.is_remembered(public_id, party.link_round):
        abort(404)
    follows = of_party(party, clock.now())
    return _file(follows.pack if follows else (), resource_id)


@dataclass(frozen=True)
class OfParty:
    """What a party's page shows of packs and certificates."""

    pack: Sequence[Resource]
    certificates: Sequence[tuple[str, str]]
    """Names, and where each one's certificate is"""
    was_there: bool


def of_party(party: Registration, now: datetime) -> OfParty | None:
    """What a confirmed party may read now, and the certificates of those in it who were there; None for everybody else."""
    gathering = party.gathering
    if not party.is_confirmed or gathering.kind != GatheringKind.VISIT or gathering.is_cancelled:
        return None
    found = [(attendee.name, url) for attendee in party.attendees if (url := _certificate_url(attendee, now))]
    was_there = any(queries.was_there(attendee, now) for attendee in party.attendees)
    return OfParty(queries.pack_of(queries.visit_of(gathering.id), attended=was_there), found, was_there)


def _certificate_url(attendee: Attendee, now: datetime) -> str | None:
    """Where somebody's certificate is, if there is one; its link opens nothing else."""
    if certificates.certificate_of(attendee, now) is None:
        return None
    name = attendee.public_id
    return url_for("after.certificate", public_id=name, token=tokens.derived(mail.CERTIFICATE, name))


@blueprint.get("/workspace/visits/<public_id>/replies")
@access.open_to(access.HOSTS)
def replies(public_id: str) -> str:
    """What those who were there say, for the hosts: numbers from three replies on, and what was shared with them."""
    visit = visits.visit_for_host_or_404(public_id, access.actor())
    return render_template(
        "visits/after/replies.html", visit=visit, gathering=visit.gathering, replies=queries.replies_to(visit.gathering_id),
        values=VALUES, answers=ANSWERS, least=rules.LEAST,
    )  # fmt: skip


@blueprint.get("/workspace/visits/<public_id>/pack")
@access.open_to(access.HOSTS)
def pack(public_id: str) -> str:
    """What there is to read before and after a visit."""
    visit = visits.visit_for_host_or_404(public_id, access.actor())
    return _pack_page(visit)


@blueprint.post("/workspace/visits/<public_id>/pack")
@access.open_to(access.HOSTS)
def choose(public_id: str) -> Response | tuple[str, int]:
    """Choose what belongs to the visit."""
    visit = visits.visit_for_host_or_404(public_id, access.actor())
    form = PackForm(resources.of_school(visit.school_id, *Audience))
    if not form.validate():
        return _pack_page(visit, form), 422
    service.attach(visit.id, form.chosen, actor=audit.user(access.actor().user_id), now=clock.now())
    flash(_("Saved."), "good")
    return redirect(url_for("after.pack", public_id=public_id), 303)


@blueprint.get("/workspace/replies")
@access.open_to(access.ORGANIZERS)
def network() -> str:
    """What visits were worth, school by school."""
    return render_template("visits/after/network.html", page=queries.replies_by_school(request.args), values=VALUES, least=rules.LEAST)


def told_before(party: Registration, gathering: Gathering) -> list[str]:
    """The titles of what a party may read before it comes, for the mail of a week before."""
    if gathering.kind != GatheringKind.VISIT:
        return []
    return [resource.title for resource in queries.pack_of(queries.visit_of(gathering.id), attended=False)][: mail.MOST_NAMED]


def _opened(public_id: str, token: str) -> Attendee:
    """Somebody whose link this is, once their visit is over."""
    attendee = queries.find_attendee(public_id)
    if attendee is None or not tokens.opens(token, mail.ATTENDEE, public_id):
        abort(404)
    return attendee


def _debrief_page(attendee: Attendee, token: str, form: DebriefForm, refusal: Refusal | None = None) -> str:
    gathering, now = attendee.registration.gathering, clock.now()
    visit = queries.visit_of(gathering.id)
    return render_template(
        "visits/after/debrief.html", attendee=attendee, gathering=gathering, token=token, form=form, noindex=True,
        pack=queries.pack_of(visit, attended=queries.was_there(attendee, now)), open=rules.may_write(gathering.ends_at, now),
        certificate_url=_certificate_url(attendee, now),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _tried_page(attendee: Attendee, token: str, form: TriedForm, refusal: Refusal | None = None) -> str:
    written = queries.debrief_of(attendee.id)
    return render_template(
        "visits/after/tried.html", attendee=attendee, gathering=attendee.registration.gathering, token=token, form=form, noindex=True,
        meant=written.will_try if written else "", refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _pack_page(visit: Visit, form: PackForm | None = None) -> str:
    shared = resources.of_school(visit.school_id, *Audience)
    attached = queries.attached_to(visit.id)
    chosen = [resource.public_id for resource in shared if resource.id in attached]
    return render_template(
        "visits/after/pack.html", visit=visit, gathering=visit.gathering, shared=shared, audiences=AUDIENCES,
        form=form or PackForm(shared, formdata=None, data={"resources": chosen}),
        before=queries.pack_of(visit, attended=False), afterwards=queries.pack_of(visit, attended=True),
    )  # fmt: skip


def _file(pack: Sequence[Resource], resource_id: str) -> Response:
    file = next((resource.file for resource in pack if resource.public_id == resource_id), None)
    return files.served(file, request.if_none_match, private=True) if file else abort(404)
