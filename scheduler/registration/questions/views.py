"""Hosts' pages of their own questions: the list in its order, one question, removing one that has answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock
from scheduler.foundation.templating import translated
from scheduler.registration.models import Gathering, GatheringKind, Question
from scheduler.registration.questions import queries, service
from scheduler.registration.questions.forms import KIND_LABELS, PER_LABELS, WITH_OPTIONS, QuestionForm, condition_words

blueprint = Blueprint("questions", __name__, url_prefix="/workspace/questions")
Answer = str | Response | tuple[str, int]


@blueprint.get("/<public_id>")
@access.open_to(access.HOSTS)
def index(public_id: str) -> str:
    """What a gathering asks its parties, in its order."""
    return _list_page(_hosted(public_id))


@blueprint.route("/<public_id>/new", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def new(public_id: str) -> Answer:
    """Ask one more question."""
    gathering = _hosted(public_id)
    listed = queries.questions_of(gathering.id)
    form = QuestionForm(listed, before=listed)
    if request.method != "POST":
        return _edit_page(gathering, form)
    return _save(gathering, form, lambda: service.ask(gathering.id, form.wording(), actor=_actor(), now=clock.now()))


@blueprint.route("/<public_id>/<question_id>", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def edit(public_id: str, question_id: str) -> Answer:
    """Change a question."""
    gathering = _hosted(public_id)
    listed = queries.questions_of(gathering.id)
    question = _one_of(listed, question_id)
    before = listed[: listed.index(question)]
    form = QuestionForm(listed, before=before, data=QuestionForm.values_of(question, listed))
    if request.method != "POST":
        return _edit_page(gathering, form, question)
    save = partial(service.change, gathering.id, question_id, actor=_actor(), now=clock.now())
    return _save(gathering, form, lambda: save(form.wording()), question)


@blueprint.post("/<public_id>/<question_id>/up")
@access.open_to(access.HOSTS)
def up(public_id: str, question_id: str) -> Answer:
    """Ask it earlier."""
    return _move(_hosted(public_id), question_id, up=True)


@blueprint.post("/<public_id>/<question_id>/down")
@access.open_to(access.HOSTS)
def down(public_id: str, question_id: str) -> Answer:
    """Ask it later."""
    return _move(_hosted(public_id), question_id, up=False)


@blueprint.route("/<public_id>/<question_id>/remove", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def remove(public_id: str, question_id: str) -> Answer:
    """Remove a question, after one has read how many answers go with it."""
    gathering = _hosted(public_id)
    question = _one_of(queries.questions_of(gathering.id), question_id)
    if request.method != "POST":
        return _remove_page(gathering, question)
    known = request.form.get("answers", "")
    answers = int(known) if known.isascii() and known.isdigit() and len(known) < 7 else 0
    try:
        service.remove(gathering.id, question_id, answers=answers, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _remove_page(gathering, question, refusal), 409
    flash(_("The question is removed."), "good")
    return _back(gathering)


@blueprint.post("/<public_id>/others")
@access.open_to(access.HOSTS)
def use_for_others(public_id: str) -> Response:
    """Ask the same at the other coming visits of the school."""
    gathering = _hosted(public_id)
    asking, kept = service.use_for_others(gathering.id, actor=_actor(), now=clock.now())
    flash(ngettext("%(num)d other visit asks this now.", "%(num)d other visits ask this now.", asking), "good")
    if kept:
        flash(
            ngettext("%(num)d has questions of its own and keeps them.", "%(num)d have questions of their own and keep them.", kept), "info"
        )
    return _back(gathering)


def _hosted(public_id: str) -> Gathering:
    return queries.gathering_for_host_or_404(public_id, access.actor())


def _one_of(listed: Sequence[Question], public_id: str) -> Question:
    question = next((question for question in listed if question.public_id == public_id), None)
    if question is None:
        abort(404)
    return question


def _actor() -> str:
    return audit.user(access.actor().user_id)


def _back(gathering: Gathering) -> Response:
    return redirect(url_for("questions.index", public_id=gathering.public_id), 303)


def _save(gathering: Gathering, form: QuestionForm, deed: Callable[[], object], question: Question | None = None) -> Answer:
    if not form.validate():
        return _edit_page(gathering, form, question), 422
    try:
        deed()
    except Refusal as refusal:
        return _edit_page(gathering, form, question, refusal), 409
    flash(_("Saved."), "good")
    return _back(gathering)


def _move(gathering: Gathering, question_id: str, *, up: bool) -> Answer:
    try:
        service.move(gathering.id, question_id, up=up, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _list_page(gathering, refusal), 409
    return _back(gathering)


def _list_page(gathering: Gathering, refusal: Refusal | None = None) -> str:
    listed = queries.questions_of(gathering.id)
    texts = {question.key: question for question in listed}
    conditions = {one.id: condition_words(texts[one.condition_key], one.condition_answer) for one in listed if one.condition_key in texts}
    return _page("index", gathering, refusal, questions=listed, conditions=conditions, kinds=KIND_LABELS, pers=PER_LABELS)


def _edit_page(gathering: Gathering, form: QuestionForm, question: Question | None = None, refusal: Refusal | None = None) -> str:
    return _page("edit", gathering, refusal, form=form, question=question, with_options=[kind.value for kind in WITH_OPTIONS])


def _remove_page(gathering: Gathering, question: Question, refusal: Refusal | None = None) -> str:
    return _page("remove", gathering, refusal, question=question, answers=queries.answered_by(question.id))


def _page(name: str, gathering: Gathering, refusal: Refusal | None, **facts: object) -> str:
    back = "visits_workspace.manage" if gathering.kind == GatheringKind.VISIT else "meetups.people"
    return render_template(
        f"registration/questions/{name}.html", gathering=gathering, back=url_for(back, public_id=gathering.public_id),
        refusal=translated(refusal.sentence) if refusal else None, **facts,
    )  # fmt: skip
