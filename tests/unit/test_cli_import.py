"""`bingosim import players`: CSV in, an event file's players out, or into the library."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING

import pytest

from bingosim import cli
from bingosim.event.file import read_content
from bingosim.library import store
from bingosim.storage.migrate import open_database
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from pathlib import Path

CLAN = "name;speed;plays\nAda;1,40;mon-fri 18:00 3h\nBo;;\n"


class Shell:
    """Calls the command as a shell does."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture

    def __call__(self, *arguments: str, text: str = "") -> tuple[int, str, str]:
        """Return exit code, stdout and stderr."""
        self._patch.setattr(sys, "argv", ["bingosim", "import", "players", *arguments])
        self._patch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *self._capture.readouterr()


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


def test_players_are_written_as_an_event_file_has_them(call: Shell, tmp_path: Path) -> None:
    file, output = tmp_path / "clan.csv", tmp_path / "players.yaml"
    file.write_text(CLAN, encoding="utf-8")
    code, printed, told = call(str(file), "--output", str(output))
    assert (code, printed) == (0, "")
    assert "This is a table with 2 players." in told
    players = read_content(output.read_bytes()).data["players"]
    assert [player["name"] for player in players] == ["Ada", "Bo"]
    assert str(players[0]["speed"]) == "1.40"
    code, _, told = call(str(file), "--output", str(output))
    assert (code, told.splitlines()[-1]) == (2, f"{output} is there already: choose another name")


def test_nothing_is_written_where_a_line_is_wrong(call: Shell, tmp_path: Path) -> None:
    output = tmp_path / "players.yaml"
    wrong = "name,speed\nAda,fast\n,1\n"
    code, printed, told = call("-", "-o", str(output), "--save", text=wrong)
    assert (code, printed) == (2, "")
    assert told.splitlines() == [
        "stdin:2: speed: expected a number above 0 such as 1.35, got 'fast'",
        "stdin:3: name: expected a name, got none",
    ]
    assert not output.exists()


def test_the_library_keeps_those_it_has(
    call: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'library.db'}"
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", url)
    assert call("-", "--save", "--quiet", text=CLAN) == (0, "", "")
    code, _, told = call("-", "--save", text="name,speed\nADA,9\nCy,2\n")
    assert code == 0
    assert told.splitlines()[-2:] == [
        "Left as they are in the library: ADA.",
        "Added to the library: 1 player.",
    ]
    database = open_database(url)
    listed = store.page(database, ItemKind.PLAYER, documents=True).listed
    database.close()
    assert [(one.item.name, str(one.item.document.get("speed"))) for one in listed] == [
        ("Ada", "1.40"),
        ("Bo", "None"),
        ("Cy", "2"),
    ]
