"""Where the files are by which BingoSim is deployed."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PREFIX = "BINGOSIM_"


def known_settings() -> set[str]:
    """Return the variables that settings are read from, with their prefix."""
    from bingosim.settings import Settings

    return {PREFIX + name.upper() for name in Settings.model_fields}


def has_web() -> bool:
    """Return whether `bingosim web` is there already."""
    import typer

    from bingosim.cli import app

    return "web" in getattr(typer.main.get_command(app), "commands", {})


def longest_end() -> float:
    """Return the seconds that a worker may take to end, with its servers away."""
    from bingosim.batch.patience import GRACE_SECONDS
    from bingosim.messaging.publisher import CONFIRM_SECONDS
    from bingosim.worker.consumer import STOP_SECONDS

    return STOP_SECONDS + CONFIRM_SECONDS + GRACE_SECONDS
