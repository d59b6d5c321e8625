"""Codes of certificates: any one wrong letter and any two swapped neighbors are told apart from a code that nobody has (visits rule 18)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.core.certificates import LETTERS, Code, attended_minutes, read, seal_of
from scheduler.core.refusal import Refusal

NINE = datetime(2026, 12, 2, 14, tzinfo=UTC)
SLIP = "One letter of this code is wrong, or two are swapped. Compare it with the certificate."


def codes(number: int) -> list[Code]:
    chance = random.Random(7)
    return [Code("".join(chance.choices(LETTERS, k=10)), "".join(chance.choices(LETTERS, k=7))) for _ in range(number)]


def said(typed: str) -> str:
    with pytest.raises(Refusal) as refused:
        read(typed)
    return str(refused.value)


def test_code_is_read_however_it_is_typed() -> None:
    for code in codes(200):
        text = str(code)
        assert [read(typed) for typed in (text, text.upper(), text.replace("-", ""), f" {text.replace('-', ' – ')} ")] == [code] * 4


def test_any_one_wrong_letter_and_any_two_swapped_are_told() -> None:
    for code in codes(6):
        letters = str(code).replace("-", "")
        wrong = {letters[:place] + letter + letters[place + 1 :] for place in range(18) for letter in LETTERS}
        swapped = {letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :] for at in range(17)}
        assert {said(typed) for typed in (wrong | swapped) - {letters}} == {SLIP}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "A code has 18 letters, and this has 0."),
        ("bcdfgh-jkmnpq-rstvw", "A code has 18 letters, and this has 17."),
        ("bcdfgh-jkmnpq-rstvwa", "A code has no “a” in it."),
        ("bcdfgh-jkmnpq-rstvw7", "A code has no “7” in it."),
        ("bcdfgh-jkmnpq-rstvw\u0000", "A code has no “\u0000” in it."),
    ],
)
def test_what_can_be_no_code_gets_a_sentence(typed: str, sentence: str) -> None:
    assert said(typed).startswith(sentence)


def test_seals_use_all_letters_alike() -> None:
    chance = random.Random(3)
    drawn = "".join(seal_of(chance.randbytes(32)) for _ in range(4000))

    assert all(1250 < drawn.count(letter) < 1700 for letter in LETTERS)


@pytest.mark.parametrize(
    ("arrived", "left", "minutes"),
    [
        (None, None, 150),
        (0, None, 150),
        (45, None, 150),
        (0, 150, 150),
        (-15, 160, 150),
        (30, 90, 60),
        (150, 151, 150),  # marked when all was over
        (90, 30, 150),
        (-15, 24 * 60, 150),
    ],
)
def test_hours_are_those_within_the_visit(arrived: int | None, left: int | None, minutes: int) -> None:
    def at(minute: int | None) -> datetime | None:
        return None if minute is None else NINE + timedelta(minutes=minute)

    assert attended_minutes(NINE, NINE + timedelta(minutes=150), at(arrived), at(left)) == minutes
