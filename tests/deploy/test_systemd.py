"""What can be checked of deploy/systemd without systemd, and with its own check where that is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from typing import TYPE_CHECKING

import pytest

from tests.deploy.places import DEPLOY, PREFIX, has_web, known_settings, longest_end

if TYPE_CHECKING:
    from pathlib import Path

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/bingosim/bin/bingosim"

each = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


def service(unit: Path) -> dict[str, str]:
    """Return a unit's section about the service; of what stands there twice, the last."""
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit, "utf-8")
    assert set(parser) == {"DEFAULT", "Unit", "Service", "Install"}
    return dict(parser["Service"])


def test_there_is_a_unit_for_each_process() -> None:
    assert [unit.name for unit in UNITS] == ["bingosim-web.service", "bingosim-worker@.service"]


@each
def test_systemd_understands_it(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    program = tmp_path / "bingosim"  # what is started must be there
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name.replace("@.", "@9101.")
    copy.write_text(unit.read_text("utf-8").replace(PROGRAM, str(program)))
    done = subprocess.run(
        [analyze, "verify", "--man=no", copy], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@each
def test_its_command_and_its_variables_exist(unit: Path) -> None:
    found = service(unit)
    if unit.name == "bingosim-web.service" and not has_web():
        pytest.skip("bingosim web is not there yet")
    program, *command = found["ExecStart"].split()
    assert program == PROGRAM
    done = subprocess.run(
        [sys.executable, "-m", "bingosim", *command, "--help"], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert set(re.findall(rf"{PREFIX}\w+", found["Environment"])) <= known_settings()


@each
def test_it_ends_in_order_and_starts_again(unit: Path) -> None:
    found = service(unit)
    assert found["Restart"] == "always"
    assert found["RestartPreventExitStatus"] == "2"  # as of InputError
    assert float(found["TimeoutStopSec"]) > longest_end()
    assert found["KillSignal"] == "SIGTERM"


@each
def test_it_may_do_little_but_what_it_needs(unit: Path) -> None:
    found = service(unit)
    assert found["User"] == "bingosim"
    assert found["ProtectSystem"] == "strict"
    assert found["NoNewPrivileges"] == "yes"
    assert found["CapabilityBoundingSet"] == ""
    # The engine is compiled while it runs; claims of other processes are looked up in /proc.
    assert not {"MemoryDenyWriteExecute", "ProtectProc", "ProcSubset"} & set(found)
    assert "XDG_CACHE_HOME=%C" in found["Environment"]
    assert found["CacheDirectory"] == "bingosim"


def test_the_example_of_the_environment_holds_settings_only_and_no_password() -> None:
    text = (DEPLOY / "systemd" / "bingosim.env.example").read_text("utf-8")
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert set(named) <= known_settings()
    assert {f"{PREFIX}DATABASE_URL", f"{PREFIX}BROKER_URL"} <= set(named)
    for name in (f"{PREFIX}DATABASE_URL", f"{PREFIX}BROKER_URL"):
        assert ":PASSWORD@" in named[name]
    assert {service(unit)["EnvironmentFile"] for unit in UNITS} == {"/etc/bingosim/bingosim.env"}
