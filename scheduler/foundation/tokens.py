"""Names and keys of things: public ids stand in addresses, tokens open what they belong to and are kept hashed."""

from __future__ import annotations

import hashlib
import secrets

# No vowels and no look-alikes: nothing rude is spelled, nothing is misread.
_LETTERS = "bcdfghjkmnpqrstvwxz"


def new_public_id() -> str:
    """Ten letters that name a thing in an address (42 bits: names, not secrets)."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def new_token() -> str:
    """A key of 192 bits, safe in an address."""
    return secrets.token_urlsafe(24)


def new_code() -> str:
    """Six digits that a person types from a mail."""
    return f"{secrets.randbelow(10**6):06}"


def digest(token: str) -> str:
    """What we keep of a token (SHA-256); the tokens are random, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
