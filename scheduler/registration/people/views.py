"""Pages of a party's people: who comes, what they tell their host, and the page by which colleagues join."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from scheduler.core import consents
from scheduler.core.questions import Per
from scheduler.core.refusal import Refusal, Sentence
from scheduler.foundation import access, clock, tokens
from scheduler.foundation.templating import large, translated
from scheduler.registration import links, service
from scheduler.registration import queries as registrations
from scheduler.registration.models import Attendee, GatheringKind, Question, Registration
from scheduler.registration.people import address, permissions, queries
from scheduler.registration.people import service as people
from scheduler.registration.people.forms import AddressForm, DescribeForm, FewerForm, JoinForm, TellForm, WhoComesForm
from scheduler.registration.questions.fields import given_in, with_questions
from scheduler.registration.questions.queries import Sheet, sheet_of
from scheduler.schools import queries as schools

blueprint = Blueprint("registration_people", __name__)
Answer = str | Response | tuple[str, int]


@blueprint.route("/registrations/<public_id>/people", methods=["GET", "POST"])
@access.open_to(access.LINK)
def who_comes(public_id: str) -> Answer:
    """The lead names each person, corrects a name, or gives a place to somebody else."""
    registration = own_party(public_id)
    if request.method != "POST":
        return _people_page(registration, WhoComesForm.of(queries.in_order(registration)))
    form = WhoComesForm()
    if not form.check():
        return _people_page(registration, form), 422
    try:
        changed = people.name_people(registration.id, form.places(), actor="link", now=clock.now())
    except Refusal as refusal:
        return _people_page(own_party(public_id), form, refusal), 409
    flash(_("Saved.") if changed else _("Nothing was changed."), "good")
    return redirect(url_for("registration_people.who_comes", public_id=public_id), 303)


@blueprint.post("/registrations/<public_id>/join-link")
@access.open_to(access.LINK)
def replace_link(public_id: str) -> Answer:
    """Make a new link for colleagues; the old one is dead at once."""
    registration = _own_of_visit(public_id)
    try:
        people.new_join_link(registration.id, actor="link", now=clock.now())
    except Refusal as refusal:
        return _people_page(own_party(public_id), WhoComesForm.of(queries.in_order(registration)), refusal), 409
    flash(_("The new link is below. The old one no longer works; whoever joined by it stays."), "good")
    return redirect(url_for("registration_people.who_comes", public_id=public_id), 303)


@blueprint.route("/registrations/<public_id>/fewer", methods=["GET", "POST"])
@access.open_to(access.LINK)
def fewer(public_id: str) -> Answer:
    """Who stays home when a party becomes so small that not everybody with a name can come."""
    registration = _own_of_visit(public_id)
    size = request.args.get("size", "")
    number = len(registration.attendees) - int(size) if size.isascii() and size.isdigit() and len(size) < 5 else 0
    number -= queries.missing_names(registration)
    if not 0 < number < len(registration.attendees):
        return redirect(url_for("registration.show", public_id=public_id), 303)
    form = FewerForm(queries.in_order(registration), number)
    if request.method != "POST":
        return _fewer_page(registration, form, int(size))
    if not form.validate():
        return _fewer_page(registration, form, int(size)), 422
    reason, home = form.reason.data or "", form.home.data or ()
    try:
        service.resize(registration.id, int(size), without=home, reason=reason, actor="link", now=clock.now())
    except Refusal as refusal:
        return _fewer_page(own_party(public_id), form, int(size), refusal), 409
    flash(_("Your party is smaller now. The seats you freed go to others."), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.route("/registrations/<public_id>/people/<place>", methods=["GET", "POST"])
@access.open_to(access.LINK)
def describe(public_id: str, place: str) -> Answer:
    """The lead tells the host about one person: what they need, what the host asks of each."""
    registration = own_party(public_id)
    attendee = queries.named_attendee(registration, place)
    if attendee is None:
        abort(404)
    sheet = sheet_of(registration.gathering_id, registration_id=registration.id)
    asked = _asked_of(sheet, attendee)
    form = with_questions(DescribeForm, asked, sheet.of_attendee(registration.id, attendee.id), data=_about(attendee, "unknown"))
    if request.method != "POST":
        return _describe_page(registration, attendee, form, asked)
    if not form.validate():
        return _describe_page(registration, attendee, form, asked), 422
    try:
        people.describe(registration.id, place, form.told(given_in(form, asked)), actor="link", now=clock.now())
    except Refusal as refusal:
        return _describe_page(own_party(public_id), attendee, form, asked, refusal), 409
    more = _more_asked(registration, asked, attendee)
    return _saved(more, request.path, url_for("registration_people.who_comes", public_id=public_id))


@blueprint.route("/registrations/<public_id>/more", methods=["GET", "POST"])
@access.open_to(access.LINK)
def tell(public_id: str) -> Answer:
    """The lead tells the host more, and answers what the host asks the whole party."""
    registration = _own_of_visit(public_id)
    sheet = sheet_of(registration.gathering_id, registration_id=registration.id)
    asked = sheet.shown(Per.PARTY, sheet.of_party(registration.id))
    areas = [(area.id, large(area.name)) for area in schools.focus_areas()]
    form = with_questions(TellForm, asked, sheet.of_party(registration.id), areas=areas, data=_details(registration))
    if request.method != "POST":
        return _tell_page(registration, form, asked)
    if not form.validate():
        return _tell_page(registration, form, asked), 422
    try:
        people.tell_host(registration.id, form.told(given_in(form, asked)), actor="link", now=clock.now())
    except Refusal as refusal:
        return _tell_page(own_party(public_id), form, asked, refusal), 409
    return _saved(_more_asked(registration, asked), request.path, url_for("registration.show", public_id=public_id))


@blueprint.route("/registrations/<public_id>/address", methods=["GET", "POST"])
@access.open_to(access.LINK)
def new_address(public_id: str) -> Answer:
    """The lead wants mail at another address; it is written to first."""
    registration, form = own_party(public_id), AddressForm()
    if request.method != "POST":
        return _page("address", registration, None, form=form)
    if not form.validate():
        return _page("address", registration, None, form=form), 422
    email = form.email.data or ""
    try:
        address.ask_new_address(registration.id, email, actor="link", now=clock.now())
    except Refusal as refusal:
        return _page("address", own_party(public_id), refusal, form=form), 409
    flash(_("We have written to %(address)s. Press the button behind the link there; until then nothing changes.", address=email), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.route("/a/<signed>", methods=["GET", "POST"])
@access.open_to(access.LINK)
def open_address(signed: str) -> Answer:
    """Whoever reads mail at the new address says that it is theirs; opening the link alone changes nothing."""
    read = links.read_address(signed)
    if read is None:
        abort(404)
    public_id, link_round, email = read
    registration = registrations.registration_or_404(public_id)
    if request.method != "POST":
        return _page("address_confirm", registration, None, email=email, signed=signed)
    try:
        now_round = address.use_new_address(registration.id, email, link_round, now=clock.now())
    except Refusal as refusal:
        again = registrations.registration_or_404(public_id)
        return _page("address_confirm", again, refusal, email=email, signed=signed), 409
    links.remember(public_id, now_round)
    flash(_("Mail about this booking goes to %(address)s from now on.", address=email), "good")
    return redirect(url_for("registration.show", public_id=public_id), 303)


@blueprint.get("/j/<public_id>/<token>")
@access.open_to(access.LINK)
def open_join(public_id: str, token: str) -> Response:
    """Exchange the lead's link for a cookie and a clean address; nothing is written."""
    registration = registrations.registration_or_404(public_id)
    rounds = range(registration.join_round, -1, -1)
    opened = next((link_round for link_round in rounds if tokens.opens(token, links.JOIN, public_id, link_round)), None)
    if opened is None:
        abort(404)
    joined = links.joined(public_id)
    links.remember_joined(public_id, opened, joined[1] if joined else "")
    return redirect(url_for("registration_people.join", public_id=public_id), 303)


