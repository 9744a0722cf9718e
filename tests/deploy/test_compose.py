"""What can be checked of deploy/compose.yaml without a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.deploy.places import DEPLOY, PREFIX, ROOT, has_web, known_settings, longest_end

if TYPE_CHECKING:
    from pathlib import Path

FILE = DEPLOY / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("bingosim:")]
VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")
EXAMPLE = re.compile(r"^(#?)(\w+)=(.*)$", re.MULTILINE)

each_of_ours = pytest.mark.parametrize("name", OURS)
each = pytest.mark.parametrize("name", SERVICES)


def seconds(text: str) -> int:
    (number, unit) = re.fullmatch(r"(\d+)([sm])", text).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60}[unit]


def test_it_is_a_compose_file() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, FILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docker_compose_reads_it(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], check=False).returncode:
        pytest.skip("docker compose is not here")
    filled = re.sub(r"(?m)^(\w+)=$", r"\1=secret", (DEPLOY / "example.env").read_text("utf-8"))
    (tmp_path / "env").write_text(filled)
    everything = ["--profile", "*", "--env-file", str(tmp_path / "env"), "-f", str(FILE)]
    done = subprocess.run(
        [docker, "compose", *everything, "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@each_of_ours
def test_its_variables_are_settings_and_its_command_exists(name: str) -> None:
    if name == "web" and not has_web():
        pytest.skip("bingosim web is not there yet")
    service = SERVICES[name]
    assert set(service["environment"]) <= known_settings()
    command = [sys.executable, "-m", "bingosim", *service.get("command", []), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_what_is_handed_on_from_the_example_is_handed_on() -> None:
    offered = {name for _, name, _ in EXAMPLE.findall((DEPLOY / "example.env").read_text("utf-8"))}
    taken = set(SERVICES["worker"]["environment"])
    assert {name for name in offered if name.startswith(PREFIX)} <= taken


def test_no_password_has_a_default() -> None:
    text = FILE.read_text("utf-8")
    used = {name: how for name, how, _ in VARIABLE.findall(text)}
    secret = {name for name in used if "PASSWORD" in name}
    assert secret
    assert {used[name] for name in secret} == {":?"}
    for service in SERVICES.values():
        for name, value in (service.get("environment") or {}).items():
            if "PASS" in name or name.endswith("_URL"):
                assert VARIABLE.search(str(value)), name


def test_the_example_names_every_variable_and_holds_no_password() -> None:
    used = {name: default for name, _, default in VARIABLE.findall(FILE.read_text("utf-8"))}
    example = (DEPLOY / "example.env").read_text("utf-8")
    named = {name: (comment, value) for comment, name, value in EXAMPLE.findall(example)}
    optional = {"WEB_ADDRESS", "WEB_MEMORY"}  # nothing to choose before there is a web application
    assert set(used) - optional <= set(named)
    assert {name for name in named if not name.startswith(PREFIX)} <= set(used)
    for name, (comment, value) in named.items():
        assert (comment, value) == ("", "") if "PASSWORD" in name else comment == "#", name


@each
def test_its_image_is_pinned_and_named_without_a_host(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert re.search(r"\d+\.\d+", tag), "a version is named"
    assert "." not in image.split("/")[0]


def test_our_image_is_of_this_version() -> None:
    from importlib.metadata import version

    assert {SERVICES[name]["image"] for name in OURS} == {f"bingosim:{version('bingosim')}"}


@each
def test_what_it_mounts_is_there(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = VARIABLE.sub(lambda found: found[3], volume).split(":")[0]
        if source.startswith("."):
            assert (DEPLOY / source).exists(), volume
        else:
            assert source in COMPOSE["volumes"], volume


@each
def test_what_it_waits_for_is_there(name: str) -> None:
    waits = SERVICES[name].get("depends_on", {})
    assert set(waits) <= set(SERVICES)
    for other, how in waits.items() if isinstance(waits, dict) else ():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert SERVICES[other]["restart"] == "no"


@each
def test_nothing_but_the_servers_can_be_reached_from_other_hosts_by_default(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert VARIABLE.sub(lambda found: found[3], port).startswith("127.0.0.1:"), port


def test_what_runs_for_long_is_started_again_and_ends_in_order() -> None:
    for name in ("worker", "web"):
        service = SERVICES[name]
        assert service["restart"] == "unless-stopped"
        assert seconds(service["stop_grace_period"]) > longest_end()
        assert "healthcheck" in service
        assert "mem_limit" in service


def test_ours_may_write_to_what_they_need_only() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "kernels:/var/cache/bingosim" in service["volumes"]


def test_prometheus_scrapes_where_the_worker_serves() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    ports = {
        name: found["port"]
        for job in config["scrape_configs"]
        for found in job["dns_sd_configs"]
        for name in found["names"]
    }
    assert ports["worker"] == SERVICES["worker"]["environment"][f"{PREFIX}METRICS_PORT"]
    assert ports["web"] == SERVICES["web"]["environment"][f"{PREFIX}PORT"]
    for file in (file for job in config["scrape_configs"] for file in _files(job)):
        assert (DEPLOY / "prometheus" / file.removeprefix("/etc/prometheus/")).exists()


def _files(job: dict[str, Any]) -> list[str]:
    return [file for found in job.get("file_sd_configs", []) for file in found["files"]]


def test_grafana_is_given_a_source_and_a_place_for_dashboards() -> None:
    provisioning = DEPLOY / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "bingosim.yaml").read_text())[
        "providers"
    ]
    mounted = {volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]}
    assert provider["options"]["path"] in mounted
    assert SERVICES["grafana"]["environment"]["GF_PATHS_PROVISIONING"].startswith(
        provider["options"]["path"]
    )
