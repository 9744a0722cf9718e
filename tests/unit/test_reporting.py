"""Reports for people: a page, a summary, and what both and the web's pages are drawn from."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bingosim
from bingosim import words
from bingosim.precision import Precision
from bingosim.report import make_report
from bingosim.reporting import bars, palette
from bingosim.reporting.board import heat_map
from bingosim.reporting.page import to_fragment, to_html
from bingosim.reporting.summary import to_markdown
from bingosim.results import Shape
from tests.unit.event_text import EVENT_TEXT
from tests.unit.result_fakes import fake_report, fake_results, renamed, small_snapshot

if TYPE_CHECKING:
    from bingosim.report import Report

SNAPSHOT = small_snapshot(teams=3)
REPORT = fake_report(SNAPSHOT)
HOSTILE = (
    "</style></title><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eevil\u2066 \x00\x1b[31m",
    "**bold** `code` @everyone <@1> [a](https://example.org) ||spoiler||",
    "العربية W" + "M" * 110,
)


class Skeleton(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    @property
    def attributes(self) -> list[tuple[str, str]]:
        return [(name, value or "") for _, attrs in self.elements for name, value in attrs]


# -- the page ------------------------------------------------------------------------------------


def test_the_page_says_all_that_it_should() -> None:
    page = Skeleton(to_html(REPORT, SNAPSHOT))
    assert page.open == []
    text = " ".join(page.text.replace("\N{NO-BREAK SPACE}", " ").split())
    assert words.headline(REPORT["teams"]) in text
    for title in (
        "Chance to win", "Points at the end", "When rows open", "Tiles that decide it", "Boards",
        "Players", "How it was made", "Wilson",
    ):  # fmt: skip
        assert title in text
    for said in (
        "60",
        "a seed",
        "jump 0123abcd",
        SNAPSHOT.sha256,
        f"BingoSim {bingosim.__version__}",
    ):
        assert said in text
    for team in REPORT["teams"]:
        for one in (team, *team["tiles"], *team["players"], *team["bonuses"]):
            assert one["name"] in text
        win = team["win"]
        assert f"{words.percent(win['low'])} to {words.percent(win['high'])}" in text
        assert f"{team['points']['p5']} to {team['points']['p95']}" in text
    assert "5 December 2026, 12:00 to 5 December 2026, 14:30, UTC" in text
    assert "shares it in" in text


def test_the_page_asks_for_nothing() -> None:
    html = to_html(REPORT, SNAPSHOT)
    page = Skeleton(html)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|@font-face", html)
    assert not {"script", "img", "iframe", "object", "base"} & {tag for tag, _ in page.elements}
    for name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "srcset", "action", "data")
        assert name != "href" or value == "data:," or value.startswith("#")
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for name, value in page.attributes if name == "href" and value[0] == "#"} <= {
        *ids
    }


def test_every_picture_of_the_page_says_in_words_what_it_shows() -> None:
    pictures = [
        dict(attrs) for tag, attrs in Skeleton(to_html(REPORT, SNAPSHOT)).elements if tag == "svg"
    ]
    assert len(pictures) > 6
    for picture in pictures:
        assert picture.get("aria-label") or picture.get("aria-hidden") == "true"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_change_nothing_but_the_text(name: str) -> None:
    plain = Skeleton(to_html(REPORT, SNAPSHOT))
    snapshot = renamed(SNAPSHOT, lambda _: name)
    report = fake_report(snapshot)
    report["seed"] = name
    page = Skeleton(to_html(report, snapshot))
    assert shape_of(page) == shape_of(plain)
    assert words.clean(name) in page.text
    assert "\u202e" not in page.text
    assert "\x1b" not in page.text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
@settings(max_examples=25, deadline=None)
def test_no_name_whatever_breaks_out(name: str) -> None:
    snapshot = renamed(SNAPSHOT, lambda _: name)
    report = fake_report(snapshot)
    assert shape_of(Skeleton(to_html(report, snapshot))) == SHAPE
    summary = to_markdown(report)
    assert utf16(summary) < 2_000
    assert len(summary.splitlines()) == len(to_markdown(REPORT).splitlines())


def shape_of(page: Skeleton) -> list[tuple[str, list[str]]]:
    return [(tag, [name for name, _ in attrs]) for tag, attrs in page.elements]


SHAPE = shape_of(Skeleton(to_html(REPORT, SNAPSHOT)))


def test_equal_results_are_equal_bytes_whatever_time_they_took() -> None:
    again = fake_report(SNAPSHOT, total_s=7)
    assert again != REPORT
    assert to_html(again, SNAPSHOT) == to_html(REPORT, SNAPSHOT)
    assert to_markdown(again) == to_markdown(REPORT)


def test_a_part_of_the_runs_is_said_to_be_one() -> None:
    for said in (to_html, lambda report, _: to_markdown(report)):
        assert "a part of those that were asked for" in said(
            fake_report(SNAPSHOT, complete=False), SNAPSHOT
        )
        assert "a part of" not in said(REPORT, SNAPSHOT)


def test_of_no_runs_it_is_said_that_nothing_is_known() -> None:
    nothing = fake_report(SNAPSHOT, runs=0, complete=False)
    page = Skeleton(to_html(nothing, SNAPSHOT))
    assert "Nothing is known yet." in page.text
    assert "table" not in {tag for tag, _ in page.elements}
    assert "nothing is known yet." in to_markdown(nothing)
    assert "Nothing is known yet." in to_fragment(nothing)


def test_a_precision_is_told_with_its_wider_intervals() -> None:
    shape = Shape.of(SNAPSHOT)
    aggregates = bingosim.Aggregates.empty(shape, SNAPSHOT.duration)
    aggregates.add(fake_results(shape, 400, 1))
    report = make_report(
        aggregates, SNAPSHOT, seed="s", engine="jump", engine_version="", complete=True,
        timing=REPORT["timing"], precision=Precision(points=5.0, min_runs=200, max_runs=400),
    )  # fmt: skip
    text = Skeleton(to_html(report, SNAPSHOT)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert words.how_precise(report["precision"], 400) in text
    assert "widened" in text
    assert "± 5 percentage points asked for, within 400 runs" in text


def test_a_board_without_locks_has_no_table_of_rows() -> None:
    board = SNAPSHOT.board.model_copy(update={"kind": "grid"})
    snapshot = SNAPSHOT.model_copy(update={"board": board})
    report = fake_report(snapshot)
    for team in report["teams"]:
        team["rows"] = [
            {"row": row["row"], "probability": 1.0, "p10_s": 0, "p50_s": 0, "p90_s": 0}
            for row in team["rows"]
        ]
    page = to_html(report, snapshot)
    assert "When rows open" not in page
    assert 'class="board locked"' not in page


def test_fifty_teams_are_all_there() -> None:
    snapshot = small_snapshot(teams=50)
    page = Skeleton(to_html(fake_report(snapshot), snapshot))
    for number in range(1, 51):
        assert page.text.count(f"Team {number}") >= 5


# -- the summary ---------------------------------------------------------------------------------


@pytest.mark.parametrize("teams", [1, 2, 3, 50])
@pytest.mark.parametrize("name", [None, "\N{FIRE}" * 120, "*_" * 60])
def test_a_summary_fits_a_message(teams: int, name: str | None) -> None:
    snapshot = small_snapshot(teams=teams)
    if name is not None:
        snapshot = renamed(snapshot, lambda _: name)
    text = to_markdown(fake_report(snapshot))
    assert utf16(text) < 2_000
    assert snapshot.sha256[:12] in text
    assert ("and 40 others, together " in text) == (teams == 50)
    assert text.count("%") >= 3 * min(teams, 10)


def test_a_summary_names_who_wins_and_what_decides_it() -> None:
    report = fake_report(SNAPSHOT)
    (_, best), *_ = words.ranked(report["teams"])
    best["tiles"][2]["probability"] = 0.5
    text = to_markdown(report)
    assert words.headline(report["teams"]) in text
    assert f"1. **{best['name']}** {words.percent(best['win']['probability'])} (" in text
    assert f"**{best['name']}**, least sure: The three (50.0 %)" in text
    assert text.endswith(f"jump 0123abcd, BingoSim {bingosim.__version__}\n")


def test_names_in_a_summary_are_neither_markup_nor_mentions() -> None:
    name = "**b** `c` @everyone <@1> [a](https://e.org)"
    text = to_markdown(fake_report(renamed(SNAPSHOT, lambda _: name)))
    for raw in ("@everyone", "<@1>", "[a]", "https://", "**b**", "`c`"):
        assert not re.search(rf"(?<!\\){re.escape(raw)}", text), raw


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# -- what is drawn -------------------------------------------------------------------------------


def test_bins_of_points_hold_every_run_once() -> None:
    bins = bars.points_bins(REPORT["teams"])
    assert (bins.width, bins.edges[0]) == (1, 0)
    for team, shares in zip(REPORT["teams"], bins.shares, strict=True):
        assert sum(shares) == pytest.approx(100, abs=0.01)
        for value, count in team["points"]["histogram"].items():
            assert shares[int(value) - bins.edges[0]] == pytest.approx(100 * count / 60, abs=0.001)
    assert bars.points_bins(fake_report(SNAPSHOT, runs=0)["teams"]).shares == [[], [], []]


@given(st.dictionaries(st.integers(0, 10**6), st.integers(1, 50), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_distribution_is_at_most_so_wide_and_full_height(histogram: dict[int, int]) -> None:
    team: Any = {
        "points": {
            "min": min(histogram),
            "max": max(histogram),
            "histogram": {str(value): count for value, count in histogram.items()},
        }
    }
    bins = bars.points_bins([team])
    assert len(bins.edges) <= bars.MOST_POINTS
    outline = bars.outline(bins.shares[0])
    assert outline.count("h1") == len(bins.edges)
    heights = [float(height) for height in re.findall(r"V([\d.]+)h1", outline)]
    assert min(heights) == 0
    assert max(heights) <= 100


def test_intervals_stay_on_their_bars_and_can_be_seen() -> None:
    for low, middle, high in ((0, 0, 0.0001), (1, 1, 1), (0.2, 0.3, 0.4), (0.9999, 1, 1)):
        begin, width, at = bars.interval(
            {"probability": middle, "low": low, "high": high, "shared": 0.0}
        )
        assert begin >= 0
        assert width >= bars.LEAST_WIDTH
        assert begin + width <= 100
        assert at == pytest.approx(100 * middle)
    assert bars.opening(
        {"row": 1, "probability": 0.5, "p10_s": 100, "p50_s": 400, "p90_s": 800}, 1_000
    ) == (10.0, 70.0, 40.0)


def test_a_heat_map_has_the_tiles_in_the_rows_of_the_board() -> None:
    ours, theirs, _ = REPORT["teams"]
    heat = heat_map(SNAPSHOT.board, ours, theirs)
    cells = [cell for row in heat.rows for cell in row.cells]
    assert [cell.tile["key"] for cell in cells] == ["one", "two", "three", "four"]
    assert [len(row.cells) for row in heat.rows] == [2, 2]
    for cell, mine, other in zip(cells, ours["tiles"], theirs["tiles"], strict=True):
        ahead = (mine["probability"] or 0) - (other["probability"] or 0)
        assert cell.ahead == ahead
        assert cell.shade == round(10 * ahead)


def test_reports_have_the_colours_of_the_pages() -> None:
    css = (Path(bingosim.__file__).parent / "web" / "static" / "app.css").read_text("utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for theme, colours in ((light, palette.LIGHT), (dark, palette.DARK)):
        for name, colour in colours.items():
            assert f"--{name}: {colour};" in theme


# -- from Python ---------------------------------------------------------------------------------


def test_a_simulation_gives_its_reports(tmp_path: Path) -> None:
    path = tmp_path / "event.yaml"
    path.write_text(EVENT_TEXT, encoding="utf-8")
    simulation = bingosim.simulate(bingosim.load(path), runs=20, engine="reference")
    report: Report = simulation.to_dict()
    assert simulation.to_html() == to_html(report, simulation.snapshot)
    assert simulation.to_markdown() == to_markdown(report)
    shown = Skeleton(simulation._repr_html_())
    assert shown.open == []
    assert [tag for tag, _ in shown.elements].count("tr") == 3
    assert "Reds" in shown.text
