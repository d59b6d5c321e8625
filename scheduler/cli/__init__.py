"""The command line: each command does one thing a person who runs the service needs."""

# ruff: noqa: E402 - see below
from __future__ import annotations

import gc

gc.disable()  # nothing of what is imported becomes garbage: to look for some again and again takes a tenth of a start

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click
from sqlalchemy.exc import SQLAlchemyError

from scheduler import create_app
from scheduler.accounts import service as accounts
from scheduler.app import SettingsError
from scheduler.cli import backups, checking
from scheduler.cli.opened import opened, stop_with
from scheduler.cli.server import Server, refuse_a_taken_port, welcome
from scheduler.core.access import AccessRole
from scheduler.core.pairing.effort import Progress
from scheduler.core.pairing.problem import MOST_ROUNDS
from scheduler.core.pairing.solve import Level
from scheduler.core.refusal import Refusal
from scheduler.foundation import clock, delivery, upgrading
from scheduler.foundation.outbox import MailState
from scheduler.foundation.worker import Worker
from scheduler.home import demo as sample_network
from scheduler.home.mail import queries as outbox_queries
from scheduler.home.mail import service as mail_service
from scheduler.meetups import plan_file
from scheduler.registration.privacy import retention as forgetting

gc.freeze()
gc.enable()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Open visits, registration, speed rounds and calendars for a network of schools."""


cli.add_command(backups.backup)
cli.add_command(backups.restore)
cli.add_command(checking.check)


def main() -> None:
    """Run the command line; what cannot work is one line and a non-zero exit."""
    try:
        cli()
    except (SettingsError, Refusal) as problem:
        stop_with(str(problem))
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        stop_with(f"The database cannot be used: {said}. Check SCHEDULER_DATABASE_URL and SCHEDULER_DATA_DIR.")


@cli.command()
def migrate() -> None:
    """Bring the database to the newest form."""
    with opened():
        upgrading.bring_up_to_date()


@cli.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--demo", is_flag=True, help="Load the sample network if the database is empty.")
def serve(port: int, host: str, demo: bool) -> None:
    """Migrate, then serve until Ctrl-C or SIGTERM."""
    bind, name = (f"[{host}]", "localhost") if ":" in host else (host, host)  # no address of IPv6 is a name that can be trusted
    if os.environ.get("SCHEDULER_ENV") != "production":
        os.environ.setdefault("SCHEDULER_BASE_URL", f"http://{name}:{port}")
    refuse_a_taken_port(host, port)
    with opened() as app:
        upgrading.bring_up_to_date()
        if demo and sample_network.is_empty():
            sample_network.load(now=clock.now())
        welcome(app)
    Server(app, f"{bind}:{port}").run()


@cli.command()
def worker() -> None:
    """Send mail and make plans, in a process of its own; any number may run."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    app = create_app()
    with app.app_context():
        upgrading.refuse_unusable()  # is said at once; a database that goes away later is waited for
    running = Worker(app).start()
    stop.wait()
    running.stop()


@cli.command()
@click.option("--drain", is_flag=True, help="Send what is due until nothing is.")
@click.option("--release", type=click.Choice(["new", "all"]), help="In a restored copy: let mail go again, with what waited before or not.")
def mail(drain: bool, release: str | None) -> None:
    """Show how the mail stands, and what was not delivered; addresses stand on the page of mail, not here."""
    with opened() as app:
        if release:
            stays = mail_service.release(with_old=release == "all", actor="command:mail", now=clock.now())
            click.echo(f"Mail goes out again; {stays} old ones stay here, each with a button to send it.")
        if drain:
            sent = sum(iter(delivery.deliver_due, 0))
            click.echo(f"{sent} handled")
        if held := outbox_queries.held_since():
            click.echo(f"Held since this copy was restored, {held:%Y-%m-%d %H:%M} UTC. Let it go with --release new (or all).")
        for state, number in outbox_queries.counts().items():
            click.echo(f"{number:6} {state.value}")
        for dead in outbox_queries.mails(state=MailState.DEAD).mails:
            click.echo(f"  {app.config['BASE_URL']}/workspace/mail/{dead.id}  {dead.template.rsplit('/', 1)[-1]}: {dead.error}")


