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
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

PREFIX = "BINGOSIM_"
_PASSWORD = re.compile(r"(://[^:/@]*:).*@")


def _either(name: str) -> AliasChoices:
    """Understand a setting with the prefix and without; with it wins."""
    return AliasChoices(f"{PREFIX}{name}", name)


def _default_database() -> SecretStr:
    return SecretStr(f"sqlite:///{Path(platformdirs.user_data_dir('bingosim')) / 'bingosim.db'}")


class Settings(BaseSettings):
    """What the surroundings decide; no result of a simulation depends on any of it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
        frozen=True,
        use_attribute_docstrings=True,
    )

    database_url: SecretStr = Field(default_factory=_default_database)
    """Where batches are kept: `sqlite:///PATH` or `postgresql://USER@HOST/NAME`."""
    db_pool_size: int = Field(default=5, ge=1, le=1000)
    """Connections that a process keeps open."""
    distributed_batch_size: Literal["auto"] | int = Field(
        default="auto", validation_alias=_either("DISTRIBUTED_BATCH_SIZE")
    )
    """Runs in one message."""
    lease_seconds: float = Field(default=60, ge=1, le=86_400)
    """How long a claim lives without a heartbeat."""
    max_attempts: int = Field(default=5, ge=1, le=100)
    """Failures, and deaths, after which a run is failed for good."""
    worker_threads: int | None = Field(default=None, ge=1, le=256)
    """Threads that simulate; all cores if unset."""
    host: str = "127.0.0.1"
    """Address at which pages are served; any but this machine's own asks for a password."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """Port at which pages are served; 0 is any that is free."""
    password: SecretStr | None = None
    """What people log in with; a text, or its Argon2 hash. Without one, pages ask for none."""
    api_tokens: SecretStr | None = None
    """What programs may use instead: tokens of 16 characters or more, with blanks between them."""


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
        given = next((one for one in names if one in _upper(os.environ)), None)
        filed = next((one for one in names if one in _upper(from_file)), None)
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


def _upper(names: Iterable[str]) -> set[str]:
    return {name.upper() for name in names}


def _shown(value: object) -> str:
    """Return a value as text; of a secret URL all but its password, of other secrets nothing."""
    if not isinstance(value, SecretStr):
        return "" if value is None else str(value)
    secret = value.get_secret_value()
    return _PASSWORD.sub(r"\1***@", secret) if "://" in secret else "***"