@blueprint.route("/join/<public_id>", methods=["GET", "POST"])
@access.open_to(access.LINK)
def join(public_id: str) -> Answer:
    """A colleague takes a free place of the party, or changes what they said on this phone before."""
    registration, link_round, place = _joining(public_id)
    attendee = queries.named_attendee(registration, place)
    if (closed := _closed(registration, link_round, attendee)) is not None:
        return _join_page(registration, None, [], closed=closed), 409 if request.method == "POST" else 200
    sheet = sheet_of(registration.gathering_id, registration_id=registration.id)
    asked = _asked_of(sheet, attendee) if attendee else sheet.shown(Per.ATTENDEE, sheet.of_party(registration.id))
    given = sheet.of_attendee(registration.id, attendee.id) if attendee else {}
    form = with_questions(JoinForm, asked, given, data=_typed_by(attendee))
    if request.method != "POST":
        return _join_page(registration, form, asked, attendee=attendee)
    if not form.validate():
        return _join_page(registration, form, asked, attendee=attendee), 422
    return _join(registration, form, asked, attendee, link_round)


def _join(registration: Registration, form: JoinForm, asked: Sequence[Question], attendee: Attendee | None, link_round: int) -> Answer:
    public_id, before = registration.public_id, attendee.public_id if attendee else ""
    told, key = form.told(given_in(form, asked)), form.key.data or ""
    try:
        place = people.join(registration.id, form.named(), told, place=before, key=key, link_round=link_round, now=clock.now())
    except Refusal as refusal:
        again = registrations.registration_or_404(public_id)
        return _join_page(again, form, asked, attendee=queries.named_attendee(again, before), refusal=refusal), 409
    links.remember_joined(public_id, link_round, place)
    again = registrations.registration_or_404(public_id)
    joined = queries.named_attendee(again, place)
    said = _("Saved.") if attendee else _("You are on the list.")
    return _saved(_more_asked(again, asked, joined) if joined else 0, request.path, request.path, said)


