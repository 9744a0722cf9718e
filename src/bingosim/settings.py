"""Settings from the environment and `.env`; read at entry points only and handed on as values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bingosim.errors import InputError

PREFIX = "BINGOSIM_"


def _either(name: str) -> AliasChoices:
    """Understand a setting with the prefix and without; with it wins."""
    return AliasChoices(f"{PREFIX}{name}", name)


def _default_database() -> SecretStr:
    return SecretStr(f"sqlite:///{Path(platformdirs.user_data_dir('bingosim')) / 'bingosim.db'}")


class Settings(BaseSettings):
    """What the surroundings decide; no result of a simulation depends on any of it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", populate_by_name=True, frozen=True
    )

    database_url: SecretStr = Field(default_factory=_default_database)
    """Where batches are kept: `sqlite:///PATH` or `postgresql://USER@HOST/NAME`."""
    db_pool_size: int = Field(default=5, ge=1, le=1000)
    """Connections that a process keeps open."""
    distributed_batch_size: Literal["auto"] | int = Field(
        default="auto", validation_alias=_either("DISTRIBUTED_BATCH_SIZE")
    )
    """Runs in one message."""
    broker_url: SecretStr | None = None
    """Where messages go: `amqp://USER:PASSWORD@HOST:PORT/VHOST`; local mode if unset."""
    max_queued_messages: int = Field(default=1000, ge=1, le=1_000_000)
    """Messages of one batch that stand in the broker at most; few make pausing cheap."""
    publish_window: int = Field(default=1000, ge=2, le=10_000)
    """Messages that a publisher sends before the first of them is confirmed."""
    grace_seconds: float = Field(default=60, ge=1, le=86_400)
    """How long a published message is missing from an empty queue before it is published again."""
    worker_max_concurrent: int = Field(
        default=1,
        ge=1,
        le=1000,
        validation_alias=AliasChoices(
            f"{PREFIX}WORKER_MAX_CONCURRENT",
            f"{PREFIX}WORKER_MAX_CONCURRENT_RUNS",
            "WORKER_MAX_CONCURRENT_RUNS",
        ),
    )
    """Messages that a worker executes at the same time."""
    worker_prefetch: int = Field(
        default=1,
        ge=1,
        le=1000,
        validation_alias=AliasChoices(
            f"{PREFIX}WORKER_PREFETCH", f"{PREFIX}WORKER_PREFETCH_COUNT", "WORKER_PREFETCH_COUNT"
        ),
    )
    """Messages that the broker hands a worker ahead of those that it executes."""
    worker_simulation_delay_ms: float = Field(
        default=0, ge=0, le=60_000, validation_alias=_either("WORKER_SIMULATION_DELAY_MS")
    )
    """A wait for each run, in milliseconds, to see scaling on a small machine."""
    metrics_port: int = Field(default=0, ge=0, le=65_535)
    """Where a worker serves its metrics for Prometheus; nowhere if 0."""
    metrics_host: str = "127.0.0.1"
    """The address of that port; everybody who can reach it can read them."""
    log_format: Literal["auto", "text", "json"] = "auto"
    """How logs are written: `auto` is text on a terminal and JSON elsewhere."""
    lease_seconds: float = Field(default=60, ge=1, le=86_400)
    """How long a claim lives without a heartbeat."""
    max_attempts: int = Field(default=5, ge=1, le=100)
    """Failures, and deaths, after which a run is failed for good."""
    worker_threads: int | None = Field(default=None, ge=1, le=256)
    """Threads that simulate; all cores if unset."""


def read_settings() -> Settings:
    """Read the environment and `.env` of the working directory.

    Raises:
        InputError: A value is out of its range, with the variable's name.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problems = (
            f"{PREFIX}{str(part['loc'][0]).removeprefix(PREFIX).upper()}: {part['msg']}"
            for part in error.errors()
        )
        raise InputError("the settings are wrong: " + "; ".join(problems)) from None
    size = settings.distributed_batch_size
    if size != "auto" and not 1 <= size <= 10_000:
        raise InputError(
            f"the settings are wrong: {PREFIX}DISTRIBUTED_BATCH_SIZE: "
            f"must be auto or from 1 to 10,000, got {size}"
        )
    return settings
