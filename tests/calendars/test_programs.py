"""Three programs read our feed alike: instants across the changes of the clocks, hostile titles, what was edited or cancelled."""

from __future__ import annotations

import json
import subprocess
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import icalendar
from flask import Flask

from scheduler.calendars import feeds
from scheduler.calendars.queries import Scope
from scheduler.foundation import ical
from scheduler.foundation.db import db
from scheduler.visits import service as visits
from scheduler.visits.models import Visit
from tests.browser.chromium import axe_source
from tests.people import MONDAY, details
from tests.provision import NODE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import vobject

Make = Callable[..., Visit]
Read = list[tuple[str, datetime, datetime, str, str]]
HOSTILE = ["Math, science; art\\New", 'C:\\New "quoted": x=1', "👩‍👩‍👧‍👦 Ünïcødé " + "ж" * 60, "END:VEVENT BEGIN:VEVENT", "ends in \\"]
ICAL_JS = """
const ICAL = require(process.argv[1]);
const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf8")));
console.log(JSON.stringify(calendar.getAllSubcomponents("vevent").map((part) => {
  const event = new ICAL.Event(part);
  const [from, until] = [event.startDate, event.endDate].map((time) => time.toJSDate().toISOString());
  return [event.uid, from, until, event.summary, part.getFirstPropertyValue("status")];
})));
"""


def by_icalendar(data: bytes) -> Read:
    events = icalendar.Calendar.from_ical(data).walk("VEVENT")
    return [(str(one["UID"]), one["DTSTART"].dt, one["DTEND"].dt, str(one["SUMMARY"]), str(one["STATUS"])) for one in events]


def by_vobject(data: bytes) -> Read:
    events = vobject.readOne(data.decode()).vevent_list
    return [(one.uid.value, one.dtstart.value, one.dtend.value, one.summary.value, one.status.value) for one in events]


def by_ical_js(data: bytes) -> Read:
    program = axe_source().parent.parent / "ical.js" / "dist" / "ical.es5.min.cjs"
    done = subprocess.run([NODE / "bin" / "node", "-e", ICAL_JS, program], input=data, capture_output=True, check=True)
    return [
        (uid, datetime.fromisoformat(starts), datetime.fromisoformat(ends), title, status)
        for uid, starts, ends, title, status in json.loads(done.stdout)
    ]


def test_three_programs_read_the_same_instants_texts_and_states(app: Flask, cast: SimpleNamespace, make_visit: Make) -> None:
    walls = [
        datetime(2026, 10, 31, 9),
        datetime(2026, 11, 1, 9),
        datetime(2026, 11, 1, 0, 30),
        datetime(2027, 3, 13, 9),
        datetime(2027, 3, 14, 9),
    ]
    made = [
        make_visit(cast.here, title=title, starts_wall=wall, ends_wall=wall + timedelta(hours=2), now=datetime(2026, 10, 1, tzinfo=UTC))
        for wall, title in zip(walls, HOSTILE, strict=True)
    ]
    moved, gone = make_visit(cast.here, title="Moved"), make_visit(cast.here, title="Gone")
    later = {"starts_wall": datetime(2027, 3, 15, 9, 0), "ends_wall": datetime(2027, 3, 15, 11, 30)}
    visits.edit_visit(moved.id, details(title="Moved", **later), version=moved.gathering.version, actor="user:1", now=MONDAY)
    visits.cancel_visit(gone.id, "Snow", actor="user:1", now=MONDAY)
    db.session.expire_all()

    data = feeds.body_of(feeds.public(Scope(), now=MONDAY)).data

    every = [db.session.get_one(Visit, visit.id).gathering for visit in (*made, moved, gone)]
    facts = {
        one.uid: (
            one.starts_at, one.ends_at, f"{ical.CANCELED if one.is_cancelled else ''}{one.title} · Harvest",
            "CANCELLED" if one.is_cancelled else "CONFIRMED",
        )
        for one in every
    }  # fmt: skip
    assert [one.starts_at.hour for one in every] == [13, 14, 4, 14, 13, 13, 14]
    for read in (by_icalendar, by_vobject, by_ical_js):
        assert {uid: tuple(rest) for uid, *rest in read(data)} == facts, read.__name__
