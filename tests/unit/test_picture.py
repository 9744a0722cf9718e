"""The picture of a report: its size, its colours, and any name in any script."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bingosim import words
from bingosim.reporting.palette import mixed, team_colour
from bingosim.reporting.picture import WIDTH, to_png
from bingosim.reporting.picture_board import FULLEST, HIGHEST, whole_percent
from bingosim.reporting.sheet import Sheet
from tests.unit.result_fakes import fake_report, renamed, small_snapshot

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

SNAPSHOT = small_snapshot(teams=3)
REPORT = fake_report(SNAPSHOT)
NAMES = (
    "Кланы Ирландии и Украины",
    "שלום עולם العربية",
    "ナゼ王国クラン ไทย हिन्दी",
    "\N{FIRE}\N{VARIATION SELECTOR-16} \N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN} \U0001d4d5ancy",
    r"$\frac{1}{0}$ $x^2 %s {} \n",
    "W" * 120,
    "\x00\x1b\u202e",
    "% % %",
)


def opened(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    assert (picture.format, picture.width) == ("PNG", WIDTH)
    picture.load()
    return picture


def colours(png: bytes) -> dict[str, int]:
    """Return how many pixels have each colour."""
    pixels = np.asarray(opened(png).convert("RGB")).reshape(-1, 3)
    found, counts = np.unique(pixels, axis=0, return_counts=True)
    return {
        "#" + bytes(colour).hex(): count
        for colour, count in zip(found, counts.tolist(), strict=True)
    }


def test_it_shows_every_team_in_its_colour() -> None:
    found = colours(to_png(REPORT, SNAPSHOT))
    assert len(found) > 100
    for number, team in enumerate(REPORT["teams"]):
        assert found[team_colour(number)] > 400
        bar = 470 * 34 * (team["win"]["probability"] or 0)
        assert found[mixed(team_colour(number), 0.5)] > 0.5 * bar


def test_a_tile_is_the_fuller_of_colour_the_more_often_it_is_completed() -> None:
    report = fake_report(SNAPSHOT)
    (number, best), *_ = words.ranked(report["teams"])
    for tile in best["tiles"]:
        tile["probability"] = 1.0
    full = mixed(team_colour(number), FULLEST)
    before = colours(to_png(report, SNAPSHOT))[full]
    best["tiles"][0]["probability"] = 0.0
    after = colours(to_png(report, SNAPSHOT))[full]
    assert 0.6 * before < after < 0.85 * before


def test_its_metadata_say_what_it_shows() -> None:
    text = opened(to_png(REPORT, SNAPSHOT)).info
    assert text["Title"] == "Small bingo"
    assert text["Description"] == words.headline(REPORT["teams"])
    assert text["Software"].startswith("BingoSim ")


def test_equal_results_are_equal_bytes_in_any_thread() -> None:
    expected = to_png(REPORT, SNAPSHOT)
    with ThreadPoolExecutor(4) as pool:
        reports = [fake_report(SNAPSHOT, total_s=number) for number in range(6)]
        assert {*pool.map(lambda report: to_png(report, SNAPSHOT), reports)} == {expected}


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_drawn_without_a_word_on_stderr(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    snapshot = renamed(SNAPSHOT, lambda _: name)
    report = fake_report(snapshot)
    report["seed"] = name
    found = colours(to_png(report, snapshot))
    assert found[team_colour(0)] > 400
    assert capfd.readouterr() == ("", "")


def wide(rows: int, columns: int) -> Snapshot:
    board = SNAPSHOT.board
    tile = board.tiles[0]
    made = tuple(
        tuple(
            tile.model_copy(update={"key": f"t{row}x{column}", "name": f"Tile {row} {column}"})
            for column in range(columns)
        )
        for row in range(rows)
    )
    return SNAPSHOT.model_copy(update={"board": board.model_copy(update={"rows": made})})


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (40, 2), (2, 20), (1, 300), (90, 1)])
def test_a_board_of_any_shape_stays_postable(rows: int, columns: int) -> None:
    snapshot = wide(rows, columns)
    picture = opened(to_png(fake_report(snapshot, runs=10), snapshot))
    assert picture.height < HIGHEST + 1_000


@pytest.mark.parametrize("teams", [1, 50])
def test_one_team_or_fifty(teams: int) -> None:
    snapshot = small_snapshot(teams=teams)
    assert opened(to_png(fake_report(snapshot), snapshot)).height < 2_000


def test_of_no_runs_there_is_a_picture_that_says_so() -> None:
    nothing = fake_report(SNAPSHOT, runs=0)
    picture = opened(to_png(nothing, SNAPSHOT))
    assert picture.info["Description"] == "Nothing is known yet."
    assert picture.height < 400


@pytest.mark.parametrize(
    ("chance", "text"),
    [(0.0, "0"), (0.001, "<1"), (0.5, "50"), (0.986, "99"), (0.995, ">99"), (1.0, "100")],
)
def test_chances_in_tiles_do_not_look_certain(chance: float, text: str) -> None:
    assert whole_percent(chance) == text


def test_lines_fit_and_nothing_is_lost_but_at_the_end() -> None:
    sheet = Sheet(400, "#ffffff")
    text = "A purple from Chambers or Tombs of 36.4 % or more"
    lines = sheet.wrapped(text, 22, 200, 9)
    assert " ".join(lines) == text
    assert not any(line.startswith("%") for line in lines)
    cut = sheet.wrapped(text, 22, 200, 2)
    assert len(cut) == 2
    assert cut[0] == lines[0]
    assert cut[1].endswith("\N{HORIZONTAL ELLIPSIS}")
    assert sheet.wrapped("", 22, 200, 2) in ([], [""])


def test_who_wants_no_picture_does_not_pay_for_it() -> None:
    code = (
        "import sys; from bingosim.cli import app; import bingosim.simulation, bingosim.cli.run, "
        "bingosim.cli.files, bingosim.web.app; print(*{'matplotlib', 'PIL'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
