"""People who book, as cheap as can be: sockets and no parsing but for what a booking needs; one process for all of them.

    python bench/minimal/client.py PORT PATHS CLIENTS SECONDS book|read

prints JSON: the seconds of each booking (or page) and of each request, and what went wrong.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from html import unescape
from itertools import count
from urllib.parse import urlencode, urlsplit

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
NAME, VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')
numbers = count(1)


class Wrong(Exception):
    """Another answer than a booking gets."""


class Connection:
    """A browser: one connection that is kept, and its cookies."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.waited = port, dict[str, str](), list[float]()

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, method: str, path: str, body: str = "") -> tuple[int, str, str]:
        """Status, body, and the address it leads to; `waited` gets the seconds to the end of the answer."""
        began = time.perf_counter()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        length, location = 0, ""
        for line in head[1:]:
            name, _, value = line.partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "set-cookie":
                    cookie, _, kept = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = kept
                case "location":
                    location = value
        page = (await self.reader.readexactly(length)).decode()
        self.waited.append(time.perf_counter() - began)
        return int(head[0].split()[1]), page, location

    def close(self) -> None:
        self.writer.close()


async def book(port: int, path: str) -> list[float]:
    """The page, the form, the confirmation: a new person each time; how long each of the three took."""
    browser, number = Connection(port), next(numbers)
    await browser.open()
    try:
        status, page, _ = await browser.ask("GET", path)
        if status != 200:
            raise Wrong(f"page {status}")
        typed = {NAME.search(field)[1]: unescape(VALUE.search(field)[1]) for field in HIDDEN.findall(page)}  # type: ignore[index]
        person = f"{time.time_ns()}.{number}"
        typed |= {"lead_name": f"Ana {person}", "lead_email": f"ana.{person}@example.org", "organization": "Harvest Collegiate"}
        typed |= {"party_size": "1", "photo_rule": "y"}
        status, _, location = await browser.ask("POST", f"{path}/book", urlencode(typed))
        if status != 303:
            raise Wrong(f"form {status}")
        status, page, _ = await browser.ask("GET", urlsplit(location).path)
        if status != 200 or "You are booked" not in page:
            raise Wrong(f"confirmation {status}")
        return browser.waited
    finally:
        browser.close()


async def read(port: int, path: str) -> list[float]:
    browser = Connection(port)
    await browser.open()
    try:
        if (status := (await browser.ask("GET", path))[0]) != 200:
            raise Wrong(f"page {status}")
        return browser.waited
    finally:
        browser.close()


async def work(port: int, paths: list[str], clients: int, seconds: float, act: str) -> dict[str, object]:
    took, requests, wrong = list[float](), list[float](), list[str]()
    until = time.perf_counter() + seconds
    deed, turns = {"book": book, "read": read}[act], count()

    async def one() -> None:
        while (began := time.perf_counter()) < until:
            try:
                requests.extend(await deed(port, paths[next(turns) % len(paths)]))
                took.append(time.perf_counter() - began)
            except (Wrong, OSError, EOFError) as error:
                wrong.append(repr(error))

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    return {"seconds": time.perf_counter() - began, "took": took, "requests": requests, "wrong": wrong}


if __name__ == "__main__":
    port, paths, clients, seconds, act = sys.argv[1:]
    print(json.dumps(asyncio.run(work(int(port), paths.split(","), int(clients), float(seconds), act))))
