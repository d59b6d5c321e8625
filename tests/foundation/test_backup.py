"""Backups are real: made under load, restored whole, refused where anything is wrong; old mail is held (trust P17)."""

from __future__ import annotations

import io
import json
import os
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from scheduler import create_app
from scheduler.accounts.models import SignInSession, User
from scheduler.cli import cli
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock, delivery, outbox
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.backup import archive, make
from scheduler.foundation.backup import restore as restoring
from scheduler.foundation.db import db, transaction
from scheduler.foundation.moments import Moment
from scheduler.foundation.outbox import Mail, MailState
from scheduler.registration.models import Registration
from scheduler.visits.models import Visit
from tests import postgres
from tests.foundation.test_outbox import FACTS, put, rows
from tests.people import MONDAY

SECRET = "only in tests"


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore can be found, as where PostgreSQL's client programs are installed."""
    monkeypatch.setenv("PATH", f"{postgres.wheel() / 'pginstall18' / 'bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def elsewhere(app: Flask, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of an empty place of the same kind as the database of the tests."""
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'there' / 'scheduler.db'}"
        return
    name = f"restored_{worker_id}"
    yield postgres.running().create(name)
    postgres.running().drop(name)


@contextmanager
def opened(address: str, folder: Path) -> Iterator[Flask]:
    """An application on another database; nobody is connected to it afterwards."""
    folder.mkdir(exist_ok=True)
    app = create_app({"SQLALCHEMY_DATABASE_URI": address, "DATA_DIR": folder, "SECRET_KEY": SECRET})
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def restore(file: Path, address: str, folder: Path) -> None:
    with archive.opened(file) as found, opened(address, folder):
        restoring.restore(found, now=clock.now())


def test_P17_a_backup_under_load_restores_with_every_registration_confirmed_before_it_began(
    app: Flask, cast: SimpleNamespace, make_visit: Callable[..., Visit], book: Callable[..., object], tmp_path: Path, elsewhere: str,
    programs: None,
) -> None:  # fmt: skip
    visit = make_visit(cast.here, capacity=500)
    for _ in range(20):
        book(visit)
    confirmed = set(db.session.scalars(sa.select(Registration.public_id)))
    stop = threading.Event()

    def go_on() -> None:
        with app.app_context():
            while not stop.is_set():
                book(visit)

    load = threading.Thread(target=go_on)
    load.start()
    try:
        manifest = make.back_up(tmp_path / "backup.tar", with_secret_key=False, now=clock.now())
    finally:
        stop.set()
        load.join()

    restore(tmp_path / "backup.tar", elsewhere, tmp_path / "there")

    with opened(elsewhere, tmp_path / "there"):
        there = set(db.session.scalars(sa.select(Registration.public_id)))
    assert confirmed <= there
    assert manifest.counts["registrations"] == len(there)
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "there"]


def write_mail(address: str, template: str) -> None:
    with transaction():
        outbox.add(Mail(template, address, "Ana", FACTS, "registration:1"), now=clock.now())


def test_P17_a_restored_copy_sends_no_old_mail_until_it_is_told_to(
    app: Flask, tmp_path: Path, elsewhere: str, programs: None
) -> None:  # fmt: skip
    put("old@school.example")
    make.back_up(tmp_path / "backup.tar", with_secret_key=False, now=clock.now())
    restore(tmp_path / "backup.tar", elsewhere, tmp_path / "there")

    with opened(elsewhere, tmp_path / "there") as copy:
        write_mail("new@school.example", "registration/mail/confirmed")
        write_mail("olga@example.org", "accounts/mail/no_account")
        delivery.deliver_due()
        held = {mail.to_address: mail.state for mail in rows()}
        db.session.rollback()
        with pytest.MonkeyPatch.context() as settings:
            settings.setenv("SCHEDULER_DATABASE_URL", elsewhere)
            settings.setenv("SCHEDULER_DATA_DIR", str(copy.config["DATA_DIR"]))
            said = [CliRunner().invoke(cli, ["mail", *more]) for more in ([], ["--release", "new", "--drain"], ["--release", "new"])]
        db.session.rollback()
        released = {mail.to_address: (mail.state, mail.error) for mail in rows()}
        lines = [line.what for line in db.session.scalars(sa.select(AuditLine))]

    assert held == {
        "old@school.example": MailState.WAITING, "new@school.example": MailState.WAITING, "olga@example.org": MailState.KEPT,
    }  # fmt: skip
    assert "Held since this copy was restored" in said[0].output
    assert "1 old ones stay here" in said[1].output
    assert str(said[2].exception) == "No mail is held: what is due goes by itself."
    assert released == {
        "old@school.example": (MailState.DEAD, "Not sent: it was written before this copy was restored."),
        "new@school.example": (MailState.KEPT, ""),
        "olga@example.org": (MailState.KEPT, ""),
    }
    assert lines == ["mail released"]


def test_staff_read_that_mail_is_held(cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient]) -> None:
    db.session.execute(sa.insert(Moment).values(name="mail held", at=MONDAY))
    db.session.commit()

    page = sign_in(cast.organizer).get("/workspace/mail").text

    assert "This copy was restored from a backup on Monday, November 2, 10:00 am, so no mail goes out but sign-in links." in page


