"""Pages of signing in, of an invitation, and of who may do what."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from scheduler.accounts import queries, service, signed_in
from scheduler.accounts.forms import AcceptForm, CodeForm, InviteForm, SignInForm
from scheduler.accounts.models import SignInLink
from scheduler.core.access import AccessRole
from scheduler.core.refusal import Refusal
from scheduler.core.text import unshowable
from scheduler.foundation import access, clock
from scheduler.foundation.templating import translated
from scheduler.foundation.tokens import digest, new_token
from scheduler.schools import queries as schools
from scheduler.schools.choosing import queries as choosing

blueprint = Blueprint("accounts", __name__)

MOST = 2**31 - 1
"""The largest id that both databases know"""
BROWSER = "browser"
"""Where the signed cookie keeps the key that binds a link to the browser that asked"""


def own_path(target: str | None) -> str | None:
    """A target within this site, or None: browsers read // and backslashes as the beginning of another host.

    >>> own_path("/workspace?past=1"), own_path("//evil.example"), own_path("javascript:1"), own_path("/\\\\evil.example")
    ('/workspace?past=1', None, None, None)
    """
    if target and target.startswith("/") and not target.startswith("//") and "\\" not in target and not unshowable(target):
        return target
    return None


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
def sign_in() -> str | Response | tuple[str, int]:
    """Ask for a link: the answer is the same for every address."""
    form = SignInForm()
    if not form.is_submitted():
        return render_template("accounts/sign_in.html", form=form)
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form), 422
    browser = _browser() or new_token()
    service.ask_for_link(form.email.data or "", browser=browser, now=clock.now())
    session[BROWSER], session["next"], session.permanent = browser, own_path(request.args.get("next")), True
    return redirect(url_for("accounts.sign_in_code"), 303)


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@access.open_to(access.ANYONE)
def sign_in_code() -> str | Response | tuple[str, int]:
    """The mail is on its way; its code can be typed here."""
    form = CodeForm()
    if not form.is_submitted():
        return _code_page(form)
    if not form.validate():
        return _code_page(form), 422
    try:
        token = service.use_code(form.code.data or "", browser=_browser(), now=clock.now())
    except Refusal as refusal:
        return _code_page(form, refusal), 409
    return _enter(token)


def _code_page(form: CodeForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "accounts/code.html", form=form, asked=bool(_browser()), refusal=translated(refusal.sentence) if refusal else None, noindex=True
    )


@blueprint.get("/sign-in/<token>")
@access.open_to(access.LINK)
def sign_in_link(token: str) -> str | tuple[str, int]:
    """Where a mailed link leads: a button, because programs that look at links in mails must not use them up."""
    link = queries.find_open_link(token, now=clock.now())
    if link is None or (link.user_id is None and link.browser_hash):
        return _dead_page("sign_in")
    return render_template("accounts/link.html", token=token, here=_belongs_here(link), noindex=True)


def _belongs_here(link: SignInLink) -> bool:
    return link.browser_hash == digest(_browser()) or (not link.browser_hash and service.printed_links_work())


@blueprint.post("/sign-in/<token>")
@access.open_to(access.LINK)
def use_sign_in_link(token: str) -> Response | tuple[str, int]:
    """Use the link."""
    try:
        session_token = service.use_link(token, browser=_browser(), now=clock.now())
    except Refusal:
        return _dead_page("sign_in")
    return _enter(session_token)


def _dead_page(kind: str) -> tuple[str, int]:
    return render_template("accounts/dead.html", kind=kind, noindex=True), 404


def _browser() -> str:
    """The key of this browser; empty before it asked for a link."""
    return str(session.get(BROWSER, ""))


def _enter(token: str) -> Response:
    """Put the session's token into a fresh cookie and go where the person was going."""
    target = own_path(session.get("next")) or url_for("home.workspace")
    session.clear()
    session.permanent = True
    login_user(signed_in.load(token))
    return redirect(target, 303)


@blueprint.post("/sign-out")
@access.open_to(access.ANYONE)
def sign_out() -> Response:
    """End this session: its row goes, so no copy of the cookie works."""
    if current_user.is_authenticated:
        service.end_session(current_user.token, now=clock.now())
    return _leave(_("You are signed out."))


