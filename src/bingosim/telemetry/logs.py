"""Structured logs on stderr: key=value, or one JSON object a line."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

_FIRST = ["timestamp", "level", "event"]


def configure_logs(form: str, level: int = logging.INFO) -> None:
    """Have everything that this process logs, libraries included, written in one form.

    Args:
        form: `text` is key=value, `json` an object; `auto` is text on a terminal, JSON elsewhere.
        level: The least that is written of BingoSim's own; of libraries, warnings.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render: Any = structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True)
    if form == "json" or (form == "auto" and not sys.stderr.isatty()):
        render = structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _plain, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.getLogger("bingosim").setLevel(level)
    for told_anyway in ("aio_pika", "aiormq"):  # an outage, with pages of where it was noticed
        logging.getLogger(told_anyway).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _plain(_logger: Any, _name: str, values: Any) -> Any:
    """Make numbers short, and everything else that is no number text."""
    for key, value in values.items():
        if isinstance(value, float):
            values[key] = round(value, 3)
        elif value is not None and not isinstance(value, bool | int | str | list | dict):
            values[key] = str(value)
    return values
