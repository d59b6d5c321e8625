"""Addresses that lead into calendar programs, and the keys of private ones."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from scheduler.calendars.models import FeedAddress
from scheduler.calendars.queries import Scope
from scheduler.foundation import ical, tokens
from scheduler.foundation.ical import Entry
from scheduler.foundation.templating import absolute
from scheduler.schools.slugs import borough_slug

FEED, ROUNDS = "feed", "rounds"
MOST_DETAILS = 900
"""Letters of a description that go into an address; some programs refuse addresses of more than 2,000 letters"""


def private_url(address: FeedAddress) -> str:
    """The full address of a private feed; its key is made here each time and stored nowhere."""
    token = tokens.derived(FEED, address.public_id, _round_of(address))
    return absolute("calendars.private_feed", public_id=address.public_id, token=token)


def opens(token: str, address: FeedAddress) -> bool:
    """Whether this is the key of a private feed."""
    return tokens.opens(token, FEED, address.public_id, _round_of(address))


def _round_of(address: FeedAddress) -> int:
    """A party's address dies with the links it was mailed: who may no longer open its page sees nothing of it in a calendar either."""
    return address.registration.link_round if address.registration else 0


def rounds_url(attendee: str) -> str:
    """The page on which a participant (by public id) finds their rounds and makes their address; made when a mail is rendered."""
    return absolute("calendars.rounds", public_id=attendee, token=tokens.derived(ROUNDS, attendee))


def public_url(scope: Scope) -> str:
    """The full address of a public feed.

    A scope has a school or a borough, or neither, and a focus area or none: six addresses, each ending in .ics (H02).
    """
    where = {"slug": scope.school.slug} if scope.school else {"borough": borough_slug(scope.borough)} if scope.borough else {}
    what = {"focus": scope.area.slug} if scope.area else {}
    kind = "school" if scope.school else "borough" if scope.borough else "focus" if scope.area else "network"
    return absolute(f"calendars.{kind}_feed", **where, **what)


def webcal(url: str) -> str:
    """The address as calendar programs open it by a click.

    >>> webcal("https://visits.example.org/feeds/network.ics")
    'webcal://visits.example.org/feeds/network.ics'
    """
    return f"webcal://{url.partition('://')[2]}"


def google_subscribe(url: str) -> str:
    """Google's page that adds a subscription.

    >>> google_subscribe("https://visits.example.org/a.ics")
    'https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Fvisits.example.org%2Fa.ics'
    """
    return f"https://calendar.google.com/calendar/r?cid={quote(webcal(url), safe='')}"


def google_copy(entry: Entry, zone: str) -> str:
    """Google's page that adds one event: a copy, which follows no change.

    >>> from datetime import UTC, datetime, timedelta
    >>> at = datetime(2026, 12, 2, 14, tzinfo=UTC)
    >>> google_copy(Entry("visit-1@example.org", 0, at, at, at, at + timedelta(hours=1), "Open visit"), "America/New_York")
    'https://calendar.google.com/calendar/render?action=TEMPLATE&text=Open%20visit&dates=20261202T140000Z%2F20261202T150000Z&ctz=America%2FNew_York'
    """
    dates = "/".join(f"{instant:%Y%m%dT%H%M%SZ}" for instant in (entry.starts_at, entry.ends_at))
    facts = {"text": ical.clean(entry.title), "dates": dates, "ctz": zone, "details": _details(entry), "location": _line(entry.location)}
    return _address("https://calendar.google.com/calendar/render?action=TEMPLATE", facts)


def outlook_copy(entry: Entry) -> str:
    """The same for Outlook on the web.

    >>> from datetime import UTC, datetime, timedelta
    >>> at = datetime(2026, 12, 2, 14, tzinfo=UTC)
    >>> outlook_copy(Entry("visit-1@example.org", 0, at, at, at, at + timedelta(hours=1), "Open visit")).partition("&")[2]
    'rru=addevent&startdt=2026-12-02T14%3A00%3A00Z&enddt=2026-12-02T15%3A00%3A00Z&subject=Open%20visit'
    """
    start, end = (f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in (entry.starts_at, entry.ends_at))
    facts = {"rru": "addevent", "startdt": start, "enddt": end, "subject": ical.clean(entry.title)}
    facts |= {"body": _details(entry), "location": _line(entry.location)}
    return _address("https://outlook.live.com/calendar/deeplink/compose?path=%2Fcalendar%2Faction%2Fcompose", facts)


def _details(entry: Entry) -> str:
    return "\n\n".join(part for part in (ical.clean(entry.description)[:MOST_DETAILS], entry.url) if part)


def _line(text: str) -> str:
    return " ".join(ical.clean(text).split())


def _address(start: str, facts: dict[str, str]) -> str:
    return f"{start}&{urlencode({name: value for name, value in facts.items() if value}, quote_via=quote, safe='')}"
