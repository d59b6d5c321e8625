"""Organizers' pages of invitations: where each school stands, whom to write to, the mail before it goes (rule 19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.invitations import Deed, Standing
from scheduler.core.refusal import Refusal
from scheduler.core.times import to_wall
from scheduler.foundation import access, clock, outbox
from scheduler.foundation.outbox import OutboxMail, Rendered
from scheduler.foundation.templating import translated
from scheduler.meetups import queries as meetups
from scheduler.meetups.invitations import mail, queries, service
from scheduler.meetups.invitations.forms import ContactForm, LineForm
from scheduler.meetups.invitations.listed import Alike, Holds, Listed, number
from scheduler.meetups.invitations.queries import Row
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import actor, blueprint, page
from scheduler.registration import queries as registration
from scheduler.schools import queries as schools
from scheduler.schools import service as directory
from scheduler.schools.models import Tier

ALL = "all"
LISTS: dict[str, tuple[Any, Holds]] = {
    ALL: (_l("All"), lambda one: True),
    "not_invited": (_l("Not invited"), lambda one: one.standing == Standing.NOT_INVITED),
    "silent": (_l("No answer yet"), lambda one: one.standing.is_waited_for),
    "come": (_l("Come"), lambda one: one.standing in (Standing.COMES, Standing.ASKS)),
    "cannot": (_l("Cannot come"), lambda one: one.standing == Standing.DECLINED),
    "no_contact": (_l("No contact"), lambda one: not one.has_contact),
    "lost": (_l("Mail came back"), lambda one: one.has_lost),
}
"""What the page can be narrowed to, by the word in its address"""


@dataclass(frozen=True)
class Narrowed:
    """What the list shows: schools of a tier, a borough and a state; empty means all."""

    tier: str
    borough: str
    show: str

    def has(self, one: Row | Alike) -> bool:
        return self.tier in ("", one.tier) and self.borough in ("", one.borough)

    def address(self, show: str = "") -> dict[str, Any]:
        """What stands in the address: nothing of what is usual."""
        asked = {"tier": self.tier, "borough": self.borough, "show": show or self.show}
        return {name: value for name, value in asked.items() if value and value != ALL}


@dataclass(frozen=True)
class Totals:
    """All schools in numbers, whatever is shown of them."""

    schools: int
    answered: int
    silent: int
    people: int

    @staticmethod
    def of(groups: Sequence[Alike]) -> Totals:
        answered, silent = (number(groups, holds) for holds in (lambda one: one.standing.has_answered, LISTS["silent"][1]))
        return Totals(sum(group.number for group in groups), answered, silent, sum(group.people for group in groups))


@blueprint.get("/workspace/meetups/<public_id>/schools")
@access.open_to(access.ORGANIZERS)
def invite_schools(public_id: str) -> str:
    """Every school of the directory, and where it stands."""
    return _list(meetups.meetup_or_404(public_id))


@blueprint.post("/workspace/meetups/<public_id>/schools/letters")
@access.open_to(access.ORGANIZERS)
def look_at_letters(public_id: str) -> str | tuple[str, int]:
    """Show who would be written to, and the mail; nothing is sent."""
    meetup, deed, narrowed = meetups.meetup_or_404(public_id), _deed(), _narrowed(request.form)
    chosen = [row for row in queries.rows_of(meetup) if _is_chosen(row, narrowed)]
    if not chosen:
        return _list(meetup, refusal=_("Tick at least one school first.")), 422
    return _preview(meetup, deed, chosen, LineForm(formdata=None))


@blueprint.post("/workspace/meetups/<public_id>/schools/send")
@access.open_to(access.ORGANIZERS)
def write_to_schools(public_id: str) -> str | Response | tuple[str, int]:
    """Send it, or look at the mail once more with the line that was typed."""
    meetup, deed, form = meetups.meetup_or_404(public_id), _deed(), LineForm()
    if not form.validate():
        return _preview(meetup, deed, _seen(meetup), form), 422
    if "look" in request.form:
        return _preview(meetup, deed, _seen(meetup), form)
    ids = [row.school.id for row in queries.rows_of(meetup) if row.school.slug in _ticked()]
    try:
        written = service.write_to_schools(meetup.id, deed, ids, form.line.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        meetup = meetups.meetup_or_404(public_id)
        return _preview(meetup, deed, _seen(meetup), form, translated(refusal.sentence)), 409
    _say_done(written)
    return redirect(url_for("meetups.invite_schools", public_id=public_id, **_narrowed(request.form).address()), 303)


@blueprint.post("/workspace/meetups/<public_id>/schools/<slug>/contact")
@access.open_to(access.ORGANIZERS)
def add_contact(public_id: str, slug: str) -> Response | tuple[str, int]:
    """Somebody to write to at a school that has nobody, or whose mail comes back."""
    meetup, school, form = meetups.meetup_or_404(public_id), schools.school_or_404(slug), ContactForm(prefix=slug)
    if not form.validate():
        return _list(meetup, wrong={slug: form}), 422
    try:
        directory.add_contact(school.id, form.name.data or "", form.email.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _list(meetups.meetup_or_404(public_id), wrong={slug: form}, refusal=translated(refusal.sentence)), 409
    flash(_("%(name)s is a contact of %(school)s now.", name=form.name.data, school=school.short_name), "good")
    return redirect(url_for("meetups.invite_schools", public_id=public_id, **_narrowed(request.form).address()), 303)


def _narrowed(asked: Mapping[str, str]) -> Narrowed:
    """What an address or a form asks for; what cannot be read counts as not asked."""
    tier, show = asked.get("tier", ""), asked.get("show", "")
    return Narrowed(tier if tier in list(Tier) else "", asked.get("borough", "")[:60], show if show in LISTS else ALL)


def _deed() -> Deed:
    found = next((deed for deed in Deed if deed.value == request.form.get("deed")), None)
    return found or abort(404)


def _ticked() -> set[str]:
    return set(request.form.getlist("school"))


def _seen(meetup: Meetup) -> list[Row]:
    """The schools that the preview showed: who is written to, and who was left out."""
    shown = _ticked() | set(request.form.getlist("left"))
    return [row for row in queries.rows_of(meetup) if row.school.slug in shown]


def _is_chosen(row: Row, narrowed: Narrowed) -> bool:
    if request.form.get("all"):
        return narrowed.has(row) and LISTS[narrowed.show][1](row)
    return row.school.slug in _ticked()


def _list(meetup: Meetup, *, wrong: Mapping[str, ContactForm] | None = None, refusal: str | None = None) -> str:
    narrowed, listed = _narrowed(request.values), Listed(meetup)
    groups, lists = listed.groups, _lists(listed.groups, narrowed)
    turned = listed.page(LISTS[narrowed.show][1], narrowed.tier, narrowed.borough, request.args)
    slugs = [row.school.slug for row in turned.rows if not row.is_reachable]
    contacts = {slug: ContactForm(formdata=None, prefix=slug) for slug in slugs} | dict(wrong or {})
    return page(
        "invitations/schools", meetup, "people", narrowed=narrowed, totals=Totals.of(groups), contacts=contacts, wrong=wrong or {},
        lists=lists, tiers=_tiers(groups), boroughs=sorted({group.borough for group in groups} - {""}), closed=_why_closed(meetup),
        refusal=refusal, ticked=_ticked(), turned=turned,
    )  # fmt: skip


def _lists(groups: Sequence[Alike], narrowed: Narrowed) -> dict[str, dict[str, Any]]:
    """What the list can be narrowed to: how many of the tier and borough that are shown, and of all."""
    here = list(filter(narrowed.has, groups))
    return {name: {"label": label, "number": number(here, holds), "all": number(groups, holds)} for name, (label, holds) in LISTS.items()}


def _tiers(groups: Sequence[Alike]) -> list[Tier]:
    there = {group.tier for group in groups}
    return [tier for tier in Tier if tier in there]


def _why_closed(meetup: Meetup) -> str | None:
    try:
        service.may_write(meetup.gathering, clock.now())
    except Refusal as refusal:
        return translated(refusal.sentence)
    return None


def _preview(meetup: Meetup, deed: Deed, rows: Sequence[Row], form: LineForm, refusal: str | None = None) -> str:
    """How many are written to, who is left out and why, and the mail as the first of them would read it."""
    today = to_wall(clock.now(), meetup.gathering.zone).date()
    able = [(row, to_write) for row in rows if (to_write := row.to_write(deed, today))]
    left_out = [(row, why) for row in rows if (why := row.why_not(deed, today)) is not None]
    return page(
        "invitations/letters", meetup, "people", deed=deed.value, able=able, left_out=left_out, form=form, refusal=refusal,
        contacts=sum(len(to_write) for _row, to_write in able), narrowed=_narrowed(request.form),
        sample=_sample(meetup, deed, *able[0], form) if able else None, left=registration.seats_of(meetup.gathering).left,
    )  # fmt: skip


def _sample(meetup: Meetup, deed: Deed, row: Row, to_write: Sequence[queries.Contact], form: LineForm) -> Rendered:
    """The mail to the first contact, with a link that opens nothing."""
    contact, reply_to = to_write[0].contact, schools.network().contact_email
    letter = mail.to_contact(deed, meetup, row.school, contact, form.line.data or "", link="sample", about="", reply_to=reply_to)
    return outbox.render(OutboxMail(template=letter.template, to_name=letter.to_name, facts=dict(letter.facts)))


def _say_done(written: service.Written) -> None:
    if written.contacts:
        said = ngettext("The mail to %(num)d contact is on its way.", "The mails to %(num)d contacts are on their way.", written.contacts)
        flash(said, "good")
    else:
        flash(_("Nobody was written to again: these schools have answered, or were written to already."), "info")
    if written.contacts and written.left_out:
        said = "%(num)d school was left out: it has answered meanwhile, or was written to already."
        many = "%(num)d schools were left out: they have answered meanwhile, or were written to already."
        flash(ngettext(said, many, written.left_out), "info")
