"""The reference of the event file is true: its examples load, and it leaves no key out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bingosim.event.file import read_event
from bingosim.event.positions import read_document
from bingosim.event.schema import event_schema
from bingosim.event.strategies import STRATEGIES

TEXT = (Path(__file__).parents[2] / "docs" / "event-file.md").read_text("utf-8")
SNIPPETS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
COMPLETE = re.findall(r"<!-- complete -->\n```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("snippet", COMPLETE)
def test_complete_examples_load_without_warnings(snippet: str) -> None:
    assert read_event(snippet, "docs/event-file.md").warnings == ()


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_all_examples_are_good_yaml(snippet: str) -> None:
    assert read_document(snippet).problems == ()


def test_there_are_examples_of_both_kinds() -> None:
    assert 2 <= len(COMPLETE) < len(SNIPPETS)


def test_every_key_is_documented() -> None:
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`\n]+)`", TEXT))))
    for name, definition in event_schema()["$defs"].items():
        assert set(definition["properties"]) <= words, name


def test_every_strategy_is_documented_as_it_describes_itself() -> None:
    for strategy in STRATEGIES.values():
        assert f"| `{strategy.name}` | " in TEXT
        if strategy.name != "tile-order":
            assert f"| `{strategy.name}` | {strategy.summary} |" in TEXT
