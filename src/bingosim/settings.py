"""Settings from the environment and `.env`; read at entry points only and handed on as values."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import platformdirs
from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

PREFIX = "BINGOSIM_"
_PASSWORD_ARGUMENT = re.compile(r"([?&]password=)[^&]*")
_PASSWORD = re.compile(r"(://[^:/@]*:).*@")


def _either(name: str) -> AliasChoices:
    """Understand a setting with the prefix and without; with it wins."""
    return AliasChoices(f"{PREFIX}{name}", name)


def _default_database() -> SecretStr:
    return SecretStr(f"sqlite:///{Path(platformdirs.user_data_dir('bingosim')) / 'bingosim.db'}")


def _default_forecasts() -> Path:
    return Path(platformdirs.user_data_dir("bingosim")) / "forecasts"


class Settings(BaseSettings):
    """What the surroundings decide; no result of a simulation depends on any of it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        frozen=True,
        use_attribute_docstrings=True,
    )

    database_url: SecretStr = Field(default_factory=_default_database)
    """Where batches are kept: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`."""
    db_pool_size: int = Field(default=5, ge=1, le=1000)
    """Connections to the database that a process keeps open, 1 to 1000."""
    distributed_batch_size: Literal["auto"] | int = Field(
        default="auto", validation_alias=_either("DISTRIBUTED_BATCH_SIZE")
    )
    """Runs that are claimed and kept at a time: a number from 1 to 10,000, or `auto`."""
    forecasts: Path = Field(default_factory=_default_forecasts)
    """Directory in which `bingosim forecast` keeps what it says, for the next one."""
    broker_url: SecretStr | None = None
    """Where messages go: `amqp://USER:PASSWORD@HOST:PORT/VHOST`; local mode if unset."""
    max_queued_messages: int = Field(default=1000, ge=1, le=1_000_000)
    """Messages of one batch that stand in the broker at most, 1 to 1,000,000."""
    publish_window: int = Field(default=1000, ge=2, le=10_000)
    """Messages that a publisher sends before the first of them is confirmed, 2 to 10,000."""
    grace_seconds: float = Field(default=60, ge=1, le=86_400)
    """Seconds that a published message is missing from an empty queue until it goes out again."""
    worker_max_concurrent: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        validation_alias=AliasChoices(
            f"{PREFIX}WORKER_MAX_CONCURRENT",
            f"{PREFIX}WORKER_MAX_CONCURRENT_RUNS",
            "WORKER_MAX_CONCURRENT_RUNS",
        ),
    )
    """Messages that a worker executes at the same time, 1 to 1000; unset: one for each thread."""
    worker_prefetch: int = Field(
        default=1,
        ge=1,
        le=1000,
        validation_alias=AliasChoices(
            f"{PREFIX}WORKER_PREFETCH", f"{PREFIX}WORKER_PREFETCH_COUNT", "WORKER_PREFETCH_COUNT"
        ),
    )
    """Messages that the broker hands a worker ahead of those that it executes, 1 to 1000."""
    worker_simulation_delay_ms: float = Field(
        default=0, ge=0, le=60_000, validation_alias=_either("WORKER_SIMULATION_DELAY_MS")
    )
    """Milliseconds that a worker waits for each run, to see scaling on a small machine."""
    metrics_port: int = Field(default=0, ge=0, le=65_535)
    """Where a worker serves its metrics for Prometheus; nowhere if 0."""
    metrics_host: str = "127.0.0.1"
    """The address of that port; everybody who can reach it can read them."""
    log_format: Literal["auto", "text", "json"] = "auto"
    """How logs are written: `auto` is text on a terminal and JSON elsewhere."""
    lease_seconds: float = Field(default=60, ge=1, le=86_400)
    """Seconds after which work of a process that vanished is given to others, 1 to 86,400."""
    max_attempts: int = Field(default=5, ge=1, le=100)
    """Times that a run may fail, or its process die, before it is failed for good, 1 to 100."""
    worker_threads: int | None = Field(default=None, ge=1, le=256)
    """Threads that simulate, 1 to 256; unset: all cores. `--threads` comes first."""
    host: str = "127.0.0.1"
    """Address at which pages are served; any but this machine's own asks for a password."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """Port at which pages are served, 0 to 65,535; 0 is any that is free."""
    password: SecretStr | None = None
    """What people log in with; a text, or its Argon2 hash. Without one, pages ask for none."""
    api_tokens: SecretStr | None = None
    """What programs may use instead: tokens of 16 characters or more, with blanks between them."""
    own_strategies: Literal["local", "always", "never"] = "local"
    """Whether events sent to pages may name modules, which run: `local` is on this machine only."""


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


class Setting(NamedTuple):
    """A setting as it stands.

    Attributes:
        name: The environment variable.
        value: Its value; of what is secret, a mask.
        origin: `environment`, `.env` or `default`.
        meaning: What it is.
    """

    name: str
    value: str
    origin: str
    meaning: str


def list_settings() -> list[Setting]:
    """Return all settings, in the order in which they are declared.

    Raises:
        InputError: As of `read_settings`.
    """
    settings = read_settings()
    from_file = dotenv_values(".env")
    found = []
    for name, field in Settings.model_fields.items():
        names = _variables(name, field)
        given = next((one for one in names if one in _given(os.environ)), None)
        filed = next((one for one in names if one in _given(from_file)), None)
        origin = "environment" if given else ".env" if filed else "default"
        value = _shown(getattr(settings, name))
        found.append(Setting(names[0], value, origin, " ".join((field.description or "").split())))
    return found


def _variables(name: str, field: FieldInfo) -> list[str]:
    """Return the names of the variables that set a field, the one that wins first."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [f"{PREFIX}{name.upper()}"]


def _given(variables: Mapping[str, str | None]) -> set[str]:
    """Return the names of variables that set something: one that is empty counts as unset."""
    return {name.upper() for name, value in variables.items() if value}


def _shown(value: object) -> str:
    """Return a value as text; of a secret URL all but its password, of other secrets nothing."""
    if not isinstance(value, SecretStr):
        return "" if value is None else str(value)
    secret = value.get_secret_value()
    if "://" not in secret:
        return "***"
    return _PASSWORD_ARGUMENT.sub(r"\1***", _PASSWORD.sub(r"\1***@", secret))
