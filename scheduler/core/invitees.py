"""Who of a party has the calendar entry by a mail of their own, and what each is owed when the party changes (calendars M08, M10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Owed:
    """The mails of one occasion, by address: who is invited, who hears how it is now, and out of whose calendar the entry goes."""

    invited: list[str]
    updated: list[str]
    ended: list[str]


def owed(coming: Collection[str], holding: Collection[str], *, anew: bool = False) -> Owed:
    """What those who come and those who have the entry are owed; `anew`: the entry itself has changed.

    >>> owed(["ben@x.org", "cy@x.org"], ["ana@x.org", "ben@x.org"])          # Cy comes instead of Ana
    Owed(invited=['cy@x.org'], updated=[], ended=['ana@x.org'])
    >>> owed(["ben@x.org"], ["ben@x.org"])                                   # nothing changed, so nobody is mailed
    Owed(invited=[], updated=[], ended=[])
    >>> owed(["ben@x.org"], ["ben@x.org"], anew=True)                        # another hour
    Owed(invited=[], updated=['ben@x.org'], ended=[])
    """
    return Owed(
        invited=[email for email in coming if email not in holding],
        updated=[email for email in coming if email in holding] if anew else [],
        ended=[email for email in holding if email not in coming],
    )
