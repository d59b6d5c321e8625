"""Organizers' pages of plans: press Plan, watch, stop, read, compare, publish."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.pairing.diagnose import diagnose
from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.foundation.jobs import Job, JobState
from scheduler.foundation.templating import translated
from scheduler.meetups import mail, plans, queries
from scheduler.meetups.by_hand import queries as by_hand
from scheduler.meetups.forms import PlanForm
from scheduler.meetups.memory import queries as memory
from scheduler.meetups.models import Meetup, Plan
from scheduler.meetups.results import Result
from scheduler.meetups.views.blueprint import actor, blueprint, page, user_id
from scheduler.meetups.wishes import queries as wish_queries
from scheduler.meetups.wishes import views as wishes
from scheduler.meetups.wishes.naming import called
from scheduler.registration.wording import ROLE_LABELS


@blueprint.route("/workspace/meetups/<public_id>/plan", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def plan(public_id: str) -> str | Response | tuple[str, int]:
    """Choose rounds and tables, read what is possible, press Plan."""
    meetup = queries.meetup_or_404(public_id)
    chosen = plans.settings_of(meetup)
    form = PlanForm(data={"rounds": chosen.rounds, "format": chosen.format.value, "table_size": chosen.table_size})
    if request.method != "POST":
        return _plan_page(meetup, form, chosen)
    if not form.validate():
        return _plan_page(meetup, form, chosen), 422
    if "look" in request.form:
        return _plan_page(meetup, form, form.settings())
    try:
        started = plans.start_plan(meetup.id, form.settings(), user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return _plan_page(queries.meetup_or_404(public_id), form, form.settings(), refusal=refusal), 409
    if not started.is_new:
        flash(_("Somebody pressed Plan a moment ago. This is that plan."), "info")
    return redirect(url_for("meetups.plan_progress", public_id=public_id, job_id=started.job), 303)


@blueprint.get("/workspace/meetups/<public_id>/plan/<job_id>")
@access.open_to(access.ORGANIZERS)
def plan_progress(public_id: str, job_id: str) -> str | Response:
    """How far the plan is; leads to the plan once it is there. With `part` only the piece that changes, with an ETag."""
    meetup = queries.meetup_or_404(public_id)
    job = queries.job_or_404(meetup, job_id)
    facts = _progress(meetup, job)
    if "part" in request.args:
        return _part(facts)
    if facts["next_url"]:
        return redirect(facts["next_url"], 303)
    return page("plan_progress", meetup, "plan", **facts)


@blueprint.post("/workspace/meetups/<public_id>/plan/<job_id>/stop")
@access.open_to(access.ORGANIZERS)
def plan_stop(public_id: str, job_id: str) -> Response:
    """Enough: keep the best plan so far."""
    meetup = queries.meetup_or_404(public_id)
    plans.stop_plan(queries.job_or_404(meetup, job_id).id)
    return redirect(url_for("meetups.plan_progress", public_id=public_id, job_id=job_id), 303)


@blueprint.get("/workspace/meetups/<public_id>/plans/<int:version>")
@access.open_to(access.ORGANIZERS)
def plan_show(public_id: str, version: int) -> str:
    """One version: what it reaches, who sits where, which schools meet, anybody's route."""
    meetup = queries.meetup_or_404(public_id)
    result = Result(queries.plan_or_404(meetup, version))
    came, left = result.difference(queries.attendees_of(meetup.gathering_id))
    return page(
        "plan_show", meetup, "plan", plan=result.plan, result=result, versions=queries.plans_of(meetup.id), came=came, left=left,
        moves=by_hand.moves_made([result.plan.id])[result.plan.id],
        person=result.find(request.args.get("person", "")), role_labels=ROLE_LABELS,
    )  # fmt: skip


@blueprint.route("/workspace/meetups/<public_id>/publish", methods=["GET", "POST"])
@access.open_to(access.ORGANIZERS)
def publish(public_id: str) -> str | Response | tuple[str, int]:
    """Publish a version: who will be mailed, who gets a card on paper."""
    meetup = queries.meetup_or_404(public_id)
    versions = queries.plans_of(meetup.id)
    wanted = chosen_version(versions, newest=True)
    if wanted is None:
        return page("publish", meetup, "publish", plan=None, versions=versions, refusal=None)
    if request.method != "POST":
        return _publish_page(meetup, wanted)
    try:
        mailed = plans.publish_plan(meetup.id, wanted, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _publish_page(queries.meetup_or_404(public_id), wanted, refusal=refusal), 409
    text = ngettext("%(num)d person is mailed.", "%(num)d people are mailed.", mailed)
    flash(_("Version %(version)s is published.", version=wanted) + (" " + text if mailed else ""), "good")
    return redirect(url_for("meetups.papers", public_id=public_id), 303)


def chosen_version(versions: Any, *, newest: bool = False) -> int | None:
    """The version an address asks for; without one the published version, or the newest."""
    asked = request.values.get("version", "")
    numbers = [plan.version for plan in versions]
    if asked.isdecimal() and len(asked) < 9 and int(asked) in numbers:
        return int(asked)
    published = [plan.version for plan in versions if plan.state == "published"]
    return next(iter(numbers if newest else published + numbers), None)


def _plan_page(meetup: Meetup, form: PlanForm, settings: plans.Settings, *, refusal: Refusal | None = None) -> str:
    attendees, kept = queries.attendees_of(meetup.gathering_id), wish_queries.wishes_of(meetup.id)
    possible: list[str] = []
    clashes: list[wishes.Conflict] = []
    recalled = memory.Recalled(meetup, attendees)
    if len(attendees) > 1:
        asked = plans.asked_of(meetup, attendees, settings, recalled.met_before(meetup.remembers))
        clashes = wishes.conflicts(asked, kept, called(attendees))
        possible = [] if clashes else [translated(sentence) for sentence in diagnose(asked.problem).possible]
    made = queries.plans_of(meetup.id)
    return page(
        "plan", meetup, "plan", form=form, frame=plans.frame_of(meetup, settings), attendees=attendees, possible=possible, clashes=clashes,
        wishes=len(kept), recalled=recalled,
        schools=len({attendee.registration.school_id or attendee.registration.organization for attendee in attendees}),
        versions=[(plan, Result(plan)) for plan in made], moves=by_hand.moves_made([plan.id for plan in made]),
        live=queries.live_job(meetup.id),
        refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip


def _progress(meetup: Meetup, job: Job) -> dict[str, Any]:
    public_id, progress = meetup.gathering.public_id, job.progress or {}
    version = job.payload["version"]
    refused = progress.get("refusal", "")
    is_there = job.state == JobState.DONE and not refused
    return {
        "job": job, "progress": progress, "version": version, "failed": job.state == JobState.FAILED,
        "refused": plans.with_names(refused, queries.attendees_of(meetup.gathering_id)) if refused else "",
        "next_url": url_for("meetups.plan_show", public_id=public_id, version=version) if is_there else "",
    }  # fmt: skip


def _part(facts: dict[str, Any]) -> Response:
    body = render_template("meetups/_progress.html", **facts)
    response = Response(body, mimetype="text/html")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = "no-store"
    return response.make_conditional(request)


def _publish_page(meetup: Meetup, version: int, *, refusal: Refusal | None = None) -> str:
    chosen: Plan = queries.plan_or_404(meetup, version)
    result = Result(chosen)
    mailed = sum(1 for person in result.everybody if mail.is_mailed(person.attendee))
    return page(
        "publish", meetup, "publish", plan=chosen, result=result, mailed=mailed, on_paper=len(result.everybody) - mailed,
        versions=queries.plans_of(meetup.id), refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
