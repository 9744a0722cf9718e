"""Spans by OpenTelemetry, where `bingosim[otel]` is installed and OTEL_* variables ask for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Any
from uuid import UUID

Span = Callable[[str, UUID], AbstractContextManager[Any]]
"""A name and a batch in, what is entered for its time out."""

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The variable by which OpenTelemetry is told where spans go."""


def make_span(environment: dict[str, str] | None = None) -> Span:
    """Return what makes spans: real ones if they are wanted and can be had, else nothing."""
    wanted = (os.environ if environment is None else environment).get(ENDPOINT)
    if not wanted or find_spec("opentelemetry") is None:
        return lambda _name, _batch: nullcontext()
    return spans_of(_provider())


def spans_of(provider: Any) -> Span:
    """Return what makes the spans of a provider."""
    tracer = provider.get_tracer("bingosim")

    def span(name: str, batch: UUID) -> AbstractContextManager[Any]:
        found: AbstractContextManager[Any] = tracer.start_as_current_span(
            name, attributes={"bingosim.batch_id": str(batch)}
        )
        return found

    return span


def _provider() -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra

    provider = TracerProvider(resource=Resource.create({"service.name": "bingosim"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
