"""What can be checked of deploy/Containerfile without a container engine."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.deploy.places import DEPLOY, ROOT

INSTRUCTIONS = "ARG|CMD|COPY|ENTRYPOINT|ENV|FROM|RUN|USER|VOLUME|WORKDIR"


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions() -> list[Instruction]:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def copied() -> list[tuple[list[str], str]]:
    """Return what is copied out of the repository, and where to."""
    found = [shlex.split(one.rest) for one in instructions() if one.word == "COPY"]
    return [(words[:-1], words[-1]) for words in found if not words[0].startswith("--from")]


def test_every_line_is_an_instruction() -> None:
    assert all(re.fullmatch(INSTRUCTIONS, one.word) for one in instructions())


def test_images_are_pinned_and_named_without_a_host() -> None:
    (argument,) = (one.rest for one in instructions() if one.word == "ARG")
    assert re.fullmatch(r"PYTHON=python:\d+\.\d+\.\d+-slim-[a-z]+", argument)
    used = [one.rest.split()[0] for one in instructions() if one.word == "FROM"]
    assert used == ["${PYTHON}", "${PYTHON}"]


def test_what_it_copies_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    for sources, _ in copied():
        for source in sources:
            assert (ROOT / source).exists()
            assert f"!{source.split('/')[0]}" in ignored


def test_what_it_copies_is_enough_to_build_the_package(tmp_path: Path) -> None:
    for sources, target in copied():
        for source in sources:
            place = tmp_path / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, *build, "-w", "made", "."], cwd=tmp_path, check=True)
    (wheel,) = (tmp_path / "made").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"bingosim/cli/worker.py", "bingosim/examples/tiny.yaml"} <= set(names)
    assert any(name.startswith("bingosim/storage/migrations/versions/") for name in names)


def test_dependencies_are_those_that_are_locked() -> None:
    installs = [one.rest for one in instructions() if "pip install" in one.rest]
    assert "pip install --require-hashes -r requirements/run.txt" in installs
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)


def test_it_runs_as_nobody_special() -> None:
    last = [one for one in instructions() if one.word in ("USER", "ENTRYPOINT")]
    assert last == [Instruction("USER", "bingosim"), Instruction("ENTRYPOINT", '["bingosim"]')]


def test_compiled_code_goes_to_the_volume(tmp_path: Path) -> None:
    environment = " ".join(one.rest for one in instructions() if one.word == "ENV")
    (cache,) = re.findall(r"XDG_CACHE_HOME=(\S+)", environment)
    code = "from bingosim.engine.jit import cache_directory; print(cache_directory())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT / "src")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout).is_relative_to("/var/cache/bingosim")
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert compose["x-bingosim"]["volumes"] == ["kernels:/var/cache/bingosim"]
    assert compose["x-bingosim"]["build"]["dockerfile"] == "deploy/Containerfile"
