"""Measured speeds as tables for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.cli.result import plain_table, stdout_console
from bingosim.words import clean

if TYPE_CHECKING:
    from bingosim.bench.engine import EngineBench


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
