"""A real server for tests: `scheduler serve` in processes of its own, on either database, and a browser without a screen."""

from __future__ import annotations

import http.client
import multiprocessing
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from scheduler.cli import main

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port nobody uses now. It lies below those that connections going out are given, so that a killed server finds it free again."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


PAGES = "SCHEDULER_TEST_PAGES"
"""Names the folder in which all processes of a run keep their compiled pages: to compile those of a journey takes seconds"""


def keep_pages() -> None:
    """Have all applications of this process keep their compiled pages there."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(os.environ[PAGES])}


# Each server and command is forked from a process that has imported all of ours, which takes as long as the rest of its start.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["scheduler.cli"])


def _is_running(process: int) -> bool:
    """Whether a process is there and not only its name, which stays until somebody asks how it ended."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(said) and not said.startswith("Z")


def _command_line(command: list[str], env: Mapping[str, str], output: Path, errors: Path, code: str = "") -> None:
    """In the new process: the command as a shell runs it, in a session of its own; what it prints goes into files. `code` goes before."""
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    output.write_bytes(b"")  # what a server before this one has printed is gone
    for stream, file in ((sys.stdout, output), (sys.stderr, errors)):
        with file.open("ab") as opened:
            os.dup2(opened.fileno(), stream.fileno())
    sys.argv = command
    keep_pages()
    exec(code, {})
    main()


class Command:
    """A command of ours in a process of its own."""

    def __init__(self, words: list[str], env: Mapping[str, str], folder: Path, *, code: str = "") -> None:
        files = self.files = [folder / f"{secrets.token_hex(4)}.{kind}" for kind in ("out", "err")]
        self.process = FORKS.Process(target=_command_line, args=(["scheduler", *words], {**os.environ, **env}, *files, code))
        self.process.start()

    def has_said(self, word: str, seconds: float = 60) -> bool:
        """Whether it prints a word before it ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.is_alive():
            if self.files[0].exists() and word in self.files[0].read_text():
                return True
            time.sleep(0.01)
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def ended(self, seconds: float = 120) -> tuple[int, str, str]:
        """How it ended, what it printed, and what it had to complain about."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, "the command does not end"
        return self.process.exitcode, *(file.read_text() for file in self.files)


class Server:
    """A running `scheduler serve`; `output` holds what it printed."""

    def __init__(self, data: Path, database: str, port: int, *, demo: bool = False, settings: Mapping[str, str] | None = None) -> None:
        self.data, self.port = data, port
        self.url = f"http://127.0.0.1:{port}"
        env = {name: value for name, value in os.environ.items() if name == PAGES or not name.startswith("SCHEDULER_")}
        env |= {"SCHEDULER_DATA_DIR": str(data), "SCHEDULER_DATABASE_URL": database, "SCHEDULER_PROCESSES": "2"}
        env |= {"SCHEDULER_BOOKINGS_AN_HOUR": "0", **(settings or {})}  # a whole crowd comes from this machine
        command = ["scheduler", "serve", "--port", str(port), *(["--demo"] if demo else [])]
        self.process = FORKS.Process(target=_command_line, args=(command, env, data / "server.log", data / "server.log"))
        self.process.start()

    @property
    def output(self) -> str:
        return (self.data / "server.log").read_text()

    def wait_until_it_answers(self, seconds: float = 30) -> None:
        """Return when /readyz says ok; fail with what the server printed when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.is_alive():
            try:
                if Visitor(self.port).get("/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the server does not answer: {self.output}")

    def from_each_process(self, path: str) -> list[tuple[int, str]]:
        """What each of the server's processes answers, while the others are held still."""
        processes = self._children()
        answers = []
        for process in processes:
            others = [other for other in processes if other != process]
            try:
                for other in others:
                    os.kill(other, signal.SIGSTOP)
                answers.append(Visitor(self.port).get(path))
            finally:
                for other in others:
                    os.kill(other, signal.SIGCONT)
        return answers

    def kill(self) -> None:
        """kill -9 of all its processes at once: nothing is written or said any more."""
        processes = self._children()
        os.killpg(self.pid, signal.SIGKILL)
        self._ended()
        while any(_is_running(process) for process in processes):  # they hold the port until they are gone
            time.sleep(0.01)

    def _children(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True)
        return [int(number) for number in found.stdout.split()]

    def stop(self) -> int:
        """Ask it to stop, as make's Ctrl-C and a service manager do; returns its exit status."""
        self.process.terminate()
        return self._ended()

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def _ended(self) -> int:
        self.process.join(30)
        assert self.process.exitcode is not None, "the server does not stop"
        return self.process.exitcode


@contextmanager
def serving(data: Path, database: str, *, demo: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server for as long as the block runs."""
    server = Server(data, database, free_port(), demo=demo, settings=settings)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.stop()


class Visitor:
    """A browser without a screen: keeps cookies, sends the hidden fields of the last form it saw."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        return self._send("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """Status and body (or the address it redirects to) of a form sent."""
        return self._send("POST", path, urlencode(fields).encode())

    def post_file(self, path: str, fields: Mapping[str, str], file: tuple[str, str, bytes]) -> tuple[int, str]:
        """The same for a form with a file: the field's name, the file's, and what is in it."""
        field, name, data = file
        parts = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
        head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
        return self._send("POST", path, b"".join([*parts, head, data, b"\r\n--x--\r\n"]), "multipart/form-data; boundary=x")

    def _send(
        self, method: str, path: str, body: bytes | None, content_type: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, str]:  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            for line in response.headers.get_all("Set-Cookie") or []:
                self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            read = response.read().decode()
            return response.status, response.headers.get("Location") or read
        finally:
            connection.close()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the forms of a page."""
    found = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    return {_attribute(field, "name"): unescape(_attribute(field, "value")) for field in found}


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', tag)
    return match.group(1) if match else ""
