"""What a box for a school offers while somebody types."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from scheduler.foundation import access
from scheduler.schools.choosing import queries

blueprint = Blueprint("choosing", __name__)


@blueprint.get("/school-names")
@access.open_to(access.ANYONE)
def names() -> Response:
    """The names of the directory that come near what was typed so far."""
    return jsonify(queries.names_near(request.args.get("words", "")))
