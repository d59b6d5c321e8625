"""The pairing engine in a process of its own, so that neither the web nor the worker's other thread waits for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from scheduler.core.refusal import Refusal, say
from scheduler.foundation.paths import PACKAGE

COMMAND = (sys.executable, "-m", "scheduler.core.pairing")
PATIENCE = 120
"""Seconds after which an engine that does not heed its own time limit is ended"""


def ask(request: Mapping[str, Any], on_progress: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Have a plan made; the answer is what core/pairing/__main__.py calls a result.

    `on_progress` hears how far it is and returns True to stop it, which keeps the best plan so far. Refuses where the engine
    refuses. If we are killed, the engine notices that nobody listens any more and ends.
    """
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as engine:
        assert engine.stdin is not None
        assert engine.stdout is not None
        watchdog = threading.Timer(PATIENCE, engine.kill)
        watchdog.start()
        try:
            print(json.dumps(request), file=engine.stdin, flush=True)
            for line in engine.stdout:
                kind, said = next(iter(json.loads(line).items()))
                if kind == "refusal":
                    raise Refusal(say("%(sentence)s", sentence=said))
                if kind == "result":
                    return dict(said)
                if on_progress(said):
                    _stop(engine)
        except BaseException:
            engine.kill()
            raise
        finally:
            watchdog.cancel()
    raise RuntimeError(f"the pairing engine ended with status {engine.returncode} and no plan")


def _stop(engine: subprocess.Popen[str]) -> None:
    assert engine.stdin is not None
    try:
        print("stop", file=engine.stdin, flush=True)
    except BrokenPipeError:
        return  # it has ended by itself, and its answer is on the way
