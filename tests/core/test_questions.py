"""Conditions of a host's questions: every small list of them, and lists and answers at random (visits rule 13)."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.questions import (
    MOST_QUESTIONS,
    NO,
    YES,
    Asked,
    Condition,
    Per,
    QuestionKind,
    check,
    missing,
    read_options,
    shown,
)
from scheduler.core.refusal import Refusal

KEYS = "abcd"


def tick(key: str, condition: str | None = None, **more: object) -> Asked:
    return Asked(key, f"{key}?", QuestionKind.CHECK, condition=Condition(condition, YES) if condition else None, **more)  # type: ignore[arg-type]


def refused(*questions: Asked) -> str:
    with pytest.raises(Refusal) as refusal:
        check(questions)
    return str(refusal.value)


def test_of_all_lists_of_four_just_those_are_taken_in_which_every_condition_looks_back() -> None:
    for conditions in product([None, *KEYS, "gone"], repeat=4):
        questions = [tick(key, condition) for key, condition in zip(KEYS, conditions, strict=True)]
        looks_back = all(condition is None or condition in KEYS[:n] for n, condition in enumerate(conditions))
        try:
            check(questions)
            taken = True
        except Refusal:
            taken = False

        assert taken == looks_back, conditions


def test_every_order_of_a_chain_but_its_own_is_refused() -> None:
    chain = [tick("a"), tick("b", "a"), tick("c", "b"), tick("d", "c")]

    taken = []
    for order in permutations(chain):
        try:
            check(order)
            taken.append(order)
        except Refusal:
            pass

    assert taken == [tuple(chain)]


def test_each_mistake_has_its_sentence() -> None:
    each = Asked("e", "Each?", QuestionKind.CHECK, Per.ATTENDEE)
    menu = Asked("m", "Menu?", QuestionKind.CHOICE, options=("Vegan", "Fish"))

    assert [
        refused(tick("a", "a")),
        refused(tick("a", "b"), tick("b", "a")),
        refused(tick("a", "b"), tick("b", "c"), tick("c", "a")),
        refused(tick("a", "b"), tick("b")),
        refused(tick("a", "gone")),
        refused(each, tick("a", "e")),
        refused(Asked("t", "Your bus?"), tick("a", "t")),
        refused(menu, Asked("a", "Which fish?", condition=Condition("m", "Meat"))),
        refused(*[tick(f"k{n}") for n in range(MOST_QUESTIONS + 1)]),
    ] == [
        "“a?” cannot wait for its own answer. Choose an earlier question, or show it always.",
        "“a?” and “b?” wait for each other. Show one of them always.",
        "“a?” and “b?” wait for each other. Show one of them always.",
        "“a?” waits for an answer to “b?”, which comes later. It has to come earlier.",
        "“a?” waits for a question that is not there. Choose another one, or show it always.",
        "“a?” is asked once, and “Each?” of each person: whose answer would count? Ask both of each person.",
        "The answers to “Your bus?” are typed, so “a?” cannot wait for one of them.",
        "“Which fish?” is shown after the answer “Meat” to “Menu?”, which is not one of its answers.",
        "Up to 20 questions fit. Remove one first.",
    ]


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[Asked], dict[str, list[str]]]:
    """A list that is taken, and answers to some of it."""
    questions: list[Asked] = []
    for n in range(draw(st.integers(0, 8))):
        back = draw(st.sampled_from([None, *questions]))
        condition = Condition(back.key, draw(st.sampled_from(back.answers))) if back else None
        kind, options = draw(st.sampled_from([(QuestionKind.CHECK, ()), (QuestionKind.CHOICES, ("x", "y", "z"))]))
        questions.append(Asked(f"k{n}", f"{n}?", kind, options=options, required=draw(st.booleans()), condition=condition))
    given = {one.key: draw(st.lists(st.sampled_from(one.options or (YES,)), unique=True)) for one in questions}
    return questions, given


@given(lists())
def test_a_question_is_asked_just_when_the_answer_it_waits_for_stands(made: tuple[list[Asked], dict[str, list[str]]]) -> None:
    questions, answers = made
    check(questions)

    seen = shown(questions, answers)

    assert [one for one in questions if one in seen] == seen  # in their order
    for one in questions:
        wanted = one.condition
        if wanted is None:
            assert one in seen
            continue
        other = next(other for other in questions if other.key == wanted.key)
        stands = answers[other.key] or ([NO] if other.kind == QuestionKind.CHECK else [])
        assert (one in seen) == (other in seen and wanted.answer in stands)
    assert missing(questions, answers) == [one for one in seen if one.required and not answers[one.key]]


@given(lists())
def test_what_is_not_asked_changes_nothing(made: tuple[list[Asked], dict[str, list[str]]]) -> None:
    questions, answers = made
    seen = shown(questions, answers)

    kept = {one.key: answers[one.key] for one in seen}

    assert shown(questions, kept) == seen
    assert missing(questions, kept) == missing(questions, answers)


@given(
    st.lists(
        st.text("abcdefgh ", min_size=1, max_size=12).filter(str.strip),
        min_size=2,
        max_size=20,
        unique_by=lambda one: " ".join(one.split()),
    )
)
def test_options_come_back_as_they_were_typed_less_the_space(typed: list[str]) -> None:
    assert read_options("\n\n".join(typed)) == tuple(" ".join(one.split()) for one in typed)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Vegan", "Write from 2 to 20 answers, one on each line."),
        ("Vegan\nVEGAN", "“VEGAN” stands there twice. Each answer is needed once."),
        (f"Vegan\n{'x' * 101}", f"“{'x' * 30}…” is too long. Up to 100 letters fit."),
    ],
)
def test_wrong_options_are_refused(typed: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_options(typed)

    assert str(refusal.value) == sentence
