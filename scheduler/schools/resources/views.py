"""Pages of shared resources: search and files for everybody, and the shelf of a school for its hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, audit, clock, files
from scheduler.foundation.templating import translated
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.forms import SchoolForm
from scheduler.schools.choosing.queries import Among
from scheduler.schools.models import FocusArea, School
from scheduler.schools.queries import Choice
from scheduler.schools.resources import queries, service, wording
from scheduler.schools.resources.forms import ResourceForm
from scheduler.schools.resources.models import Audience, Resource, ResourceKind
from scheduler.schools.resources.queries import Filters

blueprint = Blueprint("resources", __name__)
MOST_SENT = 25 * 1024 * 1024
"""So much may be sent here, so that a file that is too large still gets its sentence and what was typed stays"""
MOST_ON_A_PAGE = 6
"""Resources on the page of a school or a visit; the others are a click away"""


@blueprint.url_value_preprocessor
def take_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Runs before anything reads the form: only who may share sends files larger than other forms take."""
    if request.method == "POST" and access.actor().has(*access.HOSTS.roles):
        request.max_content_length = MOST_SENT


@blueprint.get("/resources")
@access.open_to(access.ANYONE)
def index() -> str:
    """What schools share with everybody, by words, focus area, kind and school; the address can be shared."""
    areas, listed = queries.options()
    choose = SchoolForm(listed, request.args.get("school"), empty=_("All schools"))
    if listed.is_many:
        choose.validate()
    filters, unknown = _read(areas, choose)
    asked = request.args.get("page", "")
    found = queries.find(filters, page=int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 6 else 1)
    asks = {name: getattr(filters, name) for name in ("words", "focus", "kind", "school") if getattr(filters, name)}
    return render_template(
        "schools/resources/index.html", found=found, filters=filters, unknown=unknown, areas=areas, kinds=wording.KINDS, choose=choose,
        url_of=lambda page: url_for("resources.index", **asks, page=page), active=bool(asks),
    )  # fmt: skip


def _read(areas: Sequence[FocusArea], choose: SchoolForm) -> tuple[Filters, bool]:
    """What the address asks for; True beside it where it asks for something that is not here and that no field tells of."""
    school = choose.school.chosen
    known = {
        "focus": {area.slug for area in areas},
        "kind": {kind.value for kind in ResourceKind},
        "school": {school.slug} if school else set(),
    }
    asked = {name: request.args.get(name, "") for name in known} | {"school": choose.school.data}
    filters = Filters(
        words=request.args.get("words", "").replace("\0", "")[:200].strip(),
        **{name: value if value in known[name] else "" for name, value in asked.items()},
    )
    told = {"school"} if choose.school.errors else set()
    return filters, any(value and value not in known[name] for name, value in asked.items() if name not in told)


@blueprint.get("/resources/<public_id>/file")
@access.open_to(access.ANYONE)
def download(public_id: str) -> Response:
    """A file that everybody may have."""
    return _file_of(queries.public_or_404(public_id), private=False)


@blueprint.get("/workspace/resources")
@access.open_to(access.HOSTS)
def shelf() -> tuple[str, int]:
    """What a school shares, for its hosts."""
    hosted, asked = choosing.hosted(access.actor()), request.args.get("school")
    choose = SchoolForm(hosted, asked or (hosted.listed[0].slug if hosted.listed and not hosted.is_many else ""))
    if asked and not (choose.validate() or hosted.is_many):
        abort(404)
    school = choose.school.chosen
    shared = queries.of_school(school.id, *Audience) if school else []
    body = render_template("schools/resources/shelf.html", school=school, choose=choose, shared=shared, audiences=wording.AUDIENCES)
    return body, 422 if choose.errors else 200


@blueprint.route("/workspace/resources/new", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def new() -> str | Response | tuple[str, int]:
    """Share a link or a file."""
    school = _chosen(choosing.hosted(access.actor()))
    if school is None:
        return redirect(url_for("resources.shelf"), 303)
    form = ResourceForm(schools.focus_areas())
    if request.method != "POST":
        return _edit_page(form, school)
    if not form.check():
        return _edit_page(form, school), 422
    try:
        service.share(school.id, form.details(), actor=_actor(), now=clock.now())
    except Refusal as refusal:
        return _edit_page(form, school, refusal=refusal), 409
    flash(_("“%(title)s” is shared.", title=form.title.data), "good")
    return _back_to(school)


@blueprint.route("/workspace/resources/<public_id>/edit", methods=["GET", "POST"])
@access.open_to(access.HOSTS)
def edit(public_id: str) -> str | Response | tuple[str, int]:
    """Change what is shared."""
    resource = queries.for_host_or_404(public_id, access.actor())
    form = ResourceForm(schools.focus_areas(), resource)
    if request.method != "POST":
        return _edit_page(form, resource.school, resource)
    if not form.check():
        return _edit_page(form, resource.school, resource), 422
    try:
        service.edit(resource.id, form.details(), version=form.version.number, actor=_actor(), now=clock.now())
    except Refusal as refusal:
        resource = queries.for_host_or_404(public_id, access.actor())
        return _edit_page(form, resource.school, resource, refusal), 409
    flash(_("Saved."), "good")
    return _back_to(resource.school)


@blueprint.post("/workspace/resources/<public_id>/remove")
@access.open_to(access.HOSTS)
def remove(public_id: str) -> Response:
    """Share something no longer."""
    resource = queries.for_host_or_404(public_id, access.actor())
    title, school = resource.title, resource.school
    service.remove(resource.id, actor=_actor(), now=clock.now())
    flash(_("“%(title)s” is no longer shared.", title=title), "good")
    return _back_to(school)


@blueprint.get("/workspace/resources/<public_id>/file")
@access.open_to(access.HOSTS)
def look(public_id: str) -> Response:
    """A file as its hosts have it, whoever else may."""
    return _file_of(queries.for_host_or_404(public_id, access.actor()), private=True)


def shared_with_everybody(school: School, area_ids: Sequence[int] = (), also: Sequence[int] = ()) -> Sequence[Resource]:
    """For the page of a school or of a visit: what everybody may see, newest first, one more than is shown."""
    return queries.of_school(school.id, Audience.EVERYBODY, area_ids=area_ids, also=also, most=MOST_ON_A_PAGE + 1)


def link_host(url: str) -> str:
    """The site to which a link leads, as people name it.

    >>> link_host("https://www.school.org/rubric?x=1")
    'school.org'
    """
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _file_of(resource: Resource, *, private: bool) -> Response:
    return files.served(resource.file, request.if_none_match, private=private) if resource.file else abort(404)


def _chosen(hosted: Among) -> Choice | None:
    """The school that the address names, one of one's own; else the first, where a list has them all."""
    if slug := request.args.get("school"):
        return hosted.find(slug) or abort(404)
    return hosted.listed[0] if hosted.listed and not hosted.is_many else None


def _edit_page(form: ResourceForm, school: Choice | School, resource: Resource | None = None, refusal: Refusal | None = None) -> str:
    said = translated(refusal.sentence) if refusal else None
    stored = form.meanwhile(ResourceForm(schools.focus_areas(), resource, formdata=None)) if refusal and resource else []
    return render_template("schools/resources/edit.html", form=form, school=school, resource=resource, refusal=said, stored=stored)


def _back_to(school: Choice | School) -> Response:
    return redirect(url_for("resources.shelf", school=school.slug), 303)


def _actor() -> str:
    return audit.user(access.actor().user_id)