@blueprint.get("/texts/<kind>/<version>")
@access.open_to(access.ANYONE)
def text(kind: str, version: str) -> str:
    """What people accept or permit, in the words that were shown to them."""
    found = consents.find_text(kind, version)
    if found is None:
        abort(404)
    others = [other for other in consents.TEXTS if other.kind == found.kind and other is not found]
    return render_template("registration/people/text.html", text=found, others=others, newest=consents.newest(found.kind))


def own_party(public_id: str) -> Registration:
    """A party or a team that this browser opened by its link."""
    registration = registrations.registration_or_404(public_id)
    if not links.is_remembered(public_id, registration.link_round):
        abort(404)
    return registration


def _own_of_visit(public_id: str) -> Registration:
    """The same where only visits have such a page: the people of a team have names, and nobody joins by a link."""
    registration = own_party(public_id)
    if registration.gathering.kind != GatheringKind.VISIT:
        abort(404)
    return registration


def _joining(public_id: str) -> tuple[Registration, int, str]:
    """A party whose join link this browser opened, by which round of it, and who joined here."""
    registration, known = registrations.registration_or_404(public_id), links.joined(public_id)
    if known is None:
        abort(404)
    return registration, *known


def _closed(registration: Registration, link_round: int, attendee: Attendee | None) -> Sentence | None:
    """Why nobody can join here now; None while somebody can."""
    if registration.join_round != link_round:
        return people.dead_link(registration)
    try:
        people.refuse_closed(registration, registration.gathering, joins=True, now=clock.now())
    except Refusal as refusal:
        return refusal.sentence
    if attendee is None and not queries.missing_names(registration):
        return people.NoPlaceLeft(registration.party_size, registration.lead_name).sentence
    return None


def _asked_of(sheet: Sheet, attendee: Attendee) -> list[Question]:
    return sheet.shown(Per.ATTENDEE, sheet.of_attendee(attendee.registration_id, attendee.id))


def _more_asked(registration: Registration, before: Sequence[Question], attendee: Attendee | None = None) -> int:
    """How many questions follow from the answers that were just given."""
    sheet = sheet_of(registration.gathering_id, registration_id=registration.id)
    after = _asked_of(sheet, attendee) if attendee else sheet.shown(Per.PARTY, sheet.of_party(registration.id))
    return len({question.id for question in after} - {question.id for question in before})


