"""Commands say in one line what is wrong with the house they stand in, and end with status 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOBODY = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize("command", [["serve", "--port", "65000"], ["worker"], ["invite", "ada@example.org"]])
def test_a_database_that_is_not_there_is_said_in_one_line(command: list[str], tmp_path: Path) -> None:
    settings = {"SCHEDULER_DATABASE_URL": NOBODY, "SCHEDULER_DATA_DIR": str(tmp_path)}

    done = subprocess.run(
        [Path(sys.executable).with_name("scheduler"), *command], env=os.environ | settings, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("The database cannot be used: connection")
    assert line.endswith("Check SCHEDULER_DATABASE_URL and SCHEDULER_DATA_DIR.")
