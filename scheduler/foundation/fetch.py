"""Fetches what stands at an address that somebody typed: public hosts only, within a time and a size, through every redirect."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from scheduler.core.refusal import Refusal, say

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 20.0
"""For everything together: resolving, redirects, the last byte"""
SILENCE = 8.0
"""Seconds that a host may keep silent"""
MOST_REDIRECTS = 3
PIECE = 64 * 1024

HEADERS = {"Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": "identity", "User-Agent": "LivingLabScheduler"}

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
May = Callable[[IPAddress], bool]
_TRANSLATED = [ipaddress.ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]
"""IPv6 addresses that stand for an IPv4 address of whoever routes them: a private one might hide in them"""


def is_public(address: IPAddress) -> bool:
    """Whether everybody can reach an address: nothing of our own network, or of this machine, is fetched for anybody.

    >>> [is_public(ipaddress.ip_address(text)) for text in ("93.184.216.34", "10.0.0.1", "127.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    >>> [is_public(ipaddress.ip_address(text)) for text in ("2606:4700::1111", "::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def get(url: str, *, may: May = is_public) -> bytes:
    """What stands at an address. Refuses, with what happened, everything else: wrong, private, slow, large, or not there.

    A name is resolved once, and the connection goes to the address that was looked at: a name that answers differently
    the second time leads nowhere else.
    """
    until = time.monotonic() + MOST_SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        answer = _ask(read_address(url), may, until)
        if answer.moved_to is None:
            return answer.data
        url = urljoin(url, answer.moved_to)
    raise Refusal(say("This address leads from one to another and never to a calendar."))


def read_address(url: str) -> SplitResult:
    """The parts of an http(s) or webcal address; refuses what is none.

    >>> read_address("webcal://school.example/closed.ics").geturl()
    'https://school.example/closed.ics'
    """
    try:
        parts = urlsplit(url.strip())
        parts = parts._replace(scheme="https") if parts.scheme == "webcal" else parts
        clean = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and parts.geturl().isascii()
    except ValueError:
        clean = False
    if not clean or "@" in parts.netloc or any(character <= " " for character in parts.geturl()):
        raise Refusal(say("This is not the address of a calendar. It looks like https://school.example/calendar.ics."))
    return parts


@dataclass(frozen=True)
class _Answer:
    data: bytes = b""
    moved_to: str | None = None


def _ask(parts: SplitResult, may: May, until: float) -> _Answer:
    connection = _connection(parts, _resolved(parts, may), until)
    # Timeouts of a socket count from byte to byte; against a host that sends one now and then only hanging up helps.
    end = threading.Timer(max(until - time.monotonic(), 0), _hang_up, [connection])
    end.start()
    try:
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request("GET", path, headers=HEADERS)
        with contextlib.closing(connection.getresponse()) as response:
            return _read(response, until)
    except TimeoutError:
        raise _slow() from None
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= until:
            raise _slow() from None
        raise Refusal(say("This address does not answer as it should (%(kind)s).", kind=type(error).__name__)) from None
    finally:
        end.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def _slow() -> Refusal:
    return Refusal(say("This address took longer than 20 seconds."))


def _resolved(parts: SplitResult, may: May) -> tuple[str, int]:
    """One address of the host, and the port. Where any of its addresses is private, all are refused."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        listed = [str(info[4][0]) for info in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise Refusal(say("There is no host of this name.")) from None
    if not all(may(ipaddress.ip_address(found.partition("%")[0])) for found in listed):
        raise Refusal(say("This address lies in a private network, and nothing is fetched from there."))
    return listed[0], port


def _connection(parts: SplitResult, found: tuple[str, int], until: float) -> http.client.HTTPConnection:
    """A connection to the address that was looked at, under the name that was asked for."""
    host, wait = str(parts.hostname), min(SILENCE, max(until - time.monotonic(), 0.1))
    connection: Any
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, found[1], timeout=wait, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, found[1], timeout=wait)
    connection._create_connection = partial(_to, found)
    return connection  # type: ignore[no-any-return]


def _to(found: tuple[str, int], _named: tuple[str, int], timeout: float, source: Any = None) -> socket.socket:
    return socket.create_connection(found, timeout, source)


def _read(response: http.client.HTTPResponse, until: float) -> _Answer:
    if response.status in (301, 302, 303, 307, 308) and (target := response.getheader("Location")):
        return _Answer(moved_to=target)
    if response.status != 200:
        raise Refusal(say("This address answers with %(status)d instead of a calendar.", status=response.status))
    data = bytearray()
    while piece := response.read1(PIECE):
        data += piece
        if len(data) > MOST_BYTES:
            raise Refusal(say("What stands at this address is larger than 2 MB."))
    if time.monotonic() >= until:
        raise _slow()
    return _Answer(bytes(data))
