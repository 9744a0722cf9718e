from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bingosim.errors import InputError
from bingosim.settings import read_settings

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
