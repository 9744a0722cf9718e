"""The catalog: its data keep the rules, its figures are those of the sources, its commands work."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from bingosim.cli import catalog as commands
from bingosim.errors import UnknownKeyError
from bingosim.event import catalog
from bingosim.event.catalog.entry import COUNTERS, CatalogEntry, Figure, parse_rate
from bingosim.event.catalog.sources import SOURCES
from bingosim.event.model import Activity
from bingosim.event.yields import stacks_per_completion

KEYS = catalog.catalog_keys()
DROP_KEY = re.compile(r"(kill|completion|(item|pet|points)\.[a-z0-9]+(_[a-z0-9]+)*)")
DOCS = Path(__file__).parents[2] / "docs" / "catalog.md"

per_entry = pytest.mark.parametrize("key", KEYS)


def per_completion(key: str, drop: str) -> Fraction:
    """Recompute from the loot lines how often a completion drops something."""
    total = Fraction(0)
    for line in catalog.load_entry(key).activity.loot:
        for outcome in line.drops:
            if drop in outcome.gives:
                total += line.rolls * outcome.chance
    return total


def scope(key: str, drop: str) -> str:
    """Return who rolls for a drop: `player` or `group`."""
    lines = catalog.load_entry(key).activity.loot
    (per,) = {line.per for line in lines for outcome in line.drops if drop in outcome.gives}
    return per


# ------------------------------------------------------------------ the data


def test_the_catalog_holds_at_least_a_hundred_activities() -> None:
    assert len(KEYS) >= 150


@per_entry
def test_an_entry_fits_the_model_and_lies_where_its_key_says(key: str) -> None:
    entry = catalog.load_entry(key)
    assert entry.key == key
    assert catalog.entry_path(key).relative_to(Path(catalog.__file__).parent / "data") == Path(
        key.split(".", 1)[0], key.split(".", 1)[1] + ".yaml"
    )


@per_entry
def test_chances_of_a_line_add_up_to_at_most_one(key: str) -> None:
    for line in catalog.load_entry(key).activity.loot:
        assert sum(outcome.chance for outcome in line.drops) <= 1


@per_entry
def test_a_completion_is_counted_on_a_line_of_its_own(key: str) -> None:
    entry = catalog.load_entry(key)
    (line,) = [
        line
        for line in entry.activity.loot
        if any(COUNTERS & set(outcome.gives) for outcome in line.drops)
    ]
    (outcome,) = line.drops
    assert (line.per, line.rolls) == ("player", 1)
    assert outcome.chance == 1
    (counter,) = outcome.gives
    if entry.category in {"boss", "monster", "slayer"}:
        assert counter == "kill"
    if entry.category in {"raid", "minigame", "clue"}:
        assert counter == "completion"


@per_entry
def test_drop_keys_follow_the_grammar(key: str) -> None:
    for drop in catalog.load_entry(key).activity.drop_keys:
        assert DROP_KEY.fullmatch(drop), drop


@pytest.mark.parametrize("key", [key for key in KEYS if key != "boss.abyssal_sire"])
def test_pets_and_jars_have_lines_of_their_own(key: str) -> None:
    """Only those of the Abyssal Sire exclude each other: they are rewards of one Unsired."""
    for line in catalog.load_entry(key).activity.loot:
        for outcome in line.drops:
            if any(drop.startswith(("pet.", "item.jar_of_")) for drop in outcome.gives):
                assert len(line.drops) == 1


@per_entry
def test_every_figure_has_a_source_and_a_reason_where_sources_disagree(key: str) -> None:
    entry = catalog.load_entry(key)
    told = {name for figure in entry.figures for name in figure.of}
    assert {"time", "spread"} <= told
    assert entry.activity.drop_keys - COUNTERS <= told
    for figure in entry.figures:
        assert figure.source in SOURCES
        assert figure.confidence in {"high", "medium", "low"}
        assert figure.source not in figure.agree
        assert not set(figure.agree) & set(figure.others)
        assert figure.why or not figure.others
        if figure.source == "GAME":
            assert figure.confidence != "high"


@per_entry
def test_a_group_states_whom_it_waits_for_and_bands_cover_every_size(key: str) -> None:
    text = catalog.entry_path(key).read_text(encoding="utf-8")
    raw = yaml.safe_load(text)["activity"]
    activity = catalog.load_entry(key).activity
    if activity.group.max == 1:
        assert "group" not in raw
        assert not activity.bands
        return
    assert {"solo", "min", "want", "max"} <= set(raw["group"])
    sizes = [size for size in range(1, 101) if activity.group.allows(size)]
    bands = [activity.band(size) for size in sizes]
    assert None not in bands
    multipliers = [band.time for band in bands if band]
    assert multipliers == sorted(multipliers, reverse=True)


@per_entry
def test_a_figure_agrees_with_the_loot_line_it_describes(key: str) -> None:
    entry = catalog.load_entry(key)
    for drop in entry.activity.drop_keys - COUNTERS:
        rate = per_completion(key, drop)
        assert rate > 0
        assert stacks_per_completion(entry.activity)[drop] == rate
        for other in entry.figure_of[drop].others.values():
            assert max(rate, other) / min(rate, other) > Fraction(101, 100)


def test_one_item_has_one_key_everywhere() -> None:
    spellings: dict[str, set[str]] = {}
    for key in KEYS:
        for drop in catalog.load_entry(key).activity.drop_keys - COUNTERS:
            spellings.setdefault(drop.partition(".")[2].replace("_", ""), set()).add(drop)
    assert not [found for found in spellings.values() if len(found) > 1]


WELL_KNOWN = [
    ("boss.vorkath", "item.vorkaths_head", Fraction(1, 50)),
    ("boss.vorkath", "item.dragonbone_necklace", Fraction(1, 1000)),
    ("boss.zulrah", "item.tanzanite_fang", Fraction(1, 512)),
    ("boss.cerberus", "item.primordial_crystal", Fraction(1, 520)),
    ("boss.king_black_dragon", "item.kbd_heads", Fraction(1, 128)),
    ("boss.corporeal_beast", "item.holy_elixir", Fraction(3, 512)),
    ("boss.general_graardor", "item.bandos_hilt", Fraction(1, 508)),
    ("boss.general_graardor", "item.bandos_chestplate", Fraction(1, 381)),
    ("boss.araxxor", "item.noxious_blade", Fraction(1, 600)),
    ("boss.araxxor", "pet.nid", Fraction(1, 3000)),
    ("boss.callisto", "item.voidwaker_hilt", Fraction(1, 360)),
    ("boss.duke_sucellus", "item.magus_vestige", Fraction(1, 720)),
    ("boss.the_leviathan", "item.venator_vestige", Fraction(1, 768)),
    ("boss.the_whisperer", "item.bellator_vestige", Fraction(1, 512)),
    ("boss.vardorvis", "item.ultor_vestige", Fraction(1, 1088)),
    ("boss.the_whisperer", "item.sirens_staff", Fraction(1, 512)),
    ("boss.scurrius", "item.scurrius_spine", Fraction(1, 33)),
    ("boss.phantom_muspah", "item.venator_shard", Fraction(1, 100)),
    ("boss.nex", "item.zaryte_vambraces", Fraction(1, 172)),
    ("boss.nightmare", "item.jar_of_dreams", Fraction(1, 1900)),
    ("boss.hueycoatl", "item.dragon_hunter_wand", Fraction(1, 105)),
    ("boss.royal_titans", "item.deadeye_prayer_scroll", Fraction(1, 75)),
    ("boss.shellbane_gryphon", "item.belles_folly_tarnished", Fraction(1, 400)),
    ("boss.scorpia", "item.odium_shard_3", Fraction(1, 256)),
    ("boss.obor", "item.hill_giant_club", Fraction(1, 118)),
    ("boss.great_white_shark", "item.broken_dragon_hook", Fraction(1, 250)),
    ("boss.barrows", "item.dharoks_helm", Fraction(7, 2448)),
    ("boss.moons_of_peril", "item.blood_moon_helm", Fraction(1, 224)),
    ("boss.abyssal_sire", "item.bludgeon_axon", Fraction(31, 19200)),
    ("boss.abyssal_sire", "item.unsired", Fraction(1, 100)),
    ("boss.alchemical_hydra", "item.hydras_eye", Fraction(10, 5433)),
    ("boss.dagannoth_kings", "item.dragon_axe", Fraction(3, 128)),
    ("raid.cox", "item.twisted_bow", Fraction(1, 1500)),
    ("raid.tob", "item.scythe_of_vitur_uncharged", Fraction(10, 1729)),
    ("raid.toa_300", "item.tumekens_shadow_uncharged", Fraction(1, 600)),
    ("minigame.tempoross", "item.tome_of_water_empty", Fraction(1, 1600)),
    ("minigame.corrupted_gauntlet", "item.enhanced_crystal_weapon_seed", Fraction(1, 400)),
    ("monster.brine_rat", "item.brine_sabre", Fraction(1, 512)),
    ("monster.lizardman_shaman", "item.dragon_warhammer", Fraction(1, 3000)),
    ("monster.tormented_demons", "item.burning_claw", Fraction(499, 250000)),
    ("monster.basilisk_knight", "item.basilisk_jaw", Fraction(1, 1000)),
    ("monster.champion_goblin", "item.goblin_champion_scroll", Fraction(10, 5000)),
]


@pytest.mark.parametrize(("key", "drop", "chance"), WELL_KNOWN)
def test_a_well_known_rate_is_that_of_the_cross_check(
    key: str, drop: str, chance: Fraction
) -> None:
    assert per_completion(key, drop) == chance


@pytest.mark.parametrize(
    ("key", "drop", "per"),
    [
        ("boss.nex", "item.nihil_horn", "group"),
        ("boss.nightmare", "item.inquisitors_mace", "group"),
        ("raid.tob", "item.ghrazi_rapier", "group"),
        ("raid.tob", "pet.lil_zik", "player"),
        ("raid.tob_hard_mode", "item.holy_ornament_kit", "player"),
        ("boss.yama", "item.oathplate_helm", "group"),
        ("boss.yama", "pet.yami", "player"),
        ("boss.zalcano", "item.crystal_tool_seed", "group"),
        ("boss.zalcano", "pet.smolcano", "player"),
        ("boss.corporeal_beast", "item.elysian_sigil", "group"),
        ("raid.cox", "item.twisted_bow", "player"),
        ("raid.toa", "item.osmumtens_fang", "player"),
    ],
)
def test_a_team_rolls_once_where_the_game_does(key: str, drop: str, per: str) -> None:
    assert scope(key, drop) == per


def test_any_unique_of_a_team_is_as_common_as_known() -> None:
    def any_of_main_line(key: str) -> Fraction:
        line = next(line for line in catalog.load_entry(key).activity.loot if line.per == "group")
        return sum((outcome.chance for outcome in line.drops), Fraction(0))

    assert any_of_main_line("boss.nex") == Fraction(1, 43)
    assert abs(any_of_main_line("raid.tob") - Fraction(10, 91)) < Fraction(1, 10_000)


def test_loading_seventy_entries_is_quick() -> None:
    """Measured in a process of its own, so that nothing is cached; generous for a busy host."""
    code = (
        "import time, yaml, bingosim.event.catalog.entry\n"
        "from bingosim.event.catalog import catalog_keys, load_entry\n"
        "start = time.process_time()\n"
        "[load_entry(key) for key in catalog_keys()[:70]]\n"
        "print(time.process_time() - start)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(out.stdout) < 0.6


def test_keys_are_found_without_reading_a_file_or_loading_pydantic() -> None:
    code = (
        "import sys\nfrom bingosim.event.catalog import catalog_keys\n"
        "assert catalog_keys()\nassert 'yaml' not in sys.modules\n"
        "assert 'bingosim.event.model' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------ the module


def test_an_entry_is_read_once() -> None:
    assert catalog.load_entry("boss.vorkath") is catalog.load_entry("boss.vorkath")


@pytest.mark.parametrize("key", ["boss.vorkat", "", "boss", "../boss.vorkath", "boss./vorkath"])
def test_an_unknown_key_is_an_error(key: str) -> None:
    with pytest.raises(UnknownKeyError):
        catalog.load_entry(key)


def test_a_mistyped_key_names_the_nearest() -> None:
    with pytest.raises(UnknownKeyError, match=r"did you mean 'boss\.vorkath'"):
        catalog.load_entry("boss.vorkat")


def test_search_wants_every_word_and_names_the_drops() -> None:
    assert [(entry.key, drops) for entry, drops in catalog.search(["Vorkath's", "head"])] == [
        ("boss.vorkath", ["item.vorkaths_head"])
    ]
    pickaxes = {entry.key: drops for entry, drops in catalog.search(["dragon pickaxe"])}
    assert pickaxes["boss.king_black_dragon"] == ["item.dragon_pickaxe"]
    assert "activity.clue_elite" not in pickaxes
    assert catalog.search(["chambers"])[0][0].key == "raid.cox"
    assert catalog.search(["nosuchthing"]) == []
    assert catalog.search([" '"]) == []


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1/512", Fraction(1, 512)),
        ("1/181.1", Fraction(10, 1811)),
        (105.9, Fraction(1059, 10)),
        (80, Fraction(80)),
        ("31/19200", Fraction(31, 19200)),
    ],
)
def test_rates_are_exact(text: object, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["0", "1/0", "-3", "often", "", None])
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        parse_rate(text)


def test_a_disagreement_without_a_reason_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected a why"):
        Figure.model_validate(
            {"of": "time", "source": "LA", "confidence": "low", "others": {"CLL": "1/2"}}
        )


@pytest.mark.parametrize("extra", [[], ["item.b"], ["item.a", "item.a"]])
def test_an_entry_with_a_missing_strange_or_doubled_figure_is_refused(extra: list[str]) -> None:
    figures = [
        {"of": name, "source": "GAME", "confidence": "low"} for name in ["time", "spread", *extra]
    ]
    activity = {
        "key": "boss.x",
        "time": {"seconds": 60},
        "loot": [{"drops": [{"chance": "1/2", "gives": "item.a"}]}],
    }
    with pytest.raises(ValidationError, match="expected one figure each"):
        CatalogEntry.model_validate({"category": "boss", "activity": activity, "figures": figures})


def test_the_docs_explain_every_source_category_and_confidence() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for code in SOURCES:
        assert f"`{code}`" in text
    for category in {catalog.load_entry(key).category for key in KEYS}:
        assert f"`{category}`" in text
    assert f"{len(KEYS)} activities" in text


# ------------------------------------------------------------------ the commands


def run(*words: str) -> str:
    result = CliRunner().invoke(commands.app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_shows_every_activity_plain_and_on_one_line() -> None:
    lines = run("list").splitlines()
    assert len(lines) == len(KEYS) + 1
    assert lines[0].split() == ["key", "name", "category", "time", "drops"]
    (vorkath,) = [line for line in lines if line.startswith("boss.vorkath ")]
    assert "vorkaths head" in vorkath
    assert "1m46s" in vorkath
    assert "\x1b" not in "".join(lines)


def test_list_takes_one_category() -> None:
    raids = json.loads(run("list", "--category", "raid", "--json"))
    assert {raid["category"] for raid in raids} == {"raid"}
    assert {"raid.cox", "raid.tob", "raid.toa"} <= {raid["key"] for raid in raids}


def test_list_of_an_unknown_category_is_an_error() -> None:
    result = CliRunner().invoke(commands.app, ["list", "--category", "rade"])
    assert isinstance(result.exception, UnknownKeyError)
    assert "'raid'" in str(result.exception)


def test_show_tells_rates_times_sources_and_doubts() -> None:
    text = run("show", "boss.nex")
    for part in (
        "Nex (boss.nex), boss",
        "240 s (15.0 an hour)",
        "3 to 12, wants 5, waits 10m",
        "time x0.7",
        "quest.the_frozen_door",
        "1/172",
        "group",
        "80-85",
        "WOM_EHB_MAIN says 153.2 s",
        "DINK says 1/16.4",
        "Collection Log Luck",
    ):
        assert part in text
    assert "\x1b" not in text


def test_show_of_a_boss_done_alone_and_of_several_rolls() -> None:
    text = run("show", "boss.barrows")
    assert re.search(r"group +alone", text)
    assert re.search(r"item\.dharoks_helm +1/2448 +7 +player +1 +1/349\.71", text)


def test_show_tells_the_chance_multiplier_of_a_band() -> None:
    assert "time x1.35, chance x1.5" in run("show", "raid.cox")


@per_entry
def test_show_can_show_every_entry(key: str) -> None:
    assert f"({key})" in run("show", key)


@per_entry
def test_the_yaml_of_an_entry_can_be_pasted(key: str) -> None:
    pasted = yaml.safe_load(run("show", key, "--yaml"))
    (activity,) = pasted["activities"]
    assert Activity.model_validate(activity) == catalog.load_entry(key).activity


def test_show_as_json_is_the_entry() -> None:
    shown = json.loads(run("show", "boss.vorkath", "--json"))
    assert CatalogEntry.model_validate(shown) == catalog.load_entry("boss.vorkath")


def test_show_of_an_unknown_key_is_an_error() -> None:
    result = CliRunner().invoke(commands.app, ["show", "boss.vorkat"])
    assert isinstance(result.exception, UnknownKeyError)
    assert "boss.vorkath" in str(result.exception)


def test_search_finds_activities_and_drops() -> None:
    assert "item.dragon_pickaxe 1/1000" in run("search", "dragon", "pickaxe")
    found = json.loads(run("search", "vorkath", "--json"))
    assert [entry["key"] for entry in found] == ["boss.vorkath"]
    assert found[0]["drops"]["item.vorkaths_head"] == "1/50"


def test_search_without_a_find_says_so() -> None:
    result = CliRunner().invoke(commands.app, ["search", "nosuchthing"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "nosuchthing" in result.stderr


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", terminal)
    commands._print_table(["key", "name"], [["boss.x", "A [bold] name"]])
    assert "A [bold] name" in terminal.getvalue()
    assert "\x1b[1m" in terminal.getvalue()
