"""What watches executing: metrics, the window of the throughput line, spans."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from bingosim.telemetry.metrics import Metrics
from bingosim.telemetry.spans import Span, make_span
from bingosim.telemetry.throughput import Throughput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bingosim.batch.observe import Count, Phase


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Takes in what happens in a process.

    Attributes:
        metrics: For Prometheus.
        throughput: For the line in the log.
        span: Makes spans.
    """

    metrics: Metrics = field(default_factory=Metrics)
    throughput: Throughput = field(default_factory=Throughput)
    span: Span = field(default_factory=make_span)

    @contextmanager
    def phase(self, phase: Phase, batch: UUID) -> Iterator[None]:
        """Time a phase."""
        begun = perf_counter()
        with self.span(phase, batch):
            try:
                yield
            finally:
                seconds = perf_counter() - begun
                self.metrics.spent(phase, seconds)
                self.throughput.spent(phase, seconds)

    def count(self, what: Count, number: int = 1) -> None:
        """Count something."""
        self.metrics.count(what, number)
        self.throughput.count(what, number)
