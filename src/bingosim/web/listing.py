"""Lists of the library, page by page: what was asked for, and the way to the next page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

ON_A_PAGE = 50
LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is asked for.

    Attributes:
        q: What was typed.
        number: Which page, from 1.
        filters: What else was chosen: names and values in the address.
    """

    q: str
    number: int
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return (self.number - 1) * ON_A_PAGE

    def address(self, base: str, number: int) -> str:
        """Return the address of a page of the same list."""
        asked = [("q", self.q)] if self.q else []
        asked += self.filters
        asked += [("page", str(number))] if number > 1 else []
        return f"{base}?{urlencode(asked)}" if asked else base

    def pages(self, total: int) -> int:
        """Return how many pages so many items have."""
        return max(1, -(-total // ON_A_PAGE))


def _search(
    q: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Search:
    return Search(q, page)


TheSearch = Annotated[Search, Depends(_search)]
