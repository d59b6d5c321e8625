"""A design: rounds of numbered slots, planned before anybody knows who sits in which slot."""

from __future__ import annotations

# One list a round, one list of slots a table; a table of one slot means that this slot sits out.
Design = list[list[list[int]]]
