"""The directory, for everybody."""

from __future__ import annotations

from itertools import groupby

from flask import render_template, request

from scheduler.foundation import access
from scheduler.foundation.templating import absolute
from scheduler.schools import queries, tiers
from scheduler.schools.views.blueprint import blueprint


@blueprint.get("/schools")
@access.open_to(access.ANYONE)
def index() -> str:
    """The schools page by page, Living Labs first."""
    page = queries.directory(request.args)
    listed = [(tiers.HEADINGS[tier], list(schools)) for tier, schools in groupby(page.rows, lambda school: school.tier)]
    return render_template("schools/index.html", tiers=listed, page=page)


@blueprint.get("/schools/<slug>")
@access.open_to(access.ANYONE)
def show(slug: str) -> str:
    """One school: what it is known for, where it is, its visits and its calendar."""
    return render_template("schools/show.html", school=queries.school_or_404(slug), feed_url=absolute("calendars.school_feed", slug=slug))
