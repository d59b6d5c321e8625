"""A host's own questions: asked, ordered, changed, removed, used for other visits, read at the door (visits rule 13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from scheduler.accounts.models import User
from scheduler.core.questions import Condition, Per, QuestionKind
from scheduler.core.refusal import Refusal
from scheduler.foundation.db import db
from scheduler.registration import queries as registrations
from scheduler.registration import service as registration
from scheduler.registration.models import Answer, Question
from scheduler.registration.people import service as people
from scheduler.registration.people.service import PartyTold, Told
from scheduler.registration.questions import queries, service
from scheduler.registration.questions.service import Wording
from scheduler.visits.models import Visit
from tests.people import MONDAY

Make = Callable[..., Visit]
Book = Callable[..., registration.Booked]
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def ask(app: object) -> Callable[..., str]:
    """One more question at a visit."""

    def ask_at(visit: Visit, text: str, kind: QuestionKind = QuestionKind.TEXT, **more: object) -> str:
        return service.ask(visit.gathering_id, Wording(text, kind, **more), actor="user:1", now=MONDAY)  # type: ignore[arg-type]

    return ask_at


def texts(visit: Visit) -> list[str]:
    db.session.rollback()
    return [question.text for question in queries.questions_of(visit.gathering_id)]


def typed(**more: object) -> dict[str, object]:
    return {"text": "Lunch?", "kind": "check", "per": "party", "options": "", "condition": ""} | more


def test_question_moves_up_and_down_but_never_before_the_one_it_waits_for(
    cast: SimpleNamespace, make_visit: Make, ask: Callable[..., str]
) -> None:
    visit = make_visit(cast.here)
    lunch = ask(visit, "Lunch?", QuestionKind.CHECK)
    which = ask(visit, "Which one?", condition=Condition(lunch, "yes"))
    ask(visit, "Your bus?")

    service.move(visit.gathering_id, which, up=False, actor="user:1", now=MONDAY)
    moved = texts(visit)
    service.move(visit.gathering_id, lunch, up=True, actor="user:1", now=MONDAY)  # is the first
    service.move(visit.gathering_id, which, up=True, actor="user:1", now=MONDAY)
    with pytest.raises(Refusal) as refused:
        service.move(visit.gathering_id, which, up=True, actor="user:1", now=MONDAY)

    assert moved == ["Lunch?", "Your bus?", "Which one?"]
    assert texts(visit) == ["Lunch?", "Which one?", "Your bus?"]
    assert str(refused.value) == "“Which one?” waits for an answer to “Lunch?”, which comes later. It has to come earlier."


def test_what_others_wait_for_is_neither_removed_nor_loses_its_option(
    cast: SimpleNamespace, make_visit: Make, ask: Callable[..., str]
) -> None:
    visit = make_visit(cast.here)
    menu = ask(visit, "Menu?", QuestionKind.CHOICE, options=("Vegan", "Fish"))
    ask(visit, "Which fish?", condition=Condition(menu, "Fish"))

    with pytest.raises(Refusal) as gone:
        service.remove(visit.gathering_id, menu, answers=0, actor="user:1", now=MONDAY)
    changed = Wording("Menu?", QuestionKind.CHOICE, options=("Vegan", "Meat"))
    with pytest.raises(Refusal) as less:
        service.change(visit.gathering_id, menu, changed, actor="user:1", now=MONDAY)

    assert str(gone.value) == "“Which fish?” waits for a question that is not there. Choose another one, or show it always."
    assert str(less.value) == "“Which fish?” is shown after the answer “Fish” to “Menu?”, which is not one of its answers."
    assert texts(visit) == ["Menu?", "Which fish?"]


def test_answered_question_keeps_its_kind_and_what_was_chosen(
    cast: SimpleNamespace, make_visit: Make, book: Book, ask: Callable[..., str]
) -> None:
    visit = make_visit(cast.here)
    menu = ask(visit, "Menu?", QuestionKind.CHOICE, options=("Vegan", "Fish"))
    party = registrations.registration_or_404(book(visit, 2).public_id)
    people.tell_host(party.id, PartyTold(given={menu: ["Fish"]}), actor="link", now=MONDAY)

    said = []
    for wording in (Wording("Menu?", QuestionKind.TEXT), Wording("Menu?", QuestionKind.CHOICE, options=("Vegan", "Meat"))):
        with pytest.raises(Refusal) as refused:
            service.change(visit.gathering_id, menu, wording, actor="user:1", now=MONDAY)
        said.append(str(refused.value))
    with pytest.raises(Refusal) as removed:
        service.remove(visit.gathering_id, menu, answers=0, actor="user:1", now=MONDAY)
    service.remove(visit.gathering_id, menu, answers=1, actor="user:1", now=MONDAY)

    assert said == [
        "“Menu?” has 1 answer, so it keeps its kind. Remove it and ask another one.",
        "“Fish” was chosen 1 time, so it stays one of the answers.",
    ]
    assert str(removed.value) == "“Menu?” has 1 answer, which goes with it."
    assert (texts(visit), db.session.query(Answer).count()) == ([], 0)


def test_answer_to_a_question_that_is_no_longer_asked_goes(
    cast: SimpleNamespace, make_visit: Make, book: Book, ask: Callable[..., str]
) -> None:
    visit = make_visit(cast.here)
    lunch = ask(visit, "Lunch?", QuestionKind.CHECK)
    which = ask(visit, "Which one?", condition=Condition(lunch, "yes"))
    party = registrations.registration_or_404(book(visit, 2).public_id)

    people.tell_host(party.id, PartyTold(given={lunch: ["yes"], which: ["Fish"]}), actor="link", now=MONDAY)
    both = queries.sheet_of(visit.gathering_id).lines(party.id)
    people.tell_host(party.id, PartyTold(given={lunch: [], which: ["Fish"]}), actor="link", now=MONDAY)

    assert both == [("Lunch?", "yes"), ("Which one?", "Fish")]
    assert queries.sheet_of(visit.gathering_id).lines(party.id) == []
    assert db.session.query(Answer).count() == 0


def test_door_reads_what_the_host_wants_shown_there(cast: SimpleNamespace, make_visit: Make, book: Book, ask: Callable[..., str]) -> None:
    visit = make_visit(cast.here)
    gate = ask(visit, "Which gate?", at_door=True)
    lunch = ask(visit, "Lunch?", QuestionKind.CHOICES, per=Per.ATTENDEE, options=("Vegan", "No nuts"), at_door=True)
    secret = ask(visit, "What do you hope for?", per=Per.ATTENDEE)
    party = registrations.registration_or_404(book(visit, 2).public_id)
    lead, other = party.attendees
    people.tell_host(party.id, PartyTold(given={gate: ["North"]}), actor="link", now=MONDAY)
    told = Told(given={lunch: ["Vegan", "No nuts"], secret: ["Company"]})
    people.describe(party.id, lead.public_id, told, actor="link", now=MONDAY)

    notes = queries.door_notes(visit.gathering_id)

    assert notes == {lead.id: ["Which gate? North", "Lunch? Vegan, No nuts"]}
    assert other.id not in notes


def test_questions_are_used_for_visits_that_ask_nothing_yet(cast: SimpleNamespace, make_visit: Make, ask: Callable[..., str]) -> None:
    def on(day: int) -> dict[str, datetime]:
        return {"starts_wall": datetime(2026, 12, day, 9), "ends_wall": datetime(2026, 12, day, 11)}

    visit, bare, own, elsewhere = (
        make_visit(cast.here), make_visit(cast.here, **on(9)), make_visit(cast.here, **on(10)), make_visit(cast.there)
    )  # fmt: skip
    lunch = ask(visit, "Lunch?", QuestionKind.CHECK)
    ask(visit, "Which one?", condition=Condition(lunch, "yes"), required=True)
    ask(own, "Your bus?")

    counted = service.use_for_others(visit.gathering_id, actor="user:1", now=MONDAY)

    assert counted == (1, 1)
    assert [texts(one) for one in (bare, own, elsewhere)] == [["Lunch?", "Which one?"], ["Your bus?"], []]
    assert [queries.asked(one) for one in queries.questions_of(bare.gathering_id)] == [
        queries.asked(one) for one in queries.questions_of(visit.gathering_id)
    ]


def test_page_of_a_visit_takes_as_many_statements_for_one_answer_as_for_many(
    cast: SimpleNamespace, make_visit: Make, book: Book, ask: Callable[..., str], count_statements: Callable[[Callable[[], object]], int]
) -> None:
    visit = make_visit(cast.here, capacity=30, party_most=6)
    keys, gathering_id = [ask(visit, f"Question {n}?") for n in range(3)], visit.gathering_id
    book(visit, 2)
    one = count_statements(lambda: queries.sheet_of(gathering_id))
    for _ in range(3):
        party = registrations.registration_or_404(book(visit, 6).public_id)
        people.tell_host(party.id, PartyTold(given={key: ["x"] for key in keys}), actor="link", now=MONDAY)

    assert count_statements(lambda: queries.sheet_of(gathering_id)) == one == 2


# Pages


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": " "}, "This is needed."),
        ({"kind": "choice", "options": "Vegan"}, "Write from 2 to 20 answers, one on each line."),
        ({"kind": "essay"}, "Choose one of the list."),
        ({"per": "nobody"}, "Choose one of these."),
    ],
)
def test_wrong_question_is_told_at_its_field(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, wrong: dict[str, str], sentence: str
) -> None:
    visit = make_visit(cast.here, in_days=20)

    answer = sign_in(cast.host).post(f"/workspace/questions/{visit.gathering.public_id}/new", data=typed(**wrong))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.query(Question).count() == 0


def test_condition_that_points_at_itself_is_refused_and_nothing_typed_is_lost(
    cast: SimpleNamespace, make_visit: Make, sign_in: SignIn
) -> None:
    visit = make_visit(cast.here, in_days=20)
    host, path = sign_in(cast.host), f"/workspace/questions/{visit.gathering.public_id}"
    host.post(f"{path}/new", data=typed())
    [question] = db.session.query(Question).all()

    answer = host.post(f"{path}/{question.public_id}", data=typed(text="Lunch, or what?", condition=f"{question.key}:0"))
    gone = host.post(f"{path}/new", data=typed(text="Which one?", condition="nothing:3"))

    assert (answer.status_code, gone.status_code) == (409, 409)
    assert "“Lunch, or what?” cannot wait for its own answer. Choose an earlier question, or show it always." in answer.text
    assert 'value="Lunch, or what?"' in answer.text
    assert "“Which one?” waits for a question that is not there." in gone.text
    assert texts(visit) == ["Lunch?"]


def test_host_asks_reorders_and_removes_with_the_number_of_answers_said_first(
    cast: SimpleNamespace, make_visit: Make, book: Book, sign_in: SignIn
) -> None:
    visit, now = make_visit(cast.here, in_days=20), datetime.now(UTC)
    host, path = sign_in(cast.host), f"/workspace/questions/{visit.gathering.public_id}"
    assert "You ask nothing of your own." in host.get(path).text
    host.post(f"{path}/new", data=typed())
    lunch = db.session.query(Question).one()
    host.post(f"{path}/new", data=typed(text="Which one?", kind="choice", options="Vegan\nFish", condition=f"{lunch.key}:0", required="y"))
    which = db.session.query(Question).filter_by(text="Which one?").one()
    party = registrations.registration_or_404(book(visit, 2, now=now).public_id)
    people.tell_host(party.id, PartyTold(given={lunch.key: ["yes"], which.key: ["Fish"]}), actor="link", now=now)

    listed = host.get(path).text
    refused = host.post(f"{path}/{which.public_id}/up")
    asked = host.get(f"{path}/{which.public_id}/remove").text
    late = host.post(f"{path}/{which.public_id}/remove", data={"answers": "0"})
    done = host.post(f"{path}/{which.public_id}/remove", data={"answers": "1"})

    assert "Asked when “Lunch?” is ticked" in listed
    assert "You need an answer" in listed
    assert (refused.status_code, late.status_code, done.status_code) == (409, 409, 303)
    assert "1 answer goes with it, for good." in asked
    assert "“Which one?” has 1 answer, which goes with it." in late.text
    assert texts(visit) == ["Lunch?"]


def test_only_hosts_of_the_school_see_its_questions(cast: SimpleNamespace, make_visit: Make, sign_in: SignIn, client: FlaskClient) -> None:
    visit = make_visit(cast.here, in_days=20)
    host, path = sign_in(cast.host), f"/workspace/questions/{visit.gathering.public_id}"
    host.post(f"{path}/new", data=typed())
    question = db.session.query(Question).one().public_id

    pages = [path, f"{path}/new", f"{path}/{question}", f"{path}/{question}/remove"]
    seen = {
        who: {sign_in(getattr(cast, who)).get(page).status_code for page in pages} for who in ("host", "organizer", "other_host", "viewer")
    }
    done = {sign_in(cast.other_host).post(f"{path}/{question}/{deed}").status_code for deed in ("up", "down", "remove")}

    assert seen == {"host": {200}, "organizer": {200}, "other_host": {404}, "viewer": {404}}
    assert done == {404}
    assert {client.get(page).status_code for page in pages} == {302}
    assert re.search("Lunch", host.get(path).text)
