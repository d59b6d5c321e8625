"""What stands at an address is fetched within limits, and from public hosts only."""

from __future__ import annotations

import doctest
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scheduler.core.refusal import Refusal
from scheduler.foundation import fetch

CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
PRIVATE = "This address lies in a private network, and nothing is fetched from there."
anybody = partial(fetch.get, may=lambda address: True)


class Host(BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_GET(self) -> None:
        answer: Callable[[], None] = getattr(self, self.path.strip("/").partition("?")[0], self.missing)
        answer()

    def send(self, status: int, data: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def calendar(self) -> None:
        self.send(200, CALENDAR)

    def missing(self) -> None:
        self.send(404)

    def moved(self) -> None:
        self.send(302, Location="/calendar")

    def inside(self) -> None:
        self.send(302, Location=f"http://127.0.0.2:{self.server.server_address[1]}/calendar")

    def file(self) -> None:
        self.send(302, Location="file:///etc/passwd")

    def round(self) -> None:
        self.send(302, Location="/round")

    def huge(self) -> None:
        self.send(200)
        for _ in range(50):
            self.wfile.write(b"x" * 1024 * 1024)

    def hangs(self) -> None:
        time.sleep(3)

    def trickles(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(30):
            self.wfile.write(b"X-A: b\r\n")
            time.sleep(0.1)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """The tests need no log."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        act()
    return str(refusal.value)


def test_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(fetch).failed == 0


def test_what_stands_there_is_fetched_through_redirects(host: str) -> None:
    assert [anybody(f"{host}/{path}") for path in ("calendar", "calendar?a=b", "moved")] == [CALENDAR] * 3


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nothing", "This address answers with 404 instead of a calendar."),
        ("round", "This address leads from one to another and never to a calendar."),
        ("file", "This is not the address of a calendar. It looks like https://school.example/calendar.ics."),
        ("huge", "What stands at this address is larger than 2 MB."),
    ],
)
def test_everything_else_is_refused_with_what_happened(host: str, path: str, sentence: str) -> None:
    assert refused(lambda: anybody(f"{host}/{path}")) == sentence


@pytest.mark.parametrize("path", ["hangs", "trickles"])
def test_a_host_that_takes_too_long_is_left(host: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MOST_SECONDS", 0.4)
    began = time.monotonic()

    assert refused(lambda: anybody(f"{host}/{path}")) == "This address took longer than 20 seconds."
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "written", ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "169.254.169.254", "[fd00::1]", "0.0.0.0", "2130706433"]
)
def test_private_addresses_are_refused_however_they_are_written(written: str) -> None:
    assert refused(lambda: fetch.get(f"http://{written}:9/calendar.ics")) == PRIVATE


def test_a_redirect_into_a_private_network_is_refused(host: str) -> None:
    only_the_first = partial(fetch.get, may=lambda address: str(address) == "127.0.0.1")

    assert only_the_first(f"{host}/calendar") == CALENDAR
    assert refused(lambda: only_the_first(f"{host}/inside")) == PRIVATE


def test_a_name_that_means_a_private_address_beside_a_public_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 80)) for found in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: both)

    assert refused(lambda: fetch.get("http://school.example/a.ics")) == PRIVATE


def test_a_name_is_looked_up_once(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def once(name: Any, *args: Any, **more: Any) -> Any:
        asked.append(str(name))
        return look_up("127.0.0.1" if name == "school.example" else name, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", once)

    assert anybody(host.replace("127.0.0.1", "school.example") + "/calendar") == CALENDAR
    assert asked.count("school.example") == 1


@pytest.mark.parametrize(
    "url", ["", "calendar.ics", "ftp://host/a", "https://", "https://user@host/a", "https://host/a b", "https://host:0/", "https://[host/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    assert refused(lambda: fetch.read_address(url)).startswith("This is not the address of a calendar.")
