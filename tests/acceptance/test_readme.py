"""What the documents say is true: code runs, commands and targets exist, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import typer

from bingosim.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
DECISIONS = ROOT / "docs" / "decisions"

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^(?: {4}.*\n)+", re.MULTILINE)
INLINE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

per_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def test_the_python_code_of_the_readme_runs() -> None:
    (code,) = fenced(ROOT / "README.md", "python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == code.count("print(")


@per_document
def test_every_command_exists_with_its_options(path: Path) -> None:
    for words in commands(path, "bingosim"):
        command: Any = typer.main.get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        is_group = bool(getattr(command, "commands", {}))
        assert not is_group or not words or words[0].startswith("-"), f"no command {words[0]}"
        known = {option for parameter in command.params for option in parameter.opts}
        asked = {word for word in words if re.fullmatch(r"-[a-z]|--[a-z].*", word)}
        assert asked <= known | {"--help", "-h"}, f"{command.name} has no {asked - known}"


@per_document
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for words in commands(path, "make"):
        assert {word for word in words if "=" not in word} <= targets


@per_document
def test_every_relative_link_leads_to_a_file_and_its_heading(path: Path) -> None:
    text = INLINE.sub("", FENCED.sub("", path.read_text("utf-8")))
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = unquote(link).partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if heading:
            titles = HEADING.findall(FENCED.sub("", target.read_text("utf-8")))
            assert heading in {anchor(title) for title in titles}, link


def test_the_readme_shows_the_commands_it_should() -> None:
    shown = {words[0] for words in commands(ROOT / "README.md", "bingosim")}
    assert {"run", "init", "validate", "catalog"} <= shown
    assert {"run", "test"} <= {words[0] for words in commands(ROOT / "README.md", "make")}


def test_the_architecture_lists_every_module_and_no_other() -> None:
    (listing,) = fenced(ROOT / "docs" / "architecture.md", "text")
    source = ROOT / "src"
    modules = {module.relative_to(source).as_posix() for module in source.rglob("*.py")}
    assert set(listed_files(listing)) == modules


def test_every_decision_is_numbered_and_listed() -> None:
    names = sorted(path.name for path in DECISIONS.glob("0*.md"))
    numbers = [int(name[:4]) for name in names]
    assert numbers == sorted(set(numbers))  # work side by side may leave gaps
    listed = LINK.findall((DECISIONS / "README.md").read_text("utf-8"))
    assert [link for link in listed if link.startswith("0")] == names
    for number, name in zip(numbers, names, strict=True):
        text = (DECISIONS / name).read_text("utf-8")
        assert text.startswith(f"# {number}. ")
        for part in ("Context", "Choice", "Weighed", "Price"):
            assert f"**{part}.**" in text, f"{name} has no {part}"


def test_pictures_load_nothing() -> None:
    for picture in (ROOT / "docs").rglob("*.svg"):
        text = picture.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|url\((?!#)|@import|@font-face|<image|<script", text)


def fenced(path: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return [code for name, code in FENCED.findall(path.read_text("utf-8")) if name == language]


def commands(path: Path, program: str) -> Iterator[list[str]]:
    """Yield the words after a program's name, wherever a document shows a call of it as code."""
    text = path.read_text("utf-8")
    prose = FENCED.sub("", text)
    shell = [code for name, code in FENCED.findall(text) if name in ("", "sh", "bash", "console")]
    lines = [line for code in (*shell, *INDENTED.findall(prose)) for line in code.splitlines()]
    for code in (*lines, *INLINE.findall(prose)):
        call = re.match(rf"\s*(?:\$ )?(?:\.venv/bin/)?{program} +([a-z-].*)", code, re.DOTALL)
        if call:
            yield shlex.split(re.split(r"\s[>|]\s", call[1])[0], comments=True)


def listed_files(listing: str) -> Iterator[str]:
    """Yield the paths of the modules in a tree that is drawn by indentation."""
    folders: list[str] = []
    for line in listing.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        folders[depth:] = [name.removesuffix("/")]
        if name.endswith(".py"):
            yield "/".join(folders)


def anchor(heading: str) -> str:
    """Return the name under which a page's heading is linked."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
