"""The rounds to come, planned anew: watched, looked at, applied or thrown away, taken back (rounds rule 8)."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.core.replanning import Difference
from scheduler.foundation import access, clock
from scheduler.foundation.jobs import Job, JobState
from scheduler.meetups import plans
from scheduler.meetups import queries as meetups
from scheduler.meetups.live import queries, service, wording
from scheduler.meetups.live.queries import LiveState
from scheduler.meetups.live.views.desk import Answer, desk_page, done
from scheduler.meetups.models import Meetup
from scheduler.meetups.views.blueprint import blueprint, page, user_id


@blueprint.post("/workspace/meetups/<public_id>/desk/anew")
@access.open_to(access.ORGANIZERS)
def plan_anew(public_id: str) -> Answer:
    """Have the rounds that nobody knows yet planned for those who are here."""
    meetup = meetups.meetup_or_404(public_id)
    try:
        job = service.start_preview(meetup.id, user_id=user_id(), now=clock.now())
    except Refusal as refusal:
        return desk_page(meetups.meetup_or_404(public_id), refusal=refusal), 409
    return redirect(url_for("meetups.anew_progress", public_id=public_id, job_id=job), 303)


@blueprint.get("/workspace/meetups/<public_id>/desk/anew/<job_id>")
@access.open_to(access.ORGANIZERS)
def anew_progress(public_id: str, job_id: str) -> str | Response:
    """How far it is; leads to the preview once it is there. With `part` only the piece that changes, with an ETag."""
    meetup = meetups.meetup_or_404(public_id)
    facts = _progress(meetup, queries.job_or_404(meetup, job_id))
    if "part" in request.args:
        return _part(facts)
    return redirect(facts["next_url"], 303) if facts["next_url"] else page("live/progress", meetup, "desk", **facts)


def _progress(meetup: Meetup, job: Job) -> dict[str, Any]:
    version, refused = job.progress.get("version"), job.progress.get("refusal", "")
    there = url_for("meetups.anew_preview", public_id=meetup.gathering.public_id, version=version) if version else ""
    named = plans.with_names(refused, meetups.attendees_of(meetup.gathering_id)) if refused else ""
    return {"job": job, "next_url": there, "refused": named, "failed": job.state == JobState.FAILED}


def _part(facts: dict[str, Any]) -> Response:
    body = render_template("meetups/live/_progress.html", **facts)
    response = Response(body, mimetype="text/html")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = "no-store"
    return response.make_conditional(request)


@blueprint.post("/workspace/meetups/<public_id>/desk/anew/<job_id>/stop")
@access.open_to(access.ORGANIZERS)
def stop_anew(public_id: str, job_id: str) -> Response:
    """Enough: the best so far is shown."""
    service.stop_preview(queries.job_or_404(meetups.meetup_or_404(public_id), job_id).id)
    return redirect(url_for("meetups.anew_progress", public_id=public_id, job_id=job_id), 303)


@blueprint.get("/workspace/meetups/<public_id>/desk/preview/<int:version>")
@access.open_to(access.ORGANIZERS)
def anew_preview(public_id: str, version: int) -> str | tuple[str, int]:
    """What would change, round by round, before it does."""
    meetup = meetups.meetup_or_404(public_id)
    if version >= 2**31 or queries.find_plan(meetup.id, version) is None:
        abort(404)
    found = service.preview(meetup, version, now=clock.now())
    return page("live/preview", meetup, "desk", preview=found, rounds=[_round(found.state, each) for each in found.differences])


def _round(state: LiveState, each: Difference) -> dict[str, Any]:
    groups = (each.changed, each.seated, each.unseated)
    return {
        "said": wording.changes_in(each.round, *(len(group) for group in groups)),
        "who": [[state.people[id].name for id in group] for group in groups], "round": each.round,
    }  # fmt: skip


@blueprint.post("/workspace/meetups/<public_id>/desk/preview/<int:version>/apply")
@access.open_to(access.ORGANIZERS)
def apply_anew(public_id: str, version: int) -> Answer:
    """Let it hold, exactly as it was shown."""
    if version >= 2**31:
        abort(404)

    def apply(meetup: Meetup) -> str:
        changed = service.apply(meetup.id, version, user_id=user_id(), now=clock.now())
        text = ngettext("%(num)d person changes a table.", "%(num)d people change a table.", changed)
        return str(_("The new plan holds.")) + f" {text}"

    return done(public_id, apply)


@blueprint.post("/workspace/meetups/<public_id>/desk/take-back")
@access.open_to(access.ORGANIZERS)
def take_plan_back(public_id: str) -> Answer:
    """Let the plan from before hold again."""

    def take_back(meetup: Meetup) -> str:
        service.take_back(meetup.id, user_id=user_id(), now=clock.now())
        return str(_("The plan from before holds again in the rounds to come."))

    return done(public_id, take_back)
