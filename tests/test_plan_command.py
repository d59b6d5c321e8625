"""`scheduler plan`: from a file to a plan, on the command line and without a database."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from scheduler.cli import cli
from scheduler.core.pairing.check import check
from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.plan import read_plan

HEADINGS = ["First Name", "Last Name", "E-mail", "Name of school", "Ticket Type"]
SCHOOLS = ["KAPPA", "Harvest HS", "MS 442", "BLA2"]
FIRST = ["Ana", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo", "Kai", "Lia"]
TWELVE = [[name, "Perez", f"{name}@x.org", SCHOOLS[i % 4], ["Teacher", "Principal", "Student"][i % 3]] for i, name in enumerate(FIRST)]


def people(tmp_path: Path, headings: list[str], rows: list[list[str]]) -> str:
    file = tmp_path / "people.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([headings, *rows])
    return str(file)


def plan(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["plan", *map(str, arguments)])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def names(tmp_path: Path, *rows: str) -> str:
    """A file of names alone, with what further cells hold: "Ana | 2-3"."""
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return people(tmp_path, cells[0], cells[1:])


def test_a_list_becomes_a_plan_with_a_row_for_each_person_and_round(tmp_path: Path) -> None:
    done = plan(people(tmp_path, HEADINGS, TWELVE), "--rounds", 3, "--table-size", 3, "--seed", 7)

    rows = rows_of(done.stdout)
    assert done.exit_code == 0
    assert list(rows[0]) == ["round", "table", "name", "school", "role"]
    assert Counter(row["round"] for row in rows) == {"1": 12, "2": 12, "3": 12}
    assert set(Counter((row["round"], row["table"]) for row in rows).values()) == {3}
    assert {row["table"] for row in rows} == {"1", "2", "3", "4"}
    assert {(row["name"], row["school"], row["role"]) for row in rows if row["name"] < "C"} == {
        ("Ana Perez", "KAPPA", "teacher"), ("Ben Perez", "Harvest HS", "leader"),
    }  # fmt: skip
    assert done.stderr.splitlines()[0] == "12 people from 4 schools, 3 rounds, 4 tables."
    assert "Nobody meets anyone twice." in done.stderr
    assert "seed 7" in done.stderr
    assert "x.org" not in done.output


def test_the_same_seed_makes_the_same_plan(tmp_path: Path) -> None:
    asked = [people(tmp_path, HEADINGS, TWELVE), "--rounds", 5, "--table-size", 4, "--effort", "quick", "--time-limit", 60]

    assert plan(*asked, "--seed", 3).stdout == plan(*asked, "--seed", 3).stdout != plan(*asked, "--seed", 4).stdout


def test_a_workbook_is_read_and_the_plan_written_as_csv_or_json(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [HEADINGS, *TWELVE]:
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")

    to_csv = plan(tmp_path / "people.xlsx", "--rounds", 2, "--table-size", 2, "--out", tmp_path / "plan.csv", "--progress")
    to_json = plan(tmp_path / "people.xlsx", "--rounds", 2, "--table-size", 2, "--out", tmp_path / "plan.json")

    rows = rows_of((tmp_path / "plan.csv").read_text())
    written = read_plan(json.loads((tmp_path / "plan.json").read_text()))
    assert (to_csv.exit_code, to_csv.stdout, to_json.exit_code, to_json.stdout) == (0, "", 0, "")
    assert [len(table.members) for round in written.rounds for table in round.tables] == [2] * 12
    at_tables = {(int(row["round"]) - 1, f"T{row['table']}", row["name"]) for row in rows}
    assert at_tables == {(round.number, table.id, name) for round in written.rounds for table in round.tables for name in table.members}


def test_wishes_of_a_list_are_kept(tmp_path: Path) -> None:
    file = names(
        tmp_path,
        "Name | School | Role | Present | Away | Offers | Wants | Keep apart from",
        "Ana | KAPPA | student | 1-2 | | Grading; Homework | |",
        "Ben | KAPPA | teacher | | 2, 4 | | | Cleo; Díaz, Ana",
        "Cleo | BLA2 | wizard | | | | |",
        "Díaz, Ana | BLA2 | | 1, 3 – 4 | 4 | | |",
        *(f"Guest {n} | MS 442 | teacher | | | | homework |" for n in range(4)),
    )

    done = plan(file, "--rounds", 4, "--table-size", 2)

    rows = rows_of(done.stdout)
    there = {name: [int(row["round"]) for row in rows if row["name"] == name] for name in ("Ana", "Ben", "Cleo", "Díaz, Ana")}
    tables = {
        (row["round"], row["table"]): {mate["name"] for mate in rows if mate["round"] == row["round"] and mate["table"] == row["table"]}
        for row in rows
    }
    assert there == {"Ana": [1, 2], "Ben": [1, 3], "Cleo": [1, 2, 3, 4], "Díaz, Ana": [1, 3]}
    assert not any({"Ben", "Cleo"} <= people or {"Ben", "Díaz, Ana"} <= people for people in tables.values())
    assert {row["role"] for row in rows if row["name"] == "Cleo"} == {"wizard"}
    assert "for a topic are met, of at most 3." in done.stderr


def test_two_of_one_name_are_told_apart_by_school_and_two_spellings_are_one_school(tmp_path: Path) -> None:
    rows = ["Ana | KAPPA |", "Ana | Harvest HS |", "Ben | Harvest High School | Ana (KAPPA)", "Cleo | BLA2 |"]
    file = names(tmp_path, "Name | School | Keep apart", *rows)

    done = plan(file, "--rounds", 1, "--table-size", 2)

    rows = rows_of(done.stdout)
    table_of = {row["name"]: row["table"] for row in rows}
    assert {(row["name"], row["school"]) for row in rows} == {
        ("Ana (KAPPA)", "KAPPA"), ("Ana (Harvest HS)", "Harvest HS"), ("Ben", "Harvest HS"), ("Cleo", "BLA2"),
    }  # fmt: skip
    assert table_of["Ben"] == table_of["Cleo"]
    assert "No conversation is within one school." in done.stderr


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["School | Role", "KAPPA | teacher"], "No column holds the names. Head it Name, or two of them First name and Last name."),
        (["Name"], "Below the headings there is no row. Each person takes one."),
        (["Name | School", "Ana | A", "| A"], "Row 3: The name is empty."),
        (["Name | School", "Ana | A", "Ben | A", "ana | a"], "Row 4: Row 2 names the same person of the same school. Tell the two apart."),
        (["Name | Away", "Ana |", "Ben | soon"], "Row 3: “soon” is no list of rounds. Write one like 1, 3-5, or leave the cell empty."),
        (["Name | Present", "Ana |", "Ben | 2-4"], "Row 3: “2-4” names rounds other than 1 to 3."),
        (
            ["Name | Keep apart", "Ana | Zoe", "Ben |"],
            "Row 2: Nobody else on the list is called “Zoe”. Write names as they stand in the list.",
        ),
        (
            ["Name | School | Keep apart", "Ana | A |", "Ana | B |", "Ben | A | Ana"],
            "Row 4: More than one person is called “Ana”. Add the school, as in Ana (A).",
        ),
        (["Name | School", "Ana | A | B"], "Line 2 has 3 cells, but there are 2 headings."),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_one_line_with_the_row_and_status_2(tmp_path: Path, rows: list[str], said: str) -> None:
    done = plan(names(tmp_path, *rows), "--rounds", 3, "--table-size", 2)

    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(said)


def test_a_list_needs_rounds_and_table_size_and_a_plan_a_place(tmp_path: Path) -> None:
    file = people(tmp_path, HEADINGS, TWELVE)
    (tmp_path / "people.pdf").touch()

    said = {
        "tables": plan(file, "--rounds", 3),
        "ending": plan(file, "--rounds", 3, "--table-size", 2, "--out", tmp_path / "plan.pdf"),
        "folder": plan(file, "--rounds", 3, "--table-size", 2, "--out", tmp_path / "no" / "plan.csv"),
        "kind": plan(tmp_path / "people.pdf", "--rounds", 3, "--table-size", 2),
    }

    assert {name: (done.exit_code, done.stdout, done.stderr.strip()) for name, done in said.items()} == {
        "tables": (2, "", "A list of people does not say how to seat them. Add --rounds and --table-size."),
        "ending": (2, "", "A plan is written as .csv or .json. Give it a name that ends so."),
        "folder": (2, "", f"There is no folder {tmp_path / 'no'} to write the plan to."),
        "kind": (2, "", "People are read from files that end in .csv or .xlsx, instances from .json."),
    }
    assert plan(tmp_path / "nobody.csv").exit_code == 2


def test_wishes_that_cannot_hold_are_named_with_status_3(tmp_path: Path) -> None:
    file = names(tmp_path, "Name | Keep apart from", "Ana | Ben, Cleo", "Ben | Cleo", "Cleo |", "Dan |")

    done = plan(file, "--rounds", 2, "--table-size", 2)

    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.strip() == "Round 1: Ana, Ben, Cleo are all kept apart, and there are only 2 tables. Take one wish away."


def test_students_have_company_at_tables_unless_it_is_switched_off(tmp_path: Path) -> None:
    file = names(tmp_path, "Name | School | Role", "Ana | A | student", *(f"Guest {n} | B{n} | teacher" for n in range(5)))

    kept, off = plan(file, "--rounds", 1, "--table-size", 3), plan(file, "--rounds", 1, "--table-size", 3, "--students-alone")

    assert (kept.exit_code, off.exit_code) == (3, 0)
    assert kept.stderr.startswith("Round 1: Ana is a student and has neither a second student nor an adult of the same school")


def test_an_instance_is_planned_as_it_says_or_as_it_is_asked(tmp_path: Path) -> None:
    seating = {"mode": "size", "size": 2, "odd": "bye"}
    data = {"name": "evening", "rounds": 3, "seating": seating, "participants": [{"id": name} for name in FIRST[:7]]}
    (tmp_path / "evening.json").write_text(json.dumps(data))

    as_said = plan(tmp_path / "evening.json", "--out", tmp_path / "plan.json")
    as_asked = plan(tmp_path / "evening.json", "--rounds", 1, "--table-size", 7)
    printed = plan(tmp_path / "evening.json")

    made = read_plan(json.loads((tmp_path / "plan.json").read_text()))
    assert as_said.exit_code == 0
    assert check(read_problem(data), made) == []
    assert as_said.stderr.startswith("7 people, 3 rounds, 3 tables.\nNobody meets anyone twice.")
    assert [(row["round"], row["table"]) for row in rows_of(as_asked.stdout)] == [("1", "1")] * 7
    assert [row["table"] for row in rows_of(printed.stdout)] == ["1", "1", "2", "2", "3", "3", ""] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n"rounds": 1,,}', "Line 2 is not JSON: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "This file is not JSON in UTF-8."),
        ("[]", "This file is not a list of people to pair. It needs participants, rounds and seating."),
        ('{"participants": [{"id": 7}]}', "Participant 1 cannot be read."),
    ],
)
def test_json_that_is_no_instance_is_refused_with_status_2(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "evening.json").write_text(text)

    done = plan(tmp_path / "evening.json")

    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(said)


def test_the_installed_command_needs_no_settings_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = people(tmp_path, HEADINGS, TWELVE)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SCHEDULER_")}
    command = [Path(sys.executable).with_name("scheduler"), "plan", file, "--rounds", "4", "--table-size", "4", "--time-limit", "0.5"]

    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, check=False,
        env=environment | {"SCHEDULER_ENV": "production", "SCHEDULER_DATA_DIR": str(tmp_path / "data")},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(rows_of(done.stdout.decode("utf-8-sig"))) == 48
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]


def test_a_place_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").symlink_to(tmp_path / "nowhere" / "plan.csv")

    done = plan(people(tmp_path, HEADINGS, TWELVE), "--rounds", 2, "--table-size", 3, "--out", tmp_path / "plan.csv")

    assert done.exit_code == 1
    assert done.stderr.strip() == f"The plan cannot be written to {tmp_path / 'plan.csv'}: No such file or directory."
