"""The file of a backup: a tar of the database and a manifest that says what must be in it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from scheduler.core.refusal import Refusal, say

MANIFEST, SECRET_KEY = "manifest.json", "secret_key"
FORMAT = 1
MOST_MANIFEST = 1024 * 1024
CHUNK = 1024 * 1024


class NotABackup(Refusal):
    def __init__(self, path: Path, what: object) -> None:
        super().__init__(say("%(path)s is not a whole backup: %(what)s. Take another one.", path=path, what=what))


class CannotWrite(Refusal):
    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(say("The backup cannot be written to %(path)s: %(why)s.", path=path, why=error.strerror))


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    made_at: str
    version: str
    engine: str
    """sqlite or postgresql"""
    head: str
    """The form of the database: the name of its last migration"""
    counts: Mapping[str, int]
    """Rows of each table"""
    files: Mapping[str, Mapping[str, Any]]
    """Bytes and SHA-256 of each file"""
    format: int = FORMAT

    @property
    def database(self) -> str:
        """The name of the database's file in it."""
        return next(name for name in self.files if name != SECRET_KEY)

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


def described(path: Path) -> dict[str, Any]:
    """Bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def write(out: Path, manifest: Manifest, files: Sequence[Path]) -> None:
    """Make the file of a backup, readable for its owner only; under its name it stands once it is whole and on the disk."""
    part = out.with_name(f"{out.name}.part")
    try:
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
                for path in files:
                    tar.add(path, path.name, recursive=False)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, out)  # an earlier backup is never written over
    except FileExistsError:
        raise Refusal(say("%(path)s is there already. Give the backup another name.", path=out)) from None
    except OSError as error:
        raise CannotWrite(out, error) from error
    finally:
        part.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))


class Archive:
    """A backup that was opened; files come out of it only if they are what the manifest says."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self.path, self._tar = path, tar
        self.manifest = self._read_manifest()

    def _read_manifest(self) -> Manifest:
        said = json.loads(self._open(MANIFEST).read(MOST_MANIFEST))
        if said.get("format") != FORMAT:
            raise NotABackup(self.path, f"its form {said.get('format')} is not known here")
        manifest = Manifest(**said)
        if not manifest.database:
            raise NotABackup(self.path, "it has no database")
        return manifest

    def secret_key(self) -> str | None:
        """The secret key, where it was taken along."""
        return self._open(SECRET_KEY).read().decode() if SECRET_KEY in self.manifest.files else None

    def extract(self, name: str, to: Path) -> None:
        """Write one file of it to a new place; what is not what the manifest says does not stay there."""
        digest, size = hashlib.sha256(), 0
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            source = self._open(name)
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if {"bytes": size, "sha256": digest.hexdigest()} != self.manifest.files[name]:
            to.unlink()
            raise NotABackup(self.path, f"{name} is not what the manifest says")

    def _open(self, name: str) -> IO[bytes]:
        with suppress(KeyError):
            if file := self._tar.extractfile(self._tar.getmember(name)):
                return file
        raise NotABackup(self.path, f"{name} is missing")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A backup to read; refuses a file that is none."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield Archive(path, tar)
    except (tarfile.TarError, ValueError, TypeError, StopIteration, AttributeError, EOFError) as error:
        raise NotABackup(path, "it cannot be read") from error
    except OSError as error:
        raise Refusal(say("%(path)s cannot be read: %(why)s.", path=path, why=error.strerror or error)) from error
