"""Collecting what is wrong with an event, each finding with its place in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from bingosim.errors import EventFileError, Finding
from bingosim.event.document import Document, written
from bingosim.event.words import explained

if TYPE_CHECKING:
    from bingosim.event.document import Path

MOST_FINDINGS = 500
"""A file this wrong is not an event; looking for what every word may have meant takes time."""

_MORE = "there may be more errors: only the first are shown"

T = TypeVar("T", bound=BaseModel)


class Findings:
    """Errors and warnings of one file; checks add to it and never stop at the first."""

    def __init__(self, file: str = "", document: Document | None = None) -> None:
        self._file = file
        self._document = document or Document(None)
        self._found: dict[Finding, None] = {}
        for problem in self._document.problems:
            self._add(problem.path, problem.message, "error", problem.line)

    def error(self, path: Path, message: str) -> None:
        """Add something that stops the work."""
        path = self._document.located(path)
        self._add(path, message, "error", self._document.line(path))

    def warning(self, path: Path, message: str) -> None:
        """Add something odd that can be simulated all the same."""
        path = self._document.located(path)
        self._add(path, message, "warning", self._document.line(path))

    def validated(self, model: type[T], data: Any, path: Path) -> T | None:
        """Return a valid piece, or add what is wrong with it and return None."""
        try:
            return model.model_validate(data, by_alias=True, by_name=False)
        except ValidationError as error:
            for place, message in explained(error, model, data):
                self.error((*path, *place), message)
            return None

    def line(self, path: Path) -> str:
        """Return ` on line 7` for a path, or nothing for a document without lines."""
        line = self._document.line(self._document.located(path))
        return f" on line {line}" if line else ""

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """All warnings, by line."""
        return tuple(finding for finding in self._sorted() if finding.severity == "warning")

    @property
    def all(self) -> tuple[Finding, ...]:
        """All findings, by line."""
        return tuple(self._sorted())

    def stop_at_errors(self) -> None:
        """Raise if there is an error.

        Raises:
            EventFileError: With every finding, by line; warnings are among them.
        """
        if any(finding.severity == "error" for finding in self._found):
            raise EventFileError(self._sorted())

    def _add(self, path: Path, message: str, severity: str, line: int) -> None:
        self._found[Finding(message, written(path), self._file, line, severity)] = None
        if severity == "error" and len(self._found) > MOST_FINDINGS:
            raise EventFileError([*self._sorted(), Finding(_MORE, file=self._file)])

    def _sorted(self) -> list[Finding]:
        return sorted(self._found, key=lambda finding: finding.line)
