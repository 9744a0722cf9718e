"""Snapshots: everything resolved, one canonical text, a hash that does not move."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import InputError
from bingosim.event.snapshot import Snapshot, SnapshotPlayer, make_snapshot
from tests.unit.event_samples import GOOD, changed, load


def snapshot_of(text: str) -> Snapshot:
    return make_snapshot(load(text).event)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(GOOD)


def test_a_snapshot_survives_its_json(snapshot: Snapshot) -> None:
    again = Snapshot.from_json(snapshot.to_json())
    assert again == snapshot
    assert again.to_json() == snapshot.to_json()
    assert Snapshot.from_json(snapshot.to_json().encode()) == snapshot


def test_the_hash_of_a_known_event(snapshot: Snapshot) -> None:
    # Results are filed under this hash: if it changes, saved batches lose their event.
    assert snapshot.sha256 == "f47800e4c455042dea307302a41a9ea0fc3d49efefea656434c9297cdcbca1f5"


def test_the_json_is_canonical(snapshot: Snapshot) -> None:
    text = snapshot.to_json()
    data = json.loads(text)
    assert text == json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert not any(isinstance(value, float) for value in walk(data))


def walk(data: object) -> list[object]:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [data, *(value for part in inside for value in walk(part))]


def test_what_is_written_differently_but_means_the_same_has_one_hash(snapshot: Snapshot) -> None:
    text = GOOD
    for old, new in (
        ("accepts: [item.heads]", "accepts: {item.heads: 1}"),
        (
            "accepts: {item.piece: 1500, item.shard: 1}",
            "accepts: {item.shard: 1, item.piece: 1500}",
        ),
        ("chance: 2%", "chance: 1/50"),
        ("speed: 1.4", "speed: '1.40'"),
        ("duration: 9d", "duration: 216h"),
        ("has: [item.crossbow, capability.war]", "has: [capability.war, item.crossbow]"),
        ("speeds: {own.nex: 1.3}", "speeds: {own.nex: 1.3, own.unused: 2}"),
        ("params: {}", "params: {max_players: null}"),
        ("{name: Bo,", "{name: Bo, attends: 0.5,"),
        ("sat,sun 10:00 8h", "sun-sun,saturday 10:00 480m"),
        ("unlock_points: 5", "unlock_points: 5 # five"),
    ):
        text = changed(old, new, text)
    extra = "  - {key: a.unused, time: {seconds: 9}, loot: [{drops: [{chance: 1, gives: x}]}]}\n"
    text = changed("activities:\n", f"activities:\n{extra}", text)
    assert snapshot_of(text).sha256 == snapshot.sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("need: 6", "need: 7"),
        ("chance: 2%", "chance: 2.0001%"),
        ("{item.tail: 2, item.heads: 1}", "{item.heads: 1, item.tail: 2}"),
        ("speed: 1.4", "speed: 1.41"),
        ("daily 20:00 90m", "daily 20:00 91m"),
        ("players: [Ada, Bo]", "players: [Bo, Ada]"),
        ("max_players: 2", "max_players: 3"),
        ("{tiles: [set, heads]", "{tiles: [heads, set]"),
        ("start: 2026-12-05T12:00", "start: 2026-12-05T12:00:01"),
    ],
)
def test_what_means_something_else_has_another_hash(old: str, new: str, snapshot: Snapshot) -> None:
    assert snapshot_of(changed(old, new)).sha256 != snapshot.sha256


def test_drops_keep_their_order(snapshot: Snapshot) -> None:
    again = Snapshot.from_json(snapshot.to_json())
    assert list(again.activity("own.dragon").loot[0].drops[0].gives) == ["item.tail", "item.heads"]


def test_only_what_the_board_uses_is_held() -> None:
    tile = "{key: x, points: 1, from: [{activity: boss.vorkath, accepts: item.vorkaths_head}]}"
    text = changed("  bonuses:\n", f"      - {tile}\n  bonuses:\n")
    keys = [activity.key for activity in snapshot_of(text).activities]
    assert keys == ["boss.vorkath", "own.dragon", "own.nex"]


def test_players_are_resolved(snapshot: Snapshot) -> None:
    ada, bo = snapshot.teams[0].players
    assert ada.speeds == {"own.nex": Fraction(13, 10)}
    assert (ada.speed_at("own.nex"), ada.speed_at("own.dragon")) == (
        ada.speeds["own.nex"],
        ada.speed,
    )
    assert ada.attends == Fraction(17, 20)
    # Saturday 12:00 in New York is 17:00 in London, in the middle of Ada's session.
    assert ada.sessions[:2] == ((0, 3_600), (17 * 3_600, 25 * 3_600))
    assert bo.sessions == ((0, 9 * 86_400),)
    assert bo.has == ("capability.war", "item.crossbow")


def test_who_is_always_online_always_attends() -> None:
    text = changed("{name: Bo,", "{name: Bo, attends: 0.5,")
    assert snapshot_of(text).teams[0].players[1].attends == 1


def test_parameters_are_written_out(snapshot: Snapshot) -> None:
    assert snapshot.teams[0].params == {"max_players": None}
    assert snapshot.teams[1].params == {"max_players": 2, "tiles": ["set", "heads"]}


@given(st.integers(1, 10**36), st.integers(0, 36))
def test_exact_numbers_survive(digits: int, places: int) -> None:
    player = {
        "name": "Ada",
        "speed": f"{digits // 10**places}.{digits % 10**places:0{max(places, 1)}}",
        "speeds": {},
        "has": [],
        "attends": f"{digits}/{10**37}",
        "sessions": [],
    }
    made = SnapshotPlayer.model_validate(player)
    assert made.speed == Fraction(digits, 10**places)
    assert SnapshotPlayer.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "this is not a snapshot"),
        ("[]", "this is not a snapshot"),
        ("{}", "version is None"),
        ('{"version": 2}', "version is 2; this release reads 1"),
        ('{"version": 1}', "the snapshot is damaged"),
    ],
)
def test_what_is_no_snapshot(text: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        Snapshot.from_json(text)


@pytest.mark.parametrize(
    ("field", "part"),
    [("players", "there is no player 'Ada'"), ("activities", "there is no activity 'own.")],
)
def test_an_unchecked_event_is_refused_with_a_reason(field: str, part: str) -> None:
    event = load(GOOD).event.model_copy(update={field: ()})
    with pytest.raises(InputError, match=part):
        make_snapshot(event)


@pytest.mark.parametrize(
    ("update", "part"),
    [
        ({"strategy": "x"}, "there is no strategy 'x'"),
        ({"params": {"x": 1}}, "the parameters of team 'Alpha' are wrong"),
    ],
)
def test_an_unchecked_team_is_refused_with_a_reason(update: dict[str, object], part: str) -> None:
    event = load(GOOD).event
    teams = (event.teams[0].model_copy(update=update), *event.teams[1:])
    with pytest.raises(InputError, match=part):
        make_snapshot(event.model_copy(update={"teams": teams}))
