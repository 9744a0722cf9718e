"""Players from CSV: what Wise Old Man and spreadsheets write, and what people make of it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import EventFileError
from bingosim.library.documents import check_player
from bingosim.library.roster import names_there, read_roster
from bingosim.library.store import create as make
from bingosim.library.table import MOST_BYTES, MOST_LINES
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from bingosim.storage.database import Database

GROUP = """Player,Role,Experience,Last progressed,Last updated,Joined at (Client Sync)
Ann Lee,owner,1200345678,11/20/2026 18:02:11,11/22/2026 09:00:00,05/01/2024
Bo-Peep_7,member,345678,,11/22/2026 09:00:01,
"""
COMPETITION = """Rank,Username,Team,Start,End,Gained,Last Updated
1,Ann Lee,Red,10,250,240,11/22/2026 09:00:00
2,Cy,Blue,0,12,12,
"""
TEAMS = "Rank,Name,Players,Total Gained,Average Gained,MVP\n1,Red,5,240,48,Ann Lee\n"

A_KEY = "a key such as boss.vorkath (lower-case letters, digits and _, in parts joined by dots)"
NAMES = st.text("abcXYZ -_'\"09,;é", min_size=1, max_size=12).filter(lambda name: name.strip())


def documents(content: str | bytes) -> list[dict[str, Any]]:
    roster = read_roster(content)
    assert roster.findings == ()
    return [member.document for member in roster.members]


def refused(content: str | bytes) -> str:
    with pytest.raises(EventFileError) as caught:
        read_roster(content, "clan.csv")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        (GROUP, "a Wise Old Man group", ["Ann Lee", "Bo-Peep_7"]),
        (COMPETITION, "a Wise Old Man competition", ["Ann Lee", "Cy"]),
        ("Ann\n\nBo\n", "a list of names", ["Ann", "Bo"]),
        ("RSN;Clan rank\nAnn;Captain\n", "a table", ["Ann"]),
    ],
)
def test_tables_of_all_kinds_name_players_and_make_up_nothing(
    text: str, kind: str, names: list[str]
) -> None:
    roster = read_roster(text)
    assert roster.kind == kind
    assert [member.document for member in roster.members] == [{"name": name} for name in names]


def test_columns_that_say_nothing_about_a_player_are_told() -> None:
    assert read_roster(COMPETITION).unused == (
        *("Rank", "Team", "Start", "End", "Gained", "Last Updated"),
    )


def test_all_that_a_player_has_is_read() -> None:
    text = (
        "name,Speed,Time zone,Plays,Has,Attends,Away\r\n"
        'Ann,1.40,Europe/London,"mon-fri 18:00 3h; sat,sun 10:00 8h",'
        "quest.ds2 slayer.91,85%,2026-12-07 2026-12-24..2026-12-26\r\n"
    )
    (ann,) = documents(text)
    assert str(ann.pop("speed")) == "1.40"  # as it was written
    assert ann == {
        "name": "Ann",
        "timezone": "Europe/London",
        "plays": ["mon-fri 18:00 3h", "sat,sun 10:00 8h"],
        "has": ["quest.ds2", "slayer.91"],
        "attends": "85%",
        "away": ["2026-12-07", "2026-12-24..2026-12-26"],
    }


@given(st.lists(NAMES, min_size=1, max_size=6), st.sampled_from(",;\t|"), st.booleans())
def test_whatever_a_spreadsheet_quotes_is_read_back(
    names: list[str], delimiter: str, marked: bool
) -> None:
    names = list({name.strip().casefold(): name.strip() for name in names}.values())
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([["name", "speed"], *([name, "1"] for name in names)])
    content = file.getvalue().encode("utf-8-sig" if marked else "utf-8")
    assert documents(content) == [{"name": name, "speed": 1} for name in names]


@given(st.one_of(st.binary(max_size=80), st.text(",;\n\r\"'\0name1 ", max_size=60)))
def test_no_file_breaks_the_reader_and_whoever_is_read_is_sound(content: bytes | str) -> None:
    try:
        roster = read_roster(content)
    except EventFileError:
        return
    for member in roster.members:
        assert check_player(member.document) == {}
    lines = [member.line for member in roster.members]
    assert lines == sorted(set(lines))


def test_a_line_that_tells_the_delimiter_is_no_player() -> None:
    assert documents("sep=;\nname;speed\nAnn;1,25\n")[0]["name"] == "Ann"
    assert str(documents("sep=;\nname;speed\nAnn;1,25\n")[0]["speed"]) == "1.25"


def test_everything_that_is_wrong_is_told_by_line_and_the_rest_is_read() -> None:
    text = (
        "Player,Speed,Time zone,Plays,Has\n"
        "Ann,fast,Europe/Lundon,mon 25:00 3h,Dragon\n"
        ",1,,,\n"
        '"Bo\nPeep",1,,,\n'
        "Cy,1,,,\n"
        "cy,2,,,\n"
        "Dee,1,,,,,x\n"
        'Eve,1,"open,\n'
    )
    roster = read_roster(text, "clan.csv")
    assert [str(finding) for finding in roster.findings] == [
        "clan.csv:2: Speed: expected a number above 0 such as 1.35, got 'fast'",
        f"clan.csv:2: Has: expected {A_KEY}, got 'Dragon'",
        (
            "clan.csv:2: Time zone: there is no time zone 'Europe/Lundon' (did you mean "
            "'Europe/London'?)"
        ),
        "clan.csv:2: Plays: expected a start from 00:00 to 23:59, got '25:00'",
        "clan.csv:3: Player: expected a name, got none",
        "clan.csv:4: Player: expected one line of text without control characters, got 'Bo\\nPeep'",
        "clan.csv:7: Player: cy stands on line 6 already",
        "clan.csv:8: expected 5 columns, found 7",
        (
            "clan.csv:9: from here on it cannot be read: unexpected end of data; "
            'is a quote (") left open?'
        ),
    ]
    assert [member.document["name"] for member in roster.members] == ["Cy"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it names nobody: it is empty"),
        (" \n,,\n", "it names nobody: it is empty"),
        ("name,speed\n", "it names nobody: there is only its first line"),
        ("a,b\nc,d\n", "expected a column called name, player or username; the first line has a"),
        ("name,player\nA,B\n", "both 'name' and 'player' would be a player's name"),
        (TEAMS, "these are the teams of a competition"),
        ("name\nÄnn\n".encode("latin-1"), "clan.csv:2: not text in UTF-8"),
        ("name\nAnn\n".encode("utf-16"), "clan.csv:1: not text in UTF-8"),
        (b"x" * (MOST_BYTES + 1), "too large: 1,048,577 bytes, expected at most 1,048,576"),
        ("name\n" + "A\n" * MOST_LINES, "expected at most 2,000 lines, found 2,001"),
        ('"', 'is a quote (") left open?'),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_refused(content: str | bytes, said: str) -> None:
    assert said in refused(content)


def test_names_of_the_library_are_known_however_many(store: Database) -> None:
    for name in ("Ann Lee", "BO"):
        make(store, ItemKind.PLAYER, {"name": name})
    assert names_there(store) == {"ann lee", "bo"}
