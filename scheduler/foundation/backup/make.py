"""Making a backup."""

from __future__ import annotations

import tempfile
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from flask import current_app

from scheduler.foundation.backup import archive, engines
from scheduler.foundation.backup.archive import CannotWrite, Manifest


def back_up(out: Path, *, with_secret_key: bool, now: datetime) -> Manifest:
    """Write a backup of everything to a new file.

    The files of users stand in the database, so it is all there is. The secret key comes along only when it is asked for: whoever has
    both can make every link that was mailed, so they are better kept apart.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=out.parent) as folder:
            copy = engines.dump(Path(folder), now=now)
            files = [copy.file]
            if with_secret_key:
                files.append(Path(folder) / archive.SECRET_KEY)
                files[-1].write_text(current_app.config["SECRET_KEY"])
            manifest = Manifest(
                now.isoformat(timespec="seconds"), version("living-lab-scheduler"), engines.engine_name(), copy.head, copy.counts,
                {file.name: archive.described(file) for file in files},
            )  # fmt: skip
            archive.write(out, manifest, files)
    except OSError as error:
        raise CannotWrite(out, error) from error
    return manifest
