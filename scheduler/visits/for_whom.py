"""At which school a visit or a season is planned: chosen in the form, or, where no list can hold them all, before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request
from flask_babel import gettext as _

from scheduler.core.access import Actor
from scheduler.foundation.db import db
from scheduler.schools.choosing import queries as choosing
from scheduler.schools.choosing.forms import SchoolForm
from scheduler.schools.models import School
from scheduler.visits import queries


@dataclass(frozen=True)
class ForWhom:
    """The schools of the form, and the one that it begins with."""

    schools: Sequence[School]
    chosen: School


def for_whom(actor: Actor) -> ForWhom | tuple[str, int]:
    """The school that the address or the form names, else the first; the page that asks for it, or says that there is none."""
    hosted = choosing.hosted(actor)
    if hosted.is_many:
        return _of_many(hosted)
    schools = queries.schools_of(actor)
    chosen = next((school for school in schools if school.slug == request.args.get("school")), schools[0] if schools else None)
    return ForWhom(schools, chosen) if chosen else (render_template("visits/no_school.html"), 200)


def _of_many(hosted: choosing.Among) -> ForWhom | tuple[str, int]:
    asked = request.form.get("school") or request.args.get("school")
    choose = SchoolForm(hosted, asked, label=_("At which school?"))
    if (found := choose.school.chosen) is not None:
        school = db.session.get_one(School, found.id)
        return ForWhom([school], school)
    status = 422 if asked and not choose.validate() else 200
    return render_template("visits/for_whom.html", choose=choose), status
