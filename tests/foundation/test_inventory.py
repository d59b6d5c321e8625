"""Every column of every table says whether it is about a person, and how long it is kept (registration rule 6)."""

from __future__ import annotations

from flask import Flask

from scheduler.foundation import personal

WHAT_TO_DO = """
Each column below needs a word in the inventory.py of its room (scheduler/<room>/inventory.py), in the line classify(<Model>, …):
  - it says nothing about a person: add its name to plain="…";
  - it does: add name=KIND with the kind that fits (for visitors NAME, PURPOSE, PHONE, NEEDS, ANSWERS, CONSENT, … in
    scheduler/registration/inventory.py), or a new Kind(key, whose, what, why, seen_by, Keep(days, After.GATHERING)).
A new table needs a line of its own: classify(<Model>, plain="id …", of="attendee_id", note=ANSWERS) — `of` names the foreign key that
leads to the person it belongs to, by_address= the column with a mail address, named= the one with a name, whole=KIND if the row goes
as a whole. Then the privacy page, the nightly job, "my data" and "erase me" know it.
"""


def test_every_column_is_classified_once(app: Flask) -> None:
    wrong = [f"{table}.{column}: {trouble}" for table, column, trouble in personal.unclassified()]

    assert wrong == [], WHAT_TO_DO + "\n".join(wrong)


def test_whatever_an_address_or_a_name_stands_in_is_found_by_it(app: Flask) -> None:
    """A table with a column called so that nobody is looked for in would be left out of "my data" and "erase me"."""
    lost = []
    for line in personal.tables():
        addresses = [name for name in line.personal if ("email" in name and not name.endswith("_mark")) or name.endswith("address")]
        if addresses and line.by_address not in addresses:
            lost.append((line.table.name, addresses))

    assert lost == [], WHAT_TO_DO


def test_columns_about_people_lead_to_the_person(app: Flask) -> None:
    """By an address, or by a foreign key to a row that does; what stands alone is listed here, with the reason."""
    alone = {
        "audit_lines",  # numbers only
        "jobs",  # numbers of meetups, and who asked
        "import_drafts",  # searched as text
        "plans",  # public ids of attendees
        "wishes",  # they name people by a table of their own, which erasing takes them out of (erase.unmarks_by)
        "earlier_seats",  # marks, which erasing takes away by themselves (erase.unmarks_by)
        "wrong_tries",  # a mark of a network, for a day
        "greeter_links",  # a name as the host typed it, for a day
    }
    lines = {line.table.name for line in personal.tables() if line.personal and not line.of and not line.by_address}

    assert lines == alone, WHAT_TO_DO


def test_every_kind_says_how_long(app: Flask) -> None:
    silent = [kind.key for kind in personal.kinds() if kind.keep.days is None and not str(kind.keep.words)]

    assert silent == []
