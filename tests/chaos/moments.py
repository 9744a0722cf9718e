"""In a child: the moments at which it can be killed or held, named after what it does.

Moments lie before and after every statement and every commit, after every so many steps inside
SQLite's statements, and before and after runs are played.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from bingosim import engines
from bingosim.batch import execute
from bingosim.storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.engines import Play

STEPS = 300
"""Of SQLite's virtual machine, between two moments inside statements."""
INSIDE = "inside a statement"
PLAYING, PLAYED = "before runs are played", "after runs were played"


@dataclass(slots=True)
class Moments:
    """Counts the moments that pass, and acts at one of them.

    Attributes:
        hold: Called at the chosen moment if it is one to hold at, with its name.
        name: Name of the chosen moment; empty if there is none.
        number: Which of those so named, from 1.
        kill: Whether the process kills itself there, else it is held.
        passed: How many of each name there were.
    """

    hold: Callable[[str], None]
    name: str = ""
    number: int = 0
    kill: bool = True
    passed: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.local = field(default_factory=threading.local)

    def pass_by(self, name: str) -> None:
        """Note that a moment passes."""
        with self._lock:
            self.passed[name] += 1
            chosen = name == self.name and self.passed[name] == self.number
        if chosen and self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        elif chosen:
            self.hold(name)

    def watch(self) -> None:
        """Have all databases of this process tell; the process is used for nothing else."""
        sa.event.listen(sa.Engine, "before_cursor_execute", self._before_statement)
        sa.event.listen(sa.Engine, "after_cursor_execute", self._after_statement)
        sa.event.listen(sa.Engine, "connect", self._connected)
        commit: Any = DefaultDialect.do_commit

        def do_commit(dialect: Any, connection: Any) -> None:
            after = getattr(self._thread, "statement", "nothing")
            self.pass_by(f"before the commit after {after}")
            commit(dialect, connection)
            self.pass_by(f"after the commit after {after}")

        def prepare_watched(*arguments: Any) -> Play:
            play = engines.prepare(*arguments)

            def watched(runs: Any) -> Any:
                self.pass_by(PLAYING)
                results = play(runs)
                self.pass_by(PLAYED)
                return results

            return watched

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
        execute.__dict__["prepare"] = prepare_watched

    def _before_statement(self, _connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        self.pass_by(f"before {_named(text)}")

    def _after_statement(self, _connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        self._thread.statement = _named(text)
        self.pass_by(f"after {_named(text)}")

    def _connected(self, connection: Any, _record: Any) -> None:
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(self._inside_statement, STEPS)

    def _inside_statement(self) -> int:
        self.pass_by(INSIDE)
        return 0  # go on


def _named(text: str) -> str:
    """Return a statement's first word and the first table that it names."""
    words = text.replace("(", " ").replace(".", " ").split()
    tables = (word for word in words if word in metadata.tables)
    return " ".join((words[0], next(tables, " ".join(words[1:3])))).strip()