def _saved(more: int, same: str, done: str, said: str | None = None) -> Response:
    """Back to the same page when an answer led to further questions, else onward."""
    flash(said or _("Saved."), "good")
    if more:
        flash(ngettext("%(num)d more question follows from your answer.", "%(num)d more questions follow from your answer.", more), "info")
    return redirect(same if more else done, 303)


def _about(attendee: Attendee, photo: str | None) -> dict[str, object]:
    """What was said of one person; `photo` where nothing was said about pictures."""
    needs, said = queries.needs_of(attendee.id), permissions.photo_answer(attendee)
    return {"needs": needs.needs if needs else [], "note": needs.note if needs else "", "photo": said.value if said else photo}


def _typed_by(attendee: Attendee | None) -> dict[str, object]:
    if attendee is None:
        return {}
    return {"name": attendee.name, "role": attendee.role, "email": attendee.email, **_about(attendee, None)}


def _details(registration: Registration) -> dict[str, object]:
    details = queries.details_of(registration.id)
    if details is None:
        return {}
    return {
        "focus_areas": [str(area.id) for area in details.focus_areas], "phone": details.phone, "arrival": details.arrival,
        "prior_visits": details.prior_visits.value if details.prior_visits else "",
    }  # fmt: skip


def _people_page(registration: Registration, form: WhoComesForm, refusal: Refusal | None = None) -> str:
    attendees = {attendee.public_id: attendee for attendee in registration.attendees}
    queries.read_permissions(registration)
    return _page(
        "people", registration, refusal, form=form, attendees=attendees, missing=queries.missing_names(registration),
        names_by=queries.names_by(registration.gathering), join_url=links.join_url(registration.public_id, registration.join_round),
        board=queries.board_of(registration.gathering_id, registration_id=registration.id),
    )  # fmt: skip


def _fewer_page(registration: Registration, form: FewerForm, size: int, refusal: Refusal | None = None) -> str:
    return _page("fewer", registration, refusal, form=form, size=size, closed=registration.gathering.is_closed(clock.now()))


def _describe_page(
    registration: Registration, attendee: Attendee, form: DescribeForm, asked: Sequence[Question], refusal: Refusal | None = None
) -> str:
    return _page("describe", registration, refusal, attendee=attendee, form=form, fields=_fields(form, asked))


def _tell_page(registration: Registration, form: TellForm, asked: Sequence[Question], refusal: Refusal | None = None) -> str:
    return _page("tell", registration, refusal, form=form, fields=_fields(form, asked))


def _fields(form: TellForm | DescribeForm | JoinForm, asked: Sequence[Question]) -> Mapping[str, Question]:
    """The names of the fields that are the host's questions."""
    return {f"question_{question.public_id}": question for question in asked}


def _page(name: str, registration: Registration, refusal: Refusal | None, **facts: object) -> str:
    return render_template(
        f"registration/people/{name}.html", registration=registration, gathering=registration.gathering, now=clock.now(), noindex=True,
        refusal=translated(refusal.sentence) if refusal else None, open=_is_open(registration),
        photo_version=consents.newest(consents.TextKind.PHOTO).version, **facts,
    )  # fmt: skip


def _is_open(registration: Registration) -> bool:
    """Whether anything about the people can still change."""
    try:
        people.refuse_closed(registration, registration.gathering, now=clock.now())
    except Refusal:
        return False
    return True


def _join_page(
    registration: Registration, form: JoinForm | None, asked: Sequence[Question], *, attendee: Attendee | None = None,
    refusal: Refusal | None = None, closed: Sentence | None = None,
) -> str:  # fmt: skip
    return _page(
        "join", registration, refusal, form=form, fields=_fields(form, asked) if form else {}, attendee=attendee,
        closed=translated(closed) if closed else None, photo_rule=consents.newest(consents.TextKind.PHOTO_RULE),
        named=registration.party_size - queries.missing_names(registration),
    )  # fmt: skip


def panel_of(registration: Registration, *, asks: bool) -> dict[str, object]:
    """What the party's own page says about its people; `asks`: its host asks them something."""
    names = queries.missing_names(registration)
    return {
        "attendees": queries.in_order(registration), "names": names, "answers": queries.missing_at(registration)["answers"] if asks else 0,
        "names_by": queries.names_by(registration.gathering) if names else None,
    }  # fmt: skip
