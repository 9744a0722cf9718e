"""Everything BingoSim raises on purpose.

The command line turns these into a message on stderr and an exit code; whatever else escapes is a
defect of BingoSim, not of its input.

    BingoSimError
    ├── InputError            the user's input is wrong (exit code 2)
    │   ├── EventFileError    an event file, with every finding and its place
    │   ├── UnknownKeyError   a name that nothing has, with the nearest ones that exist
    │   ├── DocumentError     a piece of the library, with what is wrong with each field
    │   ├── MissingError      what was meant is not there, or not any more
    │   ├── StaleError        somebody else has changed it meanwhile
    │   └── InUseError        others use it, and would lose something
    └── ExecutionError        the input was right and it failed all the same (exit code 1)
        ├── DatabaseError     the database cannot be used just now; later it may be
        ├── StoredDataError   stored results that are cut, foreign, or of a newer release
        ├── UnreadableMessageError  what the broker delivered is no message of this release
        └── OtherEngineError  a batch that this process's engine must not execute
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class BingoSimError(Exception):
    """The root of the tree: catch it to catch all that BingoSim raises on purpose."""

    exit_code = 1


class InputError(BingoSimError):
    """What the user gave is wrong; the message says what was expected."""

    exit_code = 2


class ExecutionError(BingoSimError):
    """The input was right and the work could not be done."""


class DatabaseError(ExecutionError):
    """The database cannot be used just now: it is away, or too busy. Trying again may help."""


class StoredDataError(ExecutionError):
    """Stored results cannot be read: they are cut, foreign, or were written by a newer release."""


class UnreadableMessageError(ExecutionError):
    """What the broker delivered is no message, or one of a release that this one does not know."""


class OtherEngineError(ExecutionError):
    """A batch belongs to another engine: this one's results would not be the same."""

    def __init__(self, batch: object, wanted: str, here: Iterable[str]) -> None:
        super().__init__(
            f"batch {batch} is executed by engine {wanted}; this process has {', '.join(here)}: "
            "run the release that the batch was started with, or start the batch anew"
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with (or odd about) an event file, and where.

    Attributes:
        message: What is wrong and what was expected, in a person's words.
        path: Where in the document, such as `board.rows[0][1].need`; empty for the whole file.
        file: The file's name as the user gave it; empty where there is no file.
        line: 1-based line in the file; 0 where there is none.
        severity: `error` stops the work, `warning` does not.
    """

    message: str
    path: str = ""
    file: str = ""
    line: int = 0
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        head = ": ".join(part for part in (place, self.path) if part)
        text = f"{head}: {self.message}" if head else self.message
        return text if self.severity == "error" else f"{self.severity}: {text}"


class EventFileError(InputError):
    """An event file that cannot be simulated; carries every finding, not only the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class UnknownKeyError(InputError):
    """A key or name that nothing has; the message names the nearest ones that exist."""

    def __init__(self, kind: str, key: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no {kind} {key!r}{nearest(key, known)}")


class DocumentError(InputError):
    """A document of the library is malformed; carries what is wrong with each field.

    Attributes:
        wrong: Path in the document, such as `plays[0]` -> what is wrong there, and was expected.
    """

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{p}: {said}" if p else said for p, said in wrong.items()))
        self.wrong = dict(wrong)


class MissingError(InputError):
    """What was meant is not there, or not any more."""


class StaleError(InputError):
    """Somebody else has changed it since it was read: nothing was overwritten.

    Attributes:
        version: The version that is there now.
    """

    def __init__(self, what: str, version: int) -> None:
        super().__init__(f"{what} was changed meanwhile (it is at version {version} now)")
        self.version = version


class InUseError(InputError):
    """Others use it, and would lose something by that.

    Attributes:
        effects: What would be lost: for each event an `bingosim.library.effects.Effect`.
    """

    def __init__(self, message: str, effects: Sequence[Any]) -> None:
        super().__init__(message)
        self.effects = tuple(effects)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)` with up to three known words like `word`, or nothing."""
    matches = get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(map(repr, matches))}?)" if matches else ""
