"""The network's settings, for administrators."""

from __future__ import annotations

from dataclasses import asdict

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from scheduler.core.refusal import Refusal
from scheduler.foundation import access, clock
from scheduler.schools import queries, service
from scheduler.schools.forms import NetworkForm
from scheduler.schools.views.blueprint import actor, blueprint, said


@blueprint.route("/workspace/network", methods=["GET", "POST"])
@access.open_to(access.ADMINISTRATORS)
def network() -> str | Response | tuple[str, int]:
    """How the site and the network are called, and what the landing page says."""
    stored = queries.network()
    form = NetworkForm(data=asdict(service.network_details_of(stored)) | {"version": str(stored.version)})
    if not form.is_submitted():
        return _page(form)
    if not form.validate():
        return _page(form), 422
    try:
        service.edit_network(form.details(), version=form.version.number, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(form, refusal), 409
    flash(_("Saved."), "good")
    return redirect(url_for("schools.network"), 303)


def _page(form: NetworkForm, refusal: Refusal | None = None) -> str:
    stored = []
    if isinstance(refusal, service.ChangedMeanwhile):
        form.version.data = str(refusal.version)
        stored = [(form[name].label.text, value) for name, value in refusal.stored.items()]
    return render_template("schools/network.html", form=form, stored=stored, refusal=said(refusal))
