"""The wheel works away from this folder: built, installed with its locked dependencies, started, its first page opened."""

import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def test_wheel_installed_elsewhere_opens_its_home_page(tmp_path):
    scheduler = install_wheel(tmp_path)
    port = free_port()
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SCHEDULER_")}
    settings["SCHEDULER_DATA_DIR"] = str(tmp_path / "data")

    server = subprocess.Popen([scheduler, "serve", "--port", str(port)], cwd=tmp_path, env=settings, stdin=subprocess.DEVNULL)
    try:
        status, page = first_answer(f"http://127.0.0.1:{port}/", server)
    finally:
        ended = stop(server)

    assert (status, page.count("<h1")) == (200, 1)
    assert ended == 0


def install_wheel(folder: pathlib.Path) -> pathlib.Path:
    """Build the wheel and install it under `folder`; returns the path of its `scheduler` command."""
    uv("build", "--wheel", "--out-dir", folder / "built")
    uv("export", "--frozen", "--no-dev", "--no-emit-project", "--output-file", folder / "locked.txt")
    uv("venv", "--no-project", folder / "elsewhere")
    python = folder / "elsewhere" / "bin" / "python"
    uv("pip", "install", "--python", python, "--require-hashes", "--requirement", folder / "locked.txt")
    uv("pip", "install", "--python", python, "--no-deps", *(folder / "built").glob("*.whl"))
    return python.with_name("scheduler")


def uv(*arguments: str | pathlib.Path) -> None:
    """Run uv in the project; what it prints is shown when it fails."""
    subprocess.run([os.environ["UV"], "--quiet", *arguments], cwd=ROOT, check=True, stdin=subprocess.DEVNULL)


def first_answer(address: str, server: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Ask until the server answers, at most 60 seconds and only while it lives; returns status and page."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except (ConnectionError, urllib.error.URLError) as problem:
            if isinstance(problem, urllib.error.HTTPError) or server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def stop(server: subprocess.Popen[bytes]) -> int:
    """Ask the server to end, end it after 30 seconds, and return its status."""
    server.terminate()
    try:
        return server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()


def free_port() -> int:
    """A port that nobody listened at a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
