"""Who may be drafted, and what the buttons of the page of teams do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from bingosim.errors import InputError
from bingosim.event.calendar import player_sessions
from bingosim.event.model import Header, Player
from bingosim.library import store, teams
from bingosim.library.uses import set_players
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bingosim.library.items import Item
    from bingosim.library.plain import Document
    from bingosim.storage.database import Database
    from bingosim.web.events.plans import Plan
    from bingosim.web.forms import Sent

HOUR_S = 3_600


class Candidate(NamedTuple):
    """Somebody in no team of the event.

    Attributes:
        item: The player.
        inside: Whether the event has them already.
        hours: Hours they are expected to be online in the event.
        able: Tiles for which they have what is required.
    """

    item: Item
    inside: bool
    hours: float
    able: int


def without_team(plan: Plan, q: str = "") -> list[Item]:
    """Return the players of an event who are in no team, as far as words find them."""
    taken = {name for team in plan.document["teams"] for name in teams.members(team)}
    words = q.casefold().split()
    return [
        player
        for player in plan.whole.players
        if player.name not in taken and all(word in player.name.casefold() for word in words)
    ]


def candidates(plan: Plan, items: Iterable[Item]) -> list[Candidate]:
    """Return players with what counts when one drafts."""
    header = Header.model_validate(plan.document["event"])
    own = {player.id for player in plan.whole.players}
    found = []
    for item in items:
        player = Player.model_validate(item.document)
        seconds = sum(end - begin for begin, end in player_sessions(player, header))
        attends = float(player.attends) if player.plays else 1.0
        able = sum(
            any(set(source.requires).issubset(player.has) for source in tile.sources)
            for tile in plan.load.tiles.values()
        )
        found.append(Candidate(item, item.id in own, seconds * attends / HOUR_S, able))
    return found


def done_by_button(database: Database, plan: Plan, sent: Sent, version: int) -> str:
    """Do what a button of the page asks for; return what was done, in words.

    Buttons are named `draft`, whose value is a team's number from 0, for all players whose ids were
    sent as `player`; `release`, a player's name; `out`, the id of a player who leaves the event;
    `up` and `down`, a team's number and a place in it; and `add_team`.

    Raises:
        InputError: What it names is not there, or does not go together.
        StaleError: The event has another version by now.
    """
    event = plan.document
    for name, text in sent.fields:
        if name == "draft":
            chosen = [text for key, text in sent.fields if key == "player"]
            return _draft(database, plan, _number(text), chosen, version)
        if name == "out":
            left = [player.id for player in plan.whole.players if str(player.id) != text]
            set_players(database, plan.whole.event.id, left, version)
            return "Taken out."
        if name == "release":
            return _saved(database, plan, teams.release(event, [text]), version)
        if name in ("up", "down"):
            team, _, place = text.partition(".")
            changed = _shifted(event, _number(team), _number(place), -1 if name == "up" else 1)
            return _saved(database, plan, changed, version)
        if name == "add_team":
            team_names = {team["name"] for team in event["teams"]}
            number = next(n for n in range(1, len(team_names) + 2) if f"Team {n}" not in team_names)
            new = {"name": f"Team {number}", "strategy": "row-unlocking", "players": []}
            if event["board"]["kind"] == "grid":
                new["strategy"] = "lines"
            return _saved(database, plan, teams.add_team(event, new), version)
    raise InputError("the page has no such button")


def _draft(database: Database, plan: Plan, team: int, chosen: list[str], version: int) -> str:
    if not chosen:
        raise InputError("tick the players first who shall join")
    own = {str(player.id): player for player in plan.whole.players}
    new = [_read(database, text) for text in dict.fromkeys(chosen) if text not in own]
    names = [own[text].name for text in chosen if text in own] + [item.name for item in new]
    event = plan.document
    for name in names:
        event = teams.draft(event, name, team)
    if new:
        everybody = [*(player.id for player in plan.whole.players), *(item.id for item in new)]
        version = set_players(database, plan.whole.event.id, everybody, version).version
    return _saved(database, plan, event, version)


def _read(database: Database, text: str) -> Item:
    try:
        return store.read(database, ItemKind.PLAYER, UUID(text))
    except ValueError:
        raise InputError("expected a player's id") from None


def _shifted(event: Document, team: int, place: int, by: int) -> Document:
    if team >= len(event["teams"]) or place >= len(event["teams"][team]["players"]):
        raise InputError("this player is not there any more")
    order = teams.members(event["teams"][team])
    to = min(max(place + by, 0), len(order) - 1)
    return teams.draft(event, order[place], team, to)


def _saved(database: Database, plan: Plan, event: Document, version: int) -> str:
    store.save(database, ItemKind.EVENT, plan.whole.event.id, event, version)
    return "Saved."


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise InputError("expected the number of a team or a place in it")
    return int(text)