@blueprint.post("/sign-out/everywhere")
@access.open_to(access.STAFF)
def sign_out_everywhere() -> Response:
    """End all sessions of this person."""
    service.end_all_sessions(current_user.user_id, now=clock.now())
    return _leave(_("You are signed out in every browser."))


def _leave(words: str) -> Response:
    logout_user()
    session.clear()
    flash(words, "good")
    return redirect(url_for("home.index"), 303)


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@access.open_to(access.LINK)
def invitation(token: str) -> str | Response | tuple[str, int]:
    """What one is invited to, and the button that accepts."""
    invited = queries.find_open_invitation(token, now=clock.now())
    if invited is None:
        return _dead_page("invitation")
    form = AcceptForm(data={"name": invited.name})
    if not form.is_submitted() or not form.validate():
        return render_template("accounts/invitation.html", invited=invited, form=form, noindex=True), 422 if form.errors else 200
    try:
        session_token = service.accept_invitation(token, form.name.data or "", now=clock.now())
    except Refusal:
        return _dead_page("invitation")
    session.pop("next", None)
    response = _enter(session_token)
    flash(_("Welcome. From now on you sign in with your e-mail address alone."), "good")
    return response


@blueprint.get("/workspace/people")
@access.open_to(access.ADMINISTRATORS)
def people() -> str:
    """Who may do what, and who is invited."""
    return _people_page(InviteForm(choosing.among()))


@blueprint.post("/workspace/people")
@access.open_to(access.ADMINISTRATORS)
def invite() -> Response | tuple[str, int]:
    """Invite somebody."""
    form = InviteForm(choosing.among())
    if not form.validate():
        return _people_page(form), 422
    try:
        service.invite(form.email.data or "", AccessRole(form.role.data), form.school_id, actor=access.actor(), now=clock.now())
    except Refusal as refusal:
        return _people_page(form, refusal), 409
    flash(_("The invitation to %(address)s is on its way.", address=form.email.data), "good")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post(f"/workspace/people/invitations/<int(max={MOST}):invitation_id>/mail-again")
@access.open_to(access.ADMINISTRATORS)
def mail_again(invitation_id: int) -> Response | tuple[str, int]:
    """Send an invitation once more."""
    queries.invitation_or_404(invitation_id)
    try:
        address = service.mail_again(invitation_id, actor=access.actor(), now=clock.now())
    except Refusal as refusal:
        return _people_page(InviteForm(choosing.among(), formdata=None), refusal), 409
    flash(_("A new mail to %(address)s is on its way. The link of the earlier one does not work any more.", address=address), "good")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post(f"/workspace/people/invitations/<int(max={MOST}):invitation_id>/withdraw")
@access.open_to(access.ADMINISTRATORS)
def withdraw(invitation_id: int) -> Response | tuple[str, int]:
    """Take an invitation back."""
    queries.invitation_or_404(invitation_id)
    try:
        service.withdraw_invitation(invitation_id, actor=access.actor(), now=clock.now())
    except Refusal as refusal:
        return _people_page(InviteForm(choosing.among(), formdata=None), refusal), 409
    flash(_("The invitation is withdrawn."), "good")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post(f"/workspace/people/roles/<int(max={MOST}):grant_id>/remove")
@access.open_to(access.ADMINISTRATORS)
def remove_role(grant_id: int) -> Response | tuple[str, int]:
    """Take a role away."""
    grant = queries.grant_or_404(grant_id)
    own = (grant.user_id, grant.role) == (current_user.user_id, AccessRole.ADMINISTRATOR)
    try:
        service.revoke_grant(grant_id, actor=access.actor(), now=clock.now())
    except Refusal as refusal:
        return _people_page(InviteForm(choosing.among(), formdata=None), refusal), 409
    flash(_("The role is removed."), "good")
    return redirect(url_for("home.index" if own else "accounts.people"), 303)


def _people_page(form: InviteForm, refusal: Refusal | None = None) -> str:
    people, invitations = queries.people(request.args), queries.open_invitations(now=clock.now())
    named = [grant.school_id for user in people.rows for grant in user.grants] + [each.invitation.school_id for each in invitations]
    return render_template(
        "accounts/people.html", form=form, people=people, invitations=invitations, school_names=queries.school_names(named),
        zone=schools.network().time_zone, refusal=translated(refusal.sentence) if refusal else None,
    )  # fmt: skip
