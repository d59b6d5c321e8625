"""The methods by name, and why each is the one that made a plan."""

from __future__ import annotations

from scheduler.core.refusal import Sentence, say

METHODS = {
    "circle": say("the circle method"),
    "matching": say("matching round by round"),
    "rotation": say("class rotation"),
    "starters": say("cyclic starters"),
    "published": say("a published schedule"),
    "slots": say("slots first, people second"),
    "hosts": say("a host at each table"),
    "start": say("the plan before, changed a little"),
    "search": say("search"),
}

REASONS = {
    "circle": say("One person stays and the others go round: in pairs nobody meets twice until everybody has met everybody."),
    "matching": say("Each round is the best set of pairs for what the rounds before left open."),
    "rotation": say("Each class of people moves on at its own pace, so two people of different classes meet at most once."),
    "starters": say("One round is made so that turning it gives all the others without meeting anybody again."),
    "published": say("For rooms of this shape a schedule is known that no search finds quickly."),
    "slots": say("The seats were planned first with the fewest repeats, then people were put into them."),
    "hosts": say("Each person of the largest school has a table of their own, and the others were moved around them."),
    "start": say("It begins with the plan before and changes what had to change."),
    "search": say("Wishes, memory or people who come and go leave no regular scheme, so seats were swapped as long as that helped."),
}


def why(method: str) -> Sentence:
    """Why this method is the one that made the plan.

    >>> print(why("matching"))
    Each round is the best set of pairs for what the rounds before left open.
    """
    return REASONS[method]