@cli.command()
@click.option("--remove", is_flag=True, help="Take the sample network away again.")
def demo(remove: bool) -> None:
    """Load the sample network: 33 schools, a season of visits, a meetup of 41 teams, and one that took place."""
    with opened():
        upgrading.bring_up_to_date()
        if remove:
            sample_network.remove(now=clock.now())
            click.echo("The sample network is gone.")
        else:
            sample_network.load(now=clock.now())
            click.echo("The sample network is there.")


@cli.command()
@click.option("--dry-run", is_flag=True, help="Print what is due and delete nothing.")
def retention(dry_run: bool) -> None:
    """Delete what has been here long enough, as each night does by itself."""
    with opened():
        if dry_run:
            _list_due()
            return
        upgrading.bring_up_to_date()
        for kind, number in sorted(forgetting.run(clock.now()).items()):
            click.echo(f"{number:>6}  {kind}")


def _list_due() -> None:
    for due in forgetting.list_due(clock.now()):
        day = f"{due.day:%Y-%m-%d}" if due.day else ""
        click.echo(f"{day:<10}  {due.number:>6}  {due.kind.key:<12}{due.title}".rstrip())


@cli.command()
@click.argument("address")
@click.option("--role", type=click.Choice([role.value for role in AccessRole]), default="administrator", show_default=True)
@click.option("--school", help="Short name or slug of the school that a host runs visits for.")
def invite(address: str, role: str, school: str | None) -> None:
    """Invite ADDRESS to sign in: prints the link and mails it. The first step of a real install."""
    with opened() as app:
        upgrading.bring_up_to_date()
        token = accounts.invite_from_command(address, AccessRole(role), school, now=clock.now())
        click.echo(f"{app.config['BASE_URL']}/invitations/{token}")


@cli.command()
@click.argument("source", metavar="INPUT", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rounds", type=click.IntRange(1, MOST_ROUNDS), help="How many; an instance may say so itself.")
@click.option("--table-size", type=click.IntRange(min=2), help="People at a table, 2 for pairs; an instance may say so itself.")
@click.option("--students-have-company/--students-alone", default=None, help="By default they have company at tables of 3 or more.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Another seed makes another plan.")
@click.option("--effort", type=click.Choice(get_args(Level)), default="normal", show_default=True)
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), default=10, show_default=True, help="Seconds to search at most.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The plan as .csv or .json; without it CSV is printed.")
@click.option("--progress", is_flag=True, help="Show how far it is.")
def plan(
    source: Path, rounds: int | None, table_size: int | None, students_have_company: bool | None, seed: int, effort: Level,
    time_limit: float, out: Path | None, progress: bool,
) -> None:  # fmt: skip
    """Plan speed rounds for the people of INPUT, without a database.

    INPUT is a list of people (.csv or .xlsx: name, school, role; also rounds present or away, offers, wants, whom to keep apart)
    or an instance (.json). Ends with 2 if it cannot be read, with 3 if its wishes cannot all hold.
    """
    with _refused_with(2):
        plan_file.refuse_output(out)
        problem = plan_file.read_input(source, plan_file.Asked(rounds, table_size, students_have_company))
    with _refused_with(3), _bar(progress) as tell:
        result, seconds = plan_file.made(problem, seed=seed, effort=effort, time_limit=time_limit, on_progress=tell)
    try:
        with click.open_file(str(out or "-"), "wb") as file:
            file.write(plan_file.written(problem, result.plan, out))
    except OSError as error:
        stop_with(f"The plan cannot be written to {out or 'standard output'}: {error.strerror}.")
    for sentence in plan_file.told(problem, result, seconds):
        click.echo(str(sentence), err=True)


@contextmanager
def _refused_with(status: int) -> Iterator[None]:
    """A refusal is one line and this exit status."""
    try:
        yield
    except Refusal as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(status)


@contextmanager
def _bar(shown: bool) -> Iterator[Callable[[Progress, float], None] | None]:
    """A line that fills while the engine works, with the counts so far; nothing unless it is to be shown."""
    if not shown:
        yield None
        return
    with click.progressbar(length=100, file=sys.stderr, item_show_func=lambda said: said or "") as bar:
        yield lambda progress, done: bar.update(int(100 * done) - bar.pos, str(plan_file.so_far(progress)))
        bar.update(100 - bar.pos)
