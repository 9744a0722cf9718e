"""Server-sent events: whole snapshots, compressed, as often as they are cheap."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from bingosim.errors import BingoSimError, ExecutionError
from bingosim.web.site import Site

LEAST_SECONDS = 0.5
"""Between updates."""
SHARE = 0.04
"""Of a core, that one stream may take."""
BEAT_SECONDS = 15.0
"""After which something is sent though nothing changed, so that a lost reader is noticed."""
MOST_STREAMS = 100


class Update(NamedTuple):
    """What is sent.

    Attributes:
        kind: Name of the event.
        data: Its text.
        seconds: Of the processor, that making it took.
        last: Whether nothing will follow.
    """

    kind: str
    data: str
    seconds: float
    last: bool


def stream(request: Request, site: Site, look: Callable[[], Update]) -> StreamingResponse:
    """Send what `look` returns as often as it changes, until it says that it was the last.

    Raises:
        ExecutionError: Too many streams are open.
    """
    if len(_OPEN) >= MOST_STREAMS:
        raise ExecutionError("too many pages are open that show a running batch")
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    parts = _events(site, look)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        parts = _packed(parts)
    return StreamingResponse(parts, media_type="text/event-stream", headers=headers)


_OPEN: set[object] = set()


async def _events(site: Site, look: Callable[[], Update]) -> AsyncIterator[bytes]:
    mark = object()
    _OPEN.add(mark)
    try:
        sent, quiet = None, 0.0
        while not site.closing.is_set():
            try:
                update = await run_in_threadpool(look)
            except BingoSimError:  # deleted meanwhile, or the database is away: ask again later
                yield b"event: gone\ndata:\n\n"
                return
            if update.data != sent or update.last:
                yield _written(update)
                sent, quiet = update.data, 0.0
            elif quiet >= BEAT_SECONDS:
                yield b":\n\n"
                quiet = 0.0
            if update.last:
                yield b"event: end\ndata:\n\n"
                return
            pause = max(LEAST_SECONDS, update.seconds / SHARE)
            quiet += pause
            with suppress(TimeoutError):
                await asyncio.wait_for(site.closing.wait(), pause)
    finally:
        _OPEN.discard(mark)


def _written(update: Update) -> bytes:
    data = "\n".join(f"data:{line}" for line in update.data.splitlines())
    return f"event: {update.kind}\n{data}\n\n".encode()


async def _packed(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Compress a stream; what repeats what was sent before takes next to nothing."""
    packer = zlib.compressobj(6, wbits=31)
    async for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
