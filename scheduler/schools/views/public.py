"""The directory, for everybody."""

from __future__ import annotations

from flask import render_template

from scheduler.foundation import access
from scheduler.foundation.templating import absolute
from scheduler.schools import queries, tiers
from scheduler.schools.views.blueprint import blueprint


@blueprint.get("/schools")
@access.open_to(access.ANYONE)
def index() -> str:
    """All schools, Living Labs first."""
    return render_template("schools/index.html", tiers=[(tiers.HEADINGS[tier], listed) for tier, listed in queries.schools_by_tier()])


@blueprint.get("/schools/<slug>")
@access.open_to(access.ANYONE)
def show(slug: str) -> str:
    """One school: what it is known for, where it is, its visits and its calendar."""
    return render_template("schools/show.html", school=queries.school_or_404(slug), feed_url=absolute("calendars.school_feed", slug=slug))
