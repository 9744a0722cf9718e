"""Measured speeds as tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.cli.result import plain_table, stdout_console
from bingosim.words import clean

if TYPE_CHECKING:
    from bingosim.bench.engine import EngineBench
    from bingosim.bench.pipeline_figures import PipelineBench


def print_speeds(measured: EngineBench) -> None:
    """Print what was measured: speeds and ratios, memory, time to start."""
    console = stdout_console()
    for event in measured["events"]:
        console.print(
            f"\n{clean(event['event'])}: {event['attempts_per_run']:,.1f} attempts a run",
            soft_wrap=True,
        )
        speeds = plain_table(
            "Engine", ">Threads", ">Runs/s", ">M attempts/s", ">To attempt", ">To plain Python",
            ">To one thread",
        )  # fmt: skip
        for speed in event["speeds"]:
            to_plain = speed["to_reference"]
            speeds.add_row(
                speed["engine"],
                str(speed["threads"]),
                f"{speed['runs_per_s']:,.2f}",
                f"{speed['attempts_per_s'] / 1e6:,.3f}",
                f"{speed['to_attempt']:,.2f} x",
                "-" if to_plain is None else f"{to_plain:,.0f} x",
                f"{speed['to_one_thread']:,.2f} x",
            )
        console.print(speeds)
        for memory in event["memory"]:
            peak = memory["peak_mb"]
            told = "not told by this system" if peak is None else f"{peak:,.0f} MB"
            console.print(f"most memory in {memory['runs']:,} runs: {told}", soft_wrap=True)
    starts = plain_table("Engine", ">Compiles in", ">Loads in")
    for start in measured["starts"]:
        starts.add_row(start["engine"], f"{start['compile_s']:.1f} s", f"{start['load_s']:.2f} s")
    console.print("", starts, sep="\n")


def print_pipeline(measured: PipelineBench) -> None:
    """Print what was measured: speeds by size of messages, statements alone, ratios."""
    console = stdout_console()
    published = measured["published_per_s"]
    console.print(
        f"\n{clean(measured['event'])}, {measured['mode']}: "
        f"{measured['created_per_s']:,.0f} runs/s created"
        + ("" if published is None else f", {published:,.0f} messages/s published"),
        soft_wrap=True,
    )
    speeds = plain_table(
        "Results", ">K", f">{measured['hands'].capitalize()}", ">Runs/s", ">To K=1", ">Claims",
        ">claim_avg", ">Encode", ">Persist", ">B/run",
    )  # fmt: skip
    for speed in measured["speeds"]:
        speeds.add_row(
            speed["payloads"],
            str(speed["message_size"]),
            str(speed["hands"]),
            f"{speed['runs_per_s']:,.0f}",
            f"{speed['to_one']:,.1f} x",
            f"{speed['claims']:,}",
            f"{speed['claim_avg_ms']:.2f} ms",
            f"{speed['encode_ms']:.2f} ms",
            f"{speed['persist_ms']:.2f} ms",
            f"{speed['bytes_per_run']:,.0f}",
        )
    console.print(speeds)
    alone = plain_table("Results", ">K", ">Claim runs/s", ">Persist runs/s", ">Both")
    for one in measured["alone"]:
        alone.add_row(
            one["payloads"],
            str(one["message_size"]),
            f"{one['claim_runs_per_s']:,.0f}",
            f"{one['persist_runs_per_s']:,.0f}",
            f"{one['runs_per_s']:,.0f}",
        )
    console.print("\nstatements alone, on one thread:", alone, sep="\n")
    goals = plain_table("Results", "Goal", ">Is", ">Wanted", "Verdict")
    for goal in measured["goals"]:
        shown = f"{goal['value']:,.2f} x" if goal["unit"] == "x" else f"{goal['value']:,.0f} /s"
        goals.add_row(
            goal["payloads"],
            goal["name"],
            shown,
            f"at least {goal['goal']:,g}",
            "met" if goal["met"] else "MISSED",
        )
    console.print("", goals, sep="\n")
