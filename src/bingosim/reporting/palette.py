"""The colours of reports and pictures: those of the pages, for light and for dark."""

from __future__ import annotations

TEAM_COLOURS = 8
"""Teams that are told apart by their colour; the ninth has the first one's."""

LIGHT = {
    "ink": "#23312c",
    "quiet": "#586862",
    "line": "#d5ddd9",
    "paper": "#fbfcfb",
    "card": "#fff",
    "accent": "#23604f",
    "heat": "158 42%",
    "heat-from": "97%",
    "heat-to": "62%",
    "hot-ink": "#10261e",
    "team-0": "#1f6f5c",
    "team-1": "#b3541e",
    "team-2": "#3a5fa8",
    "team-3": "#8a3b7a",
    "team-4": "#6c7a1e",
    "team-5": "#b0323f",
    "team-6": "#2b7d95",
    "team-7": "#705037",
}
DARK = {
    "ink": "#dde6e2",
    "quiet": "#9fb0a9",
    "line": "#33413c",
    "paper": "#131a18",
    "card": "#1a2320",
    "accent": "#7fcdb4",
    "heat": "160 38%",
    "heat-from": "14%",
    "heat-to": "34%",
    "hot-ink": "#f0f7f4",
    "team-0": "#5cc3a5",
    "team-1": "#f09a63",
    "team-2": "#8daef0",
    "team-3": "#d68bc6",
    "team-4": "#bccb5a",
    "team-5": "#f28b93",
    "team-6": "#6cc3dc",
    "team-7": "#cda987",
}


def team_colour(number: int) -> str:
    """Return a team's colour on light ground."""
    return LIGHT[f"team-{number % TEAM_COLOURS}"]


def mixed(colour: str, part: float) -> str:
    """Return a colour thinned with white; `part` is how much of it is left, 0 to 1."""
    channels = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(255 - part * (255 - channel)):02x}" for channel in channels)
