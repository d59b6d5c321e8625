"""The Dockerfile, the compose file and the proxy's file name what there is: settings, commands, files, services, pages."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from scheduler.cli import cli

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = set(runpy.run_path(str(ROOT / "config.py"))["SETTINGS"])
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def steps(word: str) -> list[str]:
    """What stands behind one instruction of the Dockerfile."""
    return re.findall(rf"^{word} (.+)$", DOCKERFILE, re.MULTILINE)


def test_image_takes_along_what_there_is_and_what_is_not_left_out() -> None:
    copied = {name for step in steps("COPY") if not step.startswith("--from") for name in step.split()[:-1]}
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert copied == sent
    assert {name for name in copied if not (ROOT / name).exists()} == set()


def test_image_runs_as_nobody_special_with_settings_and_commands_that_there_are() -> None:
    (command,), (entry,), (user,), (health,) = steps("CMD"), steps("ENTRYPOINT"), steps("USER"), steps("HEALTHCHECK")

    assert user == "scheduler"
    assert set(re.findall(r"SCHEDULER_[A-Z_]+", DOCKERFILE)) <= SETTINGS
    assert (json.loads(entry), json.loads(command)[0] in cli.commands) == (["scheduler"], True)
    assert "/healthz" in health
    compile(json.loads(health.partition(" CMD ")[2])[2], "health", "exec")


def test_services_refer_to_services_volumes_files_settings_and_commands_that_there_are(compose: dict[str, Any]) -> None:
    services = compose["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "living-lab-scheduler"}
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])]

    assert set(ours) == {"one", "two", "worker"}
    assert {name for service in services.values() for name in service.get("depends_on", [])} <= set(services)
    assert {name for name in mounted if not name.startswith("./")} == set(compose["volumes"])
    assert [name for name in mounted if name.startswith("./") and not (ROOT / name).exists()] == []
    assert {name for service in ours.values() for name in service["environment"]} <= SETTINGS
    assert {service["command"][0] for service in ours.values() if "command" in service} <= set(cli.commands)
    assert not any("ports" in service for service in (*ours.values(), services["database"])), "only the proxy is open to the world"


def test_proxy_sends_requests_to_the_servers_that_can_work(compose: dict[str, Any]) -> None:
    file = (ROOT / "Caddyfile").read_text()

    assert re.findall(r"(\w+):8000", file) == [name for name, service in compose["services"].items() if name in ("one", "two") and service]
    assert "health_uri /readyz" in file
    assert set(re.findall(r"\{\$(\w+)\}", file)) == set(compose["services"]["proxy"]["environment"])


def test_what_one_must_say_oneself_stands_at_the_head_of_the_compose_file() -> None:
    text = (ROOT / "compose.yaml").read_text()

    head = text.partition("name: ")[0]

    assert {name for name in re.findall(r"\$\{([A-Z_]+):\?", text) if f"{name}=" not in head} == set()
