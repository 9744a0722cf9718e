from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import structlog
import yaml
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bingosim.batch.observe import Count, Phase
from bingosim.telemetry.logs import configure_logs
from bingosim.telemetry.metrics import Metrics
from bingosim.telemetry.observer import Telemetry
from bingosim.telemetry.spans import make_span, spans_of
from bingosim.telemetry.throughput import Throughput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.storage.database import Database

DEPLOY = Path(__file__).parents[2] / "deploy"
BATCH = uuid4()


def names(database: Database) -> set[str]:
    """Names of all series that a worker serves."""
    metrics = Metrics()
    metrics.watch(database, lambda: 0)
    return {sample.name for family in metrics.registry.collect() for sample in family.samples}


def test_what_dashboard_and_alerts_ask_for_exists_and_everything_is_shown(
    database: Database,
) -> None:
    there = {name for name in names(database) if name.startswith("bingosim_")}
    asked: dict[str, set[str]] = {}
    for file in (DEPLOY / "grafana" / "bingosim.json", DEPLOY / "prometheus" / "alerts.yml"):
        asked[file.name] = set(re.findall(r"\bbingosim_\w+", file.read_text("utf-8")))
    dashboard = json.loads((DEPLOY / "grafana" / "bingosim.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = set(re.findall(r"\bbingosim_\w+", " ".join(queries)))
    assert shown <= there
    assert asked["alerts.yml"] <= there
    kinds = re.compile(r"_(bucket|count|sum|created|total)$")
    assert {kinds.sub("", name) for name in there} == {kinds.sub("", name) for name in shown}


def test_alert_rules_are_whole() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
            assert {"summary", "description"} == rule["annotations"].keys()


def test_every_phase_and_count_has_its_metric() -> None:
    telemetry = Telemetry(span=make_span({}))
    for phase in Phase:
        with telemetry.phase(phase, BATCH):
            pass
    for what in Count:
        telemetry.count(what, 2)
    values = {
        sample.name: sample.value
        for family in telemetry.metrics.registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }
    assert values["bingosim_claims_total"] == values["bingosim_persist_seconds_count"] == 1
    assert values["bingosim_snapshot_cache_misses_total"] == values["bingosim_expired_leases_total"]


def test_a_phase_that_fails_has_taken_its_time_all_the_same() -> None:
    telemetry = Telemetry(span=make_span({}))
    with pytest.raises(ValueError, match="no"), telemetry.phase(Phase.SIMULATE, BATCH):
        raise ValueError("no")
    line = telemetry.throughput.take()
    assert line is not None
    assert line["simulate_count"] == 1


def test_the_rate_is_that_of_the_window() -> None:
    now = [0.0]
    throughput = Throughput(lambda: now[0])
    throughput.count(Count.RUNS_COMPLETED, 500)
    throughput.spent(Phase.CLAIM, 0.25)
    throughput.spent(Phase.CLAIM, 0.75)
    now[0] = 10.0
    line = throughput.take()
    assert line is not None
    assert (line["runs_per_s"], line["claim_ms"], line["claim_avg_ms"]) == (50, 1000, 500)
    throughput.count(Count.EXPIRED_LEASES, 0)
    assert throughput.take() is None


def test_spans_are_made_where_they_are_wanted() -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(span=spans_of(provider))
    with telemetry.phase(Phase.PERSIST, BATCH):
        pass
    (span,) = exporter.get_finished_spans()
    assert span.name == "persist"
    assert span.attributes == {"bingosim.batch_id": str(BATCH)}
    provider.shutdown()


@pytest.fixture
def _logs_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name in ("bingosim", "aio_pika", "aiormq"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def say(form: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    configure_logs(form)
    log = structlog.stdlib.get_logger("bingosim.worker")
    with structlog.contextvars.bound_contextvars(batch=str(BATCH)):
        log.info("claimed", runs=3, seconds=0.12345)
    log.debug("not shown")
    logging.getLogger("somebody.else").warning("%d things", 2)
    return capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("_logs_as_they_were")
def test_logs_are_objects_or_keys_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in say("auto", capsys)]
    assert [line["event"] for line in lines] == ["claimed", "2 things"]
    assert (lines[0]["batch"], lines[0]["seconds"]) == (str(BATCH), 0.123)
    first, second = say("text", capsys)
    assert first.endswith(f"event=claimed runs=3 seconds=0.123 batch={BATCH}")
    assert 'event="2 things"' in second
