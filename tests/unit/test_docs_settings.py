"""The page on settings is true: it has every setting, its default, and what it says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bingosim.settings import Settings, list_settings

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_table_is_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BINGOSIM_DATABASE_URL")
    expected = []
    for setting in list_settings():
        assert setting.origin == "default"
        default = f"`{setting.value}`" if setting.value else "unset"
        if setting.name == "BINGOSIM_DATABASE_URL":
            default = "a file, see below"
        if setting.name == "BINGOSIM_FORECASTS":
            default = "a directory, see below"
        expected.append(f"| `{setting.name}` | {default} | {setting.meaning} |")
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert rows == expected


def test_names_without_the_prefix_are_told() -> None:
    text = PAGE.read_text("utf-8")
    for field in Settings.model_fields.values():
        for name in getattr(field.validation_alias, "choices", []):
            assert f"`{name}`" in text
