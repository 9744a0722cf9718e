"""ETags: who changes something says which version they have seen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header

from bingosim.errors import StaleError
from bingosim.library.items import Item
from bingosim.web.problems import UnseenError

IfMatch = Annotated[
    str | None,
    Header(
        max_length=1_000,
        description="The `ETag` of what you have changed: if it has another by now, nothing is "
        "done (412). `*` is any.",
        examples=['"3"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(max_length=1_000, description="An `ETag`: if that is the present one, 304 is all."),
]
_TAG = {"ETag": {"description": "Its version.", "schema": {"type": "string"}}}
TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _TAG}}
TAGGED_NEW: dict[int | str, dict[str, Any]] = {201: {"headers": _TAG}}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "You have it already"}}
"""What a description says of answers that carry an ETag."""


def tag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def names(header: str, version: int) -> bool:
    """Return whether a list of ETags has a version; proxies that compress may have weakened it."""
    tags = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in tags or tag(version) in tags


def seen(item: Item, if_match: str | None) -> int:
    """Return the version that whoever asks has seen, if it is the present one.

    Raises:
        UnseenError: They say nothing about it.
        StaleError: It is another one.
    """
    if if_match is None:
        raise UnseenError(f"say which version you have seen: If-Match: {tag(item.version)}")
    if not names(if_match, item.version):
        raise StaleError(f"the {item.kind} {item.name!r}", item.version)
    return item.version