def run(*command: str, **settings: str) -> Result:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SCHEDULER_SECRET_KEY", "what the command sets is taken back")
        environment.delenv("SCHEDULER_SECRET_KEY")
        for name, value in settings.items():
            environment.setenv(f"SCHEDULER_{name}", value)
        return CliRunner().invoke(cli, list(command))


def test_commands_carry_everything_to_another_place_and_sign_everybody_out(
    app: Flask, cast: SimpleNamespace, sign_in: Callable[[User], FlaskClient], tmp_path: Path, elsewhere: str, programs: None
) -> None:
    sign_in(cast.host)
    database, other = (postgres.running().guarded(address) for address in (app.config["SQLALCHEMY_DATABASE_URI"], elsewhere))
    here = {"DATABASE_URL": database, "DATA_DIR": str(tmp_path / "here"), "SECRET_KEY": "k" * 40}
    file, there = str(tmp_path / "all.tar"), {"DATABASE_URL": other, "DATA_DIR": str(tmp_path / "there")}

    made = run("backup", file, "--with-secret-key", **here)
    again = run("backup", file, **here)
    back = run("restore", file, **there)
    over = run("restore", file, **there)

    assert [made.exit_code, back.exit_code] == [0, 0], (made.output, back.output, back.exception)
    assert "rows in" in made.output
    assert str(again.exception) == f"{file} is there already. Give the backup another name."
    assert "No mail goes out until you say so" in back.output
    assert str(over.exception).startswith("There is something already at ")
    assert (tmp_path / "there" / "secret_key").read_text() == "k" * 40
    assert (tmp_path / "there" / "secret_key").stat().st_mode & 0o777 == 0o600
    with opened(elsewhere, tmp_path / "there"):
        assert {user.email for user in db.session.scalars(sa.select(User))} >= {"hana.host@example.org", "ada.administrator@example.org"}
        assert db.session.scalars(sa.select(SignInSession)).all() == []


# What is no backup, or does not fit here


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of an empty SQLite database."""
    folder = tmp_path_factory.mktemp("whole")
    settings = {"DATA_DIR": str(folder), "DATABASE_URL": ""}
    assert run("migrate", **settings).exit_code == 0
    assert run("backup", str(folder / "whole.tar"), **settings).exit_code == 0
    return folder / "whole.tar"


def altered(whole: Path, to: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of a backup in which `change` says what stands in each file; None: the file is not there."""
    with tarfile.open(whole) as old, tarfile.open(to, "w") as new:
        for member in old.getmembers():
            file = old.extractfile(member)
            assert file is not None
            data = change(member.name, file.read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return to


def say_otherwise(**values: object) -> Callable[[str, bytes], bytes]:
    return lambda name, data: json.dumps(json.loads(data) | values).encode() if name == archive.MANIFEST else data


CHANGES: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "another byte": (lambda name, data: data[:-1] + b"x" if name != archive.MANIFEST else data, "is not what the manifest says"),
    "no manifest": (lambda name, data: None if name == archive.MANIFEST else data, "manifest.json is missing"),
    "no database": (lambda name, data: None if name != archive.MANIFEST else data, "database.sqlite3 is missing"),
    "no JSON": (lambda name, data: b"{" if name == archive.MANIFEST else data, "it cannot be read"),
    "nothing known": (lambda name, data: b'{"format": 1}' if name == archive.MANIFEST else data, "it cannot be read"),
    "another form": (say_otherwise(format=2), "its form 2 is not known here"),
    "other counts": (say_otherwise(counts={}), "the database in it is not what the manifest says"),
    "newer": (say_otherwise(head="9999"), "The database is of a newer version (9999"),
    "other engine": (say_otherwise(engine="postgresql"), "This backup is of PostgreSQL, and SCHEDULER_DATABASE_URL names SQLite."),
}


@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_whole_or_does_not_fit_is_refused_and_nothing_is_written(
    whole: Path, tmp_path: Path, change: Callable[[str, bytes], bytes | None], why: str
) -> None:
    file = altered(whole, tmp_path / "altered.tar", change)

    with pytest.raises(Refusal) as refused:
        restore(file, f"sqlite:///{tmp_path / 'there' / 'scheduler.db'}", tmp_path / "there")

    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "there").exists() or list((tmp_path / "there").iterdir()) == []


def test_what_is_no_archive_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "some.tar").write_bytes(b"no archive" * 100)

    for file, why in (
        ("some.tar", "is not a whole backup: it cannot be read. Take another one."),
        ("none.tar", "cannot be read: No such file"),
    ):
        with pytest.raises(Refusal) as refused, archive.opened(tmp_path / file):
            pass
        assert why in str(refused.value)


def test_postgresql_without_its_programs_says_how_to_get_them(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    if db.engine.dialect.name == "sqlite":
        assert make.back_up(tmp_path / "backup.tar", with_secret_key=False, now=clock.now()).engine == "sqlite"
        return

    with pytest.raises(Refusal) as refused:
        make.back_up(tmp_path / "backup.tar", with_secret_key=False, now=clock.now())

    assert str(refused.value).startswith("pg_dump is not installed here. Install PostgreSQL’s client programs")
    assert list(tmp_path.iterdir()) == []
