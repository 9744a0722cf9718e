"""The report: the promised keys, numbers of a naive count, and the same bytes twice."""

from __future__ import annotations

import json
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from bingosim.aggregates import Aggregates
from bingosim.report import Report, make_report, to_json
from bingosim.results import RunResults, Shape
from bingosim.statistics import wilson_interval
from tests.unit.result_fakes import fake_results, small_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

SNAPSHOT = small_snapshot(teams=3)
SHAPE = Shape.of(SNAPSHOT)
RUNS = 400
RESULTS = fake_results(SHAPE, RUNS, seed=5)


def report_of(results: RunResults) -> Report:
    aggregates = Aggregates.empty(SHAPE, SNAPSHOT.duration)
    aggregates.add(results)
    return make_report(
        aggregates,
        SNAPSHOT,
        seed="a seed",
        engine="attempt",
        engine_version="abc",
        complete=True,
        timing={"compile_s": 0.1, "simulate_s": 0.2, "total_s": 0.3},
    )


REPORT = report_of(RESULTS)


def test_it_has_the_promised_keys_and_timing_comes_last() -> None:
    keys = ["bingosim", "engine", "engine_version", "event", "snapshot_sha256", "seed", "runs"]
    assert list(REPORT) == [*keys, "complete", "time_bin_s", "teams", "timing"]
    distribution = [
        "mean", "mean_low", "mean_high", "sd", "min", "max", "p5", "p50", "p95", "histogram",
    ]  # fmt: skip
    for team in REPORT["teams"]:
        assert list(team) == [
            "name", "strategy", "win", "points", "tiles_completed", "rows_open", "rows", "tiles",
            "bonuses", "players",
        ]  # fmt: skip
        assert list(team["win"]) == ["probability", "low", "high", "shared"]
        assert list(team["points"]) == distribution
        assert list(team["tiles_completed"]) == list(team["rows_open"]) == distribution
        assert list(team["rows"][0]) == ["row", "probability", "p10_s", "p50_s", "p90_s"]
        assert list(team["tiles"][0]) == [
            "key", "name", "probability", "mean_s", "p10_s", "p50_s", "p90_s",
        ]  # fmt: skip
        assert list(team["bonuses"][0]) == ["name", "probability"]
        assert list(team["players"][0]) == ["name", "points_mean", "share"]


def test_it_names_what_was_simulated() -> None:
    assert REPORT["event"] == "Small bingo"
    assert REPORT["snapshot_sha256"] == SNAPSHOT.sha256
    assert (REPORT["seed"], REPORT["runs"], REPORT["complete"]) == ("a seed", RUNS, True)
    assert [team["name"] for team in REPORT["teams"]] == ["Team 1", "Team 2", "Team 3"]
    assert [tile["key"] for tile in REPORT["teams"][0]["tiles"]] == ["one", "two", "three", "four"]
    assert [row["row"] for row in REPORT["teams"][0]["rows"]] == [0, 1]
    assert [player["name"] for player in REPORT["teams"][1]["players"]] == [
        "Player 2a",
        "Player 2b",
    ]


def test_chances_to_win_add_up_to_1_and_lie_in_their_intervals() -> None:
    wins = [team["win"] for team in REPORT["teams"]]
    assert sum(win["probability"] or 0 for win in wins) == pytest.approx(1, abs=1e-12)
    for win in wins:
        assert win["probability"] is not None
        assert win["low"] < win["probability"] < win["high"]
        assert (win["low"], win["high"]) == pytest.approx(
            wilson_interval(round(win["probability"] * RUNS * 6), RUNS * 6), abs=0.05
        )
        assert win["shared"] is not None
        assert win["shared"] > 0


