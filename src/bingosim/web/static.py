"""Style sheets and scripts: few and small, so they are kept in memory, plain and compressed."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from mimetypes import guess_type
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from bingosim.web.problems import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

FOREVER = "public, max-age=31536000, immutable"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """One file."""

    name: str
    content: bytes

    @cached_property
    def mark(self) -> str:
        """What its address ends with, so that another content has another address."""
        return hashlib.sha256(self.content).hexdigest()[:12]

    @cached_property
    def packed(self) -> bytes:
        """It, compressed."""
        return gzip.compress(self.content, mtime=0)

    @property
    def media_type(self) -> str:
        """What it is."""
        return guess_type(self.name)[0] or "application/octet-stream"


class Assets:
    """All files under `static/`."""

    def __init__(self) -> None:
        root = files("bingosim.web").joinpath("static")
        self._found = {asset.name: asset for asset in _read(root, "")}

    def address(self, name: str) -> str:
        """Return the address of a file."""
        return f"/static/{name}?{self._found[name].mark}"

    def find(self, name: str) -> Asset:
        """Return a file.

        Raises:
            NotFoundError: There is no such file.
        """
        asset = self._found.get(name)
        if asset is None:
            raise NotFoundError(f"there is no file {name}")
        return asset


def _read(folder: Traversable, prefix: str) -> Iterator[Asset]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _read(entry, f"{prefix}{entry.name}/")
        else:
            yield Asset(prefix + entry.name, entry.read_bytes())


@router.get("/static/{name:path}")
def static(name: str, request: Request) -> Response:
    """Send a file."""
    asset = request.app.state.site.assets.find(name)
    headers = {"etag": f'"{asset.mark}"', "vary": "accept-encoding"}
    headers["cache-control"] = FOREVER if request.url.query == asset.mark else "no-cache"
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    packs = "gzip" in request.headers.get("accept-encoding", "")
    if packs:
        headers["content-encoding"] = "gzip"  # and the middleware leaves it alone
    body = asset.packed if packs else asset.content
    return Response(body, headers=headers, media_type=asset.media_type)
