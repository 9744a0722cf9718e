from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bingosim.cli import app
from bingosim.errors import InputError
from bingosim.settings import Settings, list_settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory without `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BINGOSIM_DATABASE_URL")
    return tmp_path


def test_without_anything_the_database_is_a_file_of_the_user() -> None:
    url = read_settings().database_url.get_secret_value()
    assert url.startswith("sqlite:///")
    assert url.endswith("bingosim.db")


@pytest.mark.parametrize("name", ["BINGOSIM_DISTRIBUTED_BATCH_SIZE", "DISTRIBUTED_BATCH_SIZE"])
@pytest.mark.parametrize(("text", "value"), [("10", 10), ("auto", "auto")])
def test_the_size_of_messages_is_understood_with_and_without_the_prefix(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: int | str
) -> None:
    monkeypatch.setenv(name, text)
    assert read_settings().distributed_batch_size == value


def test_the_prefix_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRIBUTED_BATCH_SIZE", "10")
    monkeypatch.setenv("BINGOSIM_DISTRIBUTED_BATCH_SIZE", "20")
    assert read_settings().distributed_batch_size == 20


def test_a_file_in_the_working_directory_is_read_and_the_environment_wins(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / ".env").write_text("BINGOSIM_LEASE_SECONDS=30\nBINGOSIM_MAX_ATTEMPTS=3\n")
    monkeypatch.setenv("BINGOSIM_MAX_ATTEMPTS", "7")
    assert (read_settings().lease_seconds, read_settings().max_attempts) == (30, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BINGOSIM_MAX_ATTEMPTS", "0"),
        ("BINGOSIM_LEASE_SECONDS", "soon"),
        ("BINGOSIM_DISTRIBUTED_BATCH_SIZE", "0"),
        ("BINGOSIM_DISTRIBUTED_BATCH_SIZE", "many"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=name):
        read_settings()


def test_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", "postgresql://me:secret@host/x")
    assert "secret" not in repr(read_settings())


# -- listed --------------------------------------------------------------------------------------


def test_settings_are_listed_with_values_and_origins(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / ".env").write_text(
        "bingosim_lease_seconds=30\nDISTRIBUTED_BATCH_SIZE=7\nBINGOSIM_MAX_ATTEMPTS=3\n"
    )
    monkeypatch.setenv("BINGOSIM_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("BINGOSIM_WORKER_THREADS", "")
    found = {one.name: (one.value, one.origin) for one in list_settings()}
    assert found.pop("BINGOSIM_DATABASE_URL")[1] == "default"
    expected = {
        "BINGOSIM_DB_POOL_SIZE": ("5", "default"),
        "BINGOSIM_DISTRIBUTED_BATCH_SIZE": ("7", ".env"),
        "BINGOSIM_LEASE_SECONDS": ("30.0", ".env"),
        "BINGOSIM_MAX_ATTEMPTS": ("9", "environment"),
        "BINGOSIM_WORKER_THREADS": ("", "default"),
    }
    assert {name: found[name] for name in expected} == expected
    others = {origin for name, (_, origin) in found.items() if name not in expected}
    assert others == {"default"}
    assert all(one.meaning.endswith(".") for one in list_settings())
    assert len(found) + 1 == len(Settings.model_fields)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:sec:r@t/@host:5432/x", "postgresql://me:***@host:5432/x"),
        ("postgresql://host/x?password=secret&a=b", "postgresql://host/x?password=***&a=b"),
        ("secret", "***"),
        ("sqlite:////srv/a:b@c.db", "sqlite:////srv/a:b@c.db"),
    ],
)
def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch, url: str, shown: str) -> None:
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", url)
    as_json = json.loads(CliRunner().invoke(app, ["settings", "--json"]).output)
    assert as_json[0]["name"] == "BINGOSIM_DATABASE_URL"
    assert (as_json[0]["value"], as_json[0]["origin"]) == (shown, "environment")
    lines = CliRunner().invoke(app, ["settings"]).output.splitlines()
    assert lines[0].endswith(" From: environment.")
    assert lines[1] == f"BINGOSIM_DATABASE_URL={shown}"


def test_what_is_printed_can_be_kept_as_a_file(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BINGOSIM_LEASE_SECONDS", "30")
    printed = CliRunner().invoke(app, ["settings"]).output
    before = read_settings()
    monkeypatch.delenv("BINGOSIM_LEASE_SECONDS")
    (elsewhere / ".env").write_text(printed)
    assert read_settings() == before
