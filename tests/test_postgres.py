"""The PostgreSQL of the tests keeps its word: it survives a restart, and never outlives who started it."""

import pathlib
import signal
import subprocess
import sys
import time

import psycopg

from tests import postgres

HOLD_ONE = "from tests import postgres; print(postgres.start().folder, flush=True); input()"


def test_what_was_committed_survives_a_restart():
    server = postgres.start()
    try:
        server.create("notes")
        with psycopg.connect(host=server.folder, user="postgres", dbname="notes") as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS word")

        server.restart()

        with psycopg.connect(host=server.folder, user="postgres", dbname="notes") as connection:
            assert connection.execute("SELECT word FROM note").fetchall() == [("kept",)]
    finally:
        server.stop()
    assert not pathlib.Path(server.folder).exists()


def test_server_goes_when_its_process_is_killed():
    with subprocess.Popen([sys.executable, "-c", HOLD_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        folder = pathlib.Path(process.stdout.readline().strip())
        running = folder.exists()

        process.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (running, folder.exists()) == (True, False)
