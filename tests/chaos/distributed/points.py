"""In a worker: the points at which it kills, stops or holds itself.

They lie where a worker has done one thing and not yet the next. Named and counted, so that a
repetition can choose any of them.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bingosim import engines
from bingosim.batch import execute
from bingosim.messaging import publisher
from bingosim.storage import aggregates, claims, outbox, settling
from bingosim.worker import consumer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLAIMED = "claimed"
"""A claim is committed; nothing is played."""
PLAYING = "playing"
"""A slice of a claim is about to be played."""
PERSISTING = "persisting"
"""All is played and nothing persisted."""
PERSISTED = "persisted"
"""Results are committed, the message is not acknowledged, its batch perhaps to be ended."""
FINALIZING = "finalizing"
"""In the transaction that ends the batch."""
SETTLING = "settling"
"""Before the message is acknowledged."""
SETTLED = "settled"
"""After that."""
TAKING = "taking"
"""In the transaction in which a publisher takes messages, with the lock that keeps out others."""
TAKEN, SENDING, SENT = "taken", "sending", "sent"
"""A publisher has marked messages as its own; is about to send one; one was confirmed."""
CONFIRMING, CONFIRMED = "confirming", "confirmed"
"""A publisher is about to note what the broker has; has noted it."""

WORKING = (CLAIMED, PLAYING, PERSISTING, PERSISTED, FINALIZING, SETTLING, SETTLED)
PUBLISHING = (TAKING, TAKEN, SENDING, SENT, CONFIRMING, CONFIRMED)


@dataclass(slots=True)
class Points:
    """Counts the points that pass, and acts at one of them.

    Attributes:
        hold: Returns when the worker may go on.
        name: Name of the chosen point; empty if there is none.
        number: Which of those so named, from 1.
        act: `kill`, `stop` or `hold`.
    """

    hold: Callable[[str], None]
    name: str = ""
    number: int = 1
    act: str = "kill"
    passed: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_by(self, name: str) -> None:
        """Note that a point passes."""
        with self._lock:
            self.passed[name] += 1
            chosen = name == self.name and self.passed[name] == self.number
        if not chosen:
            return
        match self.act:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case _:
                self.hold(name)

    def watch(self) -> None:
        """Have this process pass its points."""
        claim, persist = claims.claim_batch, settling.persist
        fold_all = aggregates._fold_all
        settle = consumer.Consumer._settle

        def claim_watched(*arguments: Any) -> Any:
            claimed = claim(*arguments)
            if claimed is not None:
                self.pass_by(CLAIMED)
            return claimed

        def persist_watched(*arguments: Any, **named: Any) -> Any:
            self.pass_by(PERSISTING)
            settled = persist(*arguments, **named)
            self.pass_by(PERSISTED)
            return settled

        def fold_all_watched(*arguments: Any) -> None:
            self.pass_by(FINALIZING)
            fold_all(*arguments)

        async def settle_watched(*arguments: Any) -> None:
            self.pass_by(SETTLING)
            await settle(*arguments)
            self.pass_by(SETTLED)

        put(execute, "claim_batch", claim_watched)
        put(execute, "persist", persist_watched)
        put(aggregates, "_fold_all", fold_all_watched)
        put(consumer.Consumer, "_settle", settle_watched)
        self._watch_publisher()

    def _watch_publisher(self) -> None:
        take, send, confirm = outbox.take, publisher._send, outbox.confirm
        share_out = outbox.share_out

        def share_out_watched(standing: Any, *arguments: Any) -> Any:
            if standing:
                self.pass_by(TAKING)
            return share_out(standing, *arguments)

        def take_watched(*arguments: Any) -> Any:
            taken = take(*arguments)
            if taken.messages:
                self.pass_by(TAKEN)
            return taken

        async def send_watched(*arguments: Any) -> Any:
            self.pass_by(SENDING)
            problem = await send(*arguments)
            if problem is None:
                self.pass_by(SENT)
            return problem

        def confirm_watched(*arguments: Any) -> None:
            self.pass_by(CONFIRMING)
            confirm(*arguments)
            self.pass_by(CONFIRMED)

        put(outbox, "share_out", share_out_watched)
        put(outbox, "take", take_watched)
        put(publisher, "_send", send_watched)
        put(outbox, "confirm", confirm_watched)

    def watch_runs(self, runs: Mapping[str, str]) -> None:
        """Have runs, by their index, do something whenever they are executed.

        They `kill` the process or `fail` where they are played, or `spoil`: they are played, and
        nothing that holds them can be persisted.
        """
        chosen = {int(run): what for run, what in runs.items()}
        self._watch_playing(chosen)
        persist = execute.__dict__["persist"]

        def persist_spoiled(database: Any, claim: Any, *arguments: Any, **named: Any) -> Any:
            for run in claim.indices.tolist():
                if chosen.get(run) == "spoil":
                    raise ZeroDivisionError(f"run {run} was told to spoil its message")
            return persist(database, claim, *arguments, **named)

        put(execute, "persist", persist_spoiled)

    def _watch_playing(self, chosen: Mapping[int, str]) -> None:

        def prepare_watched(*arguments: Any) -> Any:
            play = engines.prepare(*arguments)

            def watched(indices: Any) -> Any:
                self.pass_by(PLAYING)
                for run in indices.tolist():
                    if chosen.get(run) == "kill":
                        os.kill(os.getpid(), signal.SIGKILL)
                    if chosen.get(run) == "fail":
                        raise ZeroDivisionError(f"run {run} was told to fail")
                return play(indices)

            return watched

        put(execute, "prepare", prepare_watched)


def put(where: Any, name: str, what: Any) -> None:
    """Replace something in this process, which is used for nothing else."""
    setattr(where, name, what)
