"""The reference engine: the rules of a run in plain Python, slow and obvious.

It reads a snapshot and nothing that was compiled from one, counts in whole numbers and exact
fractions, and follows `docs/simulation.md` sentence by sentence. The fast engines are tested
against it; nobody forecasts with it.
"""

from bingosim.reference.result import TeamResult, TraceLine
from bingosim.reference.team import play, play_team

__all__ = ["TeamResult", "TraceLine", "play", "play_team"]