@pytest.mark.parametrize("name", ["points", "tiles_completed", "rows_open"])
def test_distributions_agree_with_a_naive_count(name: str) -> None:
    for number in range(3):
        values: list[int] = getattr(RESULTS, name)[:, number].tolist()
        team: dict[str, Any] = dict(REPORT["teams"][number])
        shown = team[name]
        assert shown["mean"] == pytest.approx(fmean(values), rel=1e-14)
        assert shown["sd"] == pytest.approx(stdev(values), rel=1e-12)
        expected = stats.t.interval(0.95, RUNS - 1, fmean(values), stats.sem(values))
        assert (shown["mean_low"], shown["mean_high"]) == pytest.approx(expected, rel=1e-9)
        assert (shown["min"], shown["max"]) == (min(values), max(values))
        for percent in (5, 50, 95):
            quantile = np.percentile(values, percent, method="inverted_cdf")
            assert shown[f"p{percent}"] == quantile
        assert shown["histogram"] == {str(v): values.count(v) for v in sorted(set(values))}


def _check_times(shown: Any, seconds: Sequence[int]) -> None:
    done = sorted(second for second in seconds if second >= 0)
    assert shown["probability"] == len(done) / RUNS
    for percent in (10, 50, 90):
        expected = int(np.percentile(done, percent, method="inverted_cdf"))
        assert shown[f"p{percent}_s"] // REPORT["time_bin_s"] == expected // REPORT["time_bin_s"]
    if "mean_s" in shown:
        assert shown["mean_s"] == pytest.approx(fmean(done), rel=1e-14)


def test_times_of_rows_and_tiles_agree_with_a_naive_count() -> None:
    for number, team in enumerate(REPORT["teams"]):
        for row, shown_row in enumerate(team["rows"]):
            _check_times(shown_row, RESULTS.row_opened[:, number, row].tolist())
        for tile, shown_tile in enumerate(team["tiles"]):
            _check_times(shown_tile, RESULTS.tile_completed[:, number, tile].tolist())


def test_players_share_the_points_of_completed_tiles_by_units() -> None:
    tiles = SNAPSHOT.board.tiles
    for number, team in enumerate(REPORT["teams"]):
        earned = [
            sum(tile.points * units / tile.need for tile, units in zip(tiles, row, strict=True))
            for row in RESULTS.credited[SHAPE.players_of(number)].tolist()
        ]
        for player, points in zip(team["players"], earned, strict=True):
            assert player["points_mean"] == pytest.approx(points / RUNS, rel=1e-12)
            assert player["share"] == pytest.approx(points / sum(earned), rel=1e-12)
        assert sum(player["share"] for player in team["players"]) == pytest.approx(1)


def test_what_never_happened_is_null() -> None:
    team = report_of(RunResults.empty(range(10), SHAPE))["teams"][0]
    assert team["tiles"][0] == {
        "key": "one", "name": "The one", "probability": 0.0, "mean_s": None, "p10_s": None,
        "p50_s": None, "p90_s": None,
    }  # fmt: skip
    assert team["win"]["probability"] == 1 / 3
    assert team["win"]["shared"] == 1.0
    assert team["players"][0] == {"name": "Player 1a", "points_mean": 0.0, "share": 0.0}
    assert team["bonuses"] == [{"name": "first row", "probability": 0.0}]


def test_of_no_runs_nothing_is_known() -> None:
    team = report_of(RunResults.empty([], SHAPE))["teams"][0]
    assert team["win"] == {"probability": None, "low": 0.0, "high": 1.0, "shared": None}
    assert team["points"]["mean"] is None
    assert team["points"]["histogram"] == {}
    assert team["rows"][0]["probability"] is None


def test_of_one_run_it_is_not_known_how_far_runs_lie_apart() -> None:
    points = report_of(fake_results(SHAPE, 1, seed=5))["teams"][0]["points"]
    assert points["mean"] is not None
    assert (points["mean_low"], points["mean_high"], points["sd"]) == (None, None, 0.0)


def test_equal_reports_are_equal_bytes_that_json_reads_back() -> None:
    text = to_json(REPORT)
    assert text == to_json(report_of(fake_results(SHAPE, RUNS, seed=5)))
    assert json.loads(text) == REPORT
    assert text.endswith("}\n")
