"""What attempts are expected to bring: by hand, and as stacks say it."""

from __future__ import annotations

from fractions import Fraction

from bingosim.event.catalog import catalog_keys, load_entry
from bingosim.event.model import Activity
from bingosim.event.yields import stacks_per_completion, usual_size, yields

CHEST = Activity.model_validate(
    {
        "key": "own.chest",
        "group": {"solo": False, "min": 2, "want": 3, "max": 4},
        "time": {"seconds": "89.5", "spread": 10},
        "bands": [{"sizes": "3-4", "time": "0.5", "chance": 2}],
        "loot": [
            {"per": "group", "drops": [{"chance": "1/4", "gives": {"item.a": "2-4"}}]},
            {"rolls": 2, "drops": [{"chance": "1/6", "gives": ["item.a", "item.b"]}]},
        ],
    }
)


def test_what_a_group_gets_is_counted_for_all_its_members() -> None:
    assert stacks_per_completion(CHEST) == {
        "item.a": Fraction(1, 4) + Fraction(2, 6),
        "item.b": Fraction(2, 6),
    }
    assert usual_size(CHEST) == 3
    # Three players at half of 90 s: 80 attempts an hour; 1/4 of 3 and 3 x 2 rolls of 1/6 each.
    assert [tuple(found) for found in yields(CHEST, 3)] == [
        ("item.a", Fraction(7, 4), 140),
        ("item.b", Fraction(1), 80),
    ]
    assert yields(CHEST, 2)[1] == ("item.b", Fraction(2, 3), Fraction(80, 3))


def test_alone_and_one_at_a_time_an_attempt_brings_what_its_stacks_say() -> None:
    for activity in (load_entry(key).activity for key in catalog_keys()):
        single = {
            drop
            for drop in activity.drop_keys
            if all(
                outcome.gives[drop].high == 1
                for line in activity.loot
                for outcome in line.drops
                if drop in outcome.gives
            )
        }
        rates = stacks_per_completion(activity)
        for drop, attempt, hour in yields(activity, 1):
            if drop in single:
                assert attempt == rates[drop]
            assert attempt >= rates[drop]
            assert 0 < hour <= 3_600 * attempt


def test_who_may_be_alone_usually_is() -> None:
    assert usual_size(load_entry("boss.vorkath").activity) == 1
    assert usual_size(load_entry("raid.toa").activity) == 1
    assert usual_size(load_entry("boss.nex").activity) == 5
