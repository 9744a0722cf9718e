"""Reports from the command line: which files, what is refused before, and whole files or none."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from bingosim.cli.files import Files, write_whole
from bingosim.errors import ExecutionError, InputError
from tests.unit.test_cli_run import bingosim_run, event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.test_cli_run import Outcome

__all__ = ["bingosim_run", "event"]  # fixtures


def test_run_writes_page_picture_and_summary(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    wanted = ("--report", "out.html", "--plot", "out.png", "--markdown", "out.md")
    outcome = bingosim_run(event, "--runs", 30, "--no-save", *wanted)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Small bingo: 30 runs")
    assert (tmp_path / "out.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out.md").read_text("utf-8").startswith("**Small bingo**, 30 runs: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [event, "out.html", "out.md", "out.png"]
    )


def test_a_summary_on_stdout_stands_there_alone(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    outcome = bingosim_run(event, "--runs", 30, "--no-save", "--markdown", "-")
    bingosim_run(event, "--runs", 30, "--no-save", "--markdown", "same.md", "--threads", 2)
    assert outcome.out == (tmp_path / "same.md").read_text("utf-8")


def test_with_quiet_files_are_all_there_is(
    bingosim_run: Callable[..., Outcome], event: str
) -> None:
    outcome = bingosim_run(event, "--runs", 5, "--no-save", "--quiet", "--report", "out.html")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_all_that_cannot_be_written_is_said_at_once_and_nothing_simulated(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    wanted = ("--json", "-", "--markdown", "-", "--report", "no/out.html", "--plot", "out.svg")
    outcome = bingosim_run(event, *wanted)
    assert (outcome.code, outcome.out) == (2, "")
    for message in (
        "--json and --markdown cannot both go to -",
        "cannot write no/out.html: No such file or directory",
        "--plot writes PNG: expected a name that ends in .png, got out.svg",
    ):
        assert message in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == [event]


def test_two_files_at_one_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "out.html")
    with pytest.raises(InputError, match="--json and --report cannot both go to"):
        Files(json=str(tmp_path / "out.html"), report=tmp_path / "link.html").check()


def test_a_file_that_is_there_is_replaced_whole_or_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.html"
    path.write_text("old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(ExecutionError, match=r"out\.html: No space left on device"):
        write_whole(path, b"newer")
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["out.html"]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    Files(report=tmp_path / "target.html", markdown="/dev/null").check()
    write_whole(type(tmp_path)("/dev/null"), b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116
