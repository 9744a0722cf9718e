from __future__ import annotations

import re
from pathlib import Path

import pytest

from bingosim.storage.states import (
    TRANSITIONS,
    BatchStatus,
    MessageStatus,
    RunStatus,
    batch_states_before,
)

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
ARROW = re.compile(r"^ {4}(\S+) --> (\S+): (.+)$", re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("A batch", BatchStatus), ("A run", RunStatus), ("A message", MessageStatus)],
)
def test_the_pictures_show_the_table(heading: str, kind: type) -> None:
    section = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    drawn = [(before, by, after) for before, after, by in ARROW.findall(section)]
    coded = [
        (str(before or "[*]"), by, str(after or "[*]"))
        for before, by, after in TRANSITIONS
        if isinstance(before or after, kind)
    ]
    assert drawn == coded


def test_every_state_is_reached() -> None:
    reached = {after for _, _, after in TRANSITIONS}
    for kind in (BatchStatus, RunStatus, MessageStatus):
        assert set(kind) <= reached


def test_what_may_be_done_follows_from_the_table() -> None:
    assert batch_states_before("pause") == (BatchStatus.RUNNING,)
    assert batch_states_before("cancel") == (BatchStatus.RUNNING, BatchStatus.PAUSED)
