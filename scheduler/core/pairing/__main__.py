"""The engine as a process of its own: a problem as JSON comes in, lines of progress and the plan go out.

`python -m scheduler.core.pairing` reads one line, `{"problem": …, "seed": 7, "time_limit": 10}`. It answers with lines
`{"progress": …}` and at last one line `{"result": …}`, or `{"refusal": …}` where no plan can be made. Whatever is written
to it after the first line, and the end of its input, stop it: whoever asked has gone, or wants the best plan so far.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TextIO

from scheduler.core.pairing.effort import Progress
from scheduler.core.pairing.instance import read_problem
from scheduler.core.pairing.plan import write_plan
from scheduler.core.pairing.solve import Result, solve
from scheduler.core.refusal import Refusal

ENGINE = "3"
"""Raised when the same problem, seed and iterations give another plan than before; stored with each plan."""


def answer(request: Mapping[str, Any], out: TextIO, stop: threading.Event) -> None:
    """Make the plan that is asked for and write it down, line by line.

    >>> from io import StringIO
    >>> problem = {"rounds": 1, "seating": {"mode": "size", "size": 2}, "participants": [{"id": "ana"}, {"id": "ben"}]}
    >>> answer({"problem": problem, "seed": 1, "time_limit": 10}, out := StringIO(), threading.Event())
    >>> json.loads(out.getvalue().splitlines()[-1])["result"]["plan"]["rounds"][0]["groups"]
    [{'table': 'T1', 'members': ['ben', 'ana']}]
    """

    def tell(kind: str, what: object) -> None:
        print(json.dumps({kind: what}), file=out, flush=True)

    def on_progress(progress: Progress) -> None:
        tell("progress", asdict(progress))

    try:
        result = solve(
            read_problem(request["problem"]), seed=request["seed"], time_limit=request["time_limit"],
            iterations=request.get("iterations"), on_progress=on_progress, cancel=stop.is_set,
        )  # fmt: skip
    except Refusal as refusal:
        tell("refusal", str(refusal))
    else:
        tell("result", _written(result))


def _written(result: Result) -> dict[str, Any]:
    return {
        "plan": write_plan(result.plan), "metrics": asdict(result.metrics), "bounds": asdict(result.bounds), "engine": ENGINE,
        "method": result.method, "seed": result.seed, "iterations": result.iterations, "stopped_early": result.stopped_early,
    }  # fmt: skip


def main() -> None:
    """Answer the one request on standard input."""
    request = json.loads(sys.stdin.readline())
    stop = threading.Event()

    def listen() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        answer(request, sys.stdout, stop)
    except BrokenPipeError:
        os._exit(1)  # whoever asked has gone, and with them standard output: nothing is left to tidy up or to say


if __name__ == "__main__":
    main()
