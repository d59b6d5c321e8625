"""The least that books seats: Flask and SQLAlchemy in one file, which the benchmarks of speed measure the scheduler against.

A form page, one checked insert with an outbox row in its transaction, a confirmation page, and a plain list. No accounts, no
waitlist, no mail, no calendar, no words but these. Served as `scheduler serve` does it: gunicorn with as many processes and threads,
and the database set up alike.

    python bench/minimal/app.py DATABASE_URL PORT
"""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, abort, redirect, render_template, request, session, url_for
from gunicorn.app.base import BaseApplication
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, sessionmaker
from werkzeug.wrappers import Response

VISITS = 50

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{% block title %}Visits{% endblock %}</title></head>
<body><header><a href="/">Open visits</a></header><main>{% block main %}{% endblock %}</main></body></html>"""
FORM = """{% extends "page.html" %}{% block title %}{{ visit.title }}{% endblock %}{% block main %}
<h1>{{ visit.title }}</h1><p>{{ visit.school }}, {{ visit.starts_at.strftime("%A, %B %d, %H:%M") }}</p><p>{{ visit.description }}</p>
<p>{{ left }} of {{ visit.capacity }} seats left</p>{% if problem %}<p role="alert">{{ problem }}</p>{% endif %}
<form method="post" action="{{ url_for("book", public_id=visit.public_id) }}">
<input type="hidden" name="csrf_token" value="{{ token }}"><input type="hidden" name="key" value="{{ key }}">
<label>Your name <input name="lead_name" required maxlength="200" value="{{ typed.lead_name or "" }}"></label>
<label>E-mail <input name="lead_email" type="email" required maxlength="254" value="{{ typed.lead_email or "" }}"></label>
<label>School <input name="organization" required maxlength="200" value="{{ typed.organization or "" }}"></label>
<label>How many <select name="party_size">{% for n in range(1, 7) %}<option>{{ n }}</option>{% endfor %}</select></label>
<label><input type="checkbox" name="photo_rule" value="y" required> We take no photos.</label>
<button>Book seats</button></form>{% endblock %}"""
DONE = """{% extends "page.html" %}{% block title %}Booked{% endblock %}{% block main %}
<h1>You are booked: {{ booked.party_size }}</h1><p>{{ booked.visit.title }}, {{ booked.visit.school }},
{{ booked.visit.starts_at.strftime("%A, %B %d, %H:%M") }}</p><p>{{ booked.lead_name }}, {{ booked.organization }}</p>{% endblock %}"""
LIST = """{% extends "page.html" %}{% block main %}<h1>Open visits</h1>
{% for visit, left in visits %}<article><h2><a href="{{ url_for("show", public_id=visit.public_id) }}">{{ visit.title }}</a></h2>
<p>{{ visit.school }}, {{ visit.starts_at.strftime("%A, %B %d, %H:%M") }}</p><p>{{ left }} of {{ visit.capacity }} seats left</p></article>
{% endfor %}{% endblock %}"""


class Base(DeclarativeBase):
    pass


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(10), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    description: Mapped[str] = mapped_column(sa.Text)
    school: Mapped[str] = mapped_column(sa.String(200))
    starts_at: Mapped[datetime]
    capacity: Mapped[int]


class Registration(Base):
    __tablename__ = "registrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    lead_name: Mapped[str] = mapped_column(sa.String(200))
    lead_email: Mapped[str] = mapped_column(sa.String(254))
    organization: Mapped[str] = mapped_column(sa.String(200))
    party_size: Mapped[int]
    created_at: Mapped[datetime]

    visit: Mapped[Visit] = relationship(lazy="joined", innerjoin=True)


class Mail(Base):
    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    to_address: Mapped[str] = mapped_column(sa.String(254))
    template: Mapped[str] = mapped_column(sa.String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime]


def engine_of(url: str) -> sa.Engine:
    """As foundation/db.py sets it up."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=10, max_overflow=4, pool_use_lifo=True)
    engine = sa.create_engine(url, connect_args={"timeout": 15})

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def make_app(url: str) -> Flask:
    app, engine, turn = Flask(__name__, static_folder=None), engine_of(url), threading.Lock()
    app.config["SECRET_KEY"] = "only in benchmarks"
    app.jinja_loader = DictLoader({"page.html": PAGE, "form.html": FORM, "done.html": DONE, "list.html": LIST})
    sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def transaction() -> Iterator[Session]:
        with turn if engine.dialect.name == "sqlite" else threading.Lock(), sessions() as db:
            db.connection(execution_options={"writes": True})
            yield db
            db.commit()

    def taken(db: Session, visit: Visit) -> int:
        sizes = sa.select(sa.func.coalesce(sa.func.sum(Registration.party_size), 0))
        return int(db.scalar(sizes.where(Registration.visit_id == visit.id)) or 0)

    def form(db: Session, visit: Visit, problem: str = "") -> str:
        token = session.setdefault("csrf", secrets.token_urlsafe(16))
        left = visit.capacity - taken(db, visit)
        key = request.form.get("key") or secrets.token_urlsafe(24)
        return render_template("form.html", visit=visit, left=left, token=token, key=key, typed=request.form, problem=problem)

    def found(db: Session, public_id: str, *, held: bool = False) -> Visit:
        chosen = sa.select(Visit).where(Visit.public_id == public_id)
        return db.scalar(chosen.with_for_update() if held else chosen) or abort(404)

    @app.get("/")
    def index() -> str:
        with sessions() as db:
            sizes = sa.select(Registration.visit_id, sa.func.sum(Registration.party_size)).group_by(Registration.visit_id)
            visits = db.scalars(sa.select(Visit).order_by(Visit.starts_at).limit(50)).all()
            seats = dict(db.execute(sizes.where(Registration.visit_id.in_([visit.id for visit in visits]))).all())
            return render_template("list.html", visits=[(visit, visit.capacity - seats.get(visit.id, 0)) for visit in visits])

    @app.get("/visits/<public_id>")
    def show(public_id: str) -> str:
        with sessions() as db:
            return form(db, found(db, public_id))

    @app.post("/visits/<public_id>/book")
    def book(public_id: str) -> Response | tuple[str, int]:
        typed = {name: request.form.get(name, "").strip() for name in ("lead_name", "lead_email", "organization", "key", "party_size")}
        if not session.get("csrf") or not secrets.compare_digest(session["csrf"], request.form.get("csrf_token", "")):
            abort(400)
        if not all(typed.values()) or "@" not in typed["lead_email"] or "photo_rule" not in request.form:
            with sessions() as db:
                return form(db, found(db, public_id), "Something is missing."), 422
        now = datetime.now(UTC)
        with transaction() as db:
            visit, size = found(db, public_id, held=True), int(typed["party_size"])
            if earlier := db.scalar(sa.select(Registration).where(Registration.key == typed["key"])):
                return redirect(url_for("done", public_id=earlier.public_id), 303)
            if taken(db, visit) + size > visit.capacity:
                return form(db, visit, "No seat is left."), 409
            facts = {**typed, "visit_id": visit.id, "party_size": size, "public_id": secrets.token_hex(8), "created_at": now}
            registration = Registration(**facts)
            db.add(registration)
            told = {"title": visit.title, "name": typed["lead_name"], "people": size}
            db.add(Mail(to_address=typed["lead_email"], template="confirmed", facts=told, created_at=now))
        return redirect(url_for("done", public_id=registration.public_id), 303)

    @app.get("/registrations/<public_id>")
    def done(public_id: str) -> str:
        with sessions() as db:
            return render_template(
                "done.html", booked=db.scalar(sa.select(Registration).where(Registration.public_id == public_id)) or abort(404)
            )

    return app


def fill(url: str) -> None:
    """Visits with room for all who come."""
    engine, now = engine_of(url), datetime.now(UTC)
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        for n in range(VISITS):
            about = "You sit in on two conferences, then talk with the teachers. Bring your questions. " * 2
            db.add(
                Visit(
                    public_id=f"visit{n}", title=f"Student-led conferences {n}", description=about, school="Harvest Collegiate",
                    starts_at=now + timedelta(days=n + 2), capacity=1_000_000,
                )
            )  # fmt: skip
        db.commit()
    engine.dispose()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with the settings of `scheduler serve` on as many processes."""

    def __init__(self, url: str, port: int, processes: int) -> None:
        self.url, self.port, self.processes = url, port, processes
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"127.0.0.1:{self.port}", "workers": self.processes, "worker_class": "gthread", "threads": 8,
            "control_socket_disable": True, "loglevel": "error", "worker_tmp_dir": "/dev/shm",
        }  # fmt: skip
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return make_app(self.url)


if __name__ == "__main__":
    fill(sys.argv[1])
    Server(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])).run()
