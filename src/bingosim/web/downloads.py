"""Results as files: written to a temporary directory, packed, sent piece by piece."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.responses import StreamingResponse

from bingosim.batch.stored import export_batch
from bingosim.errors import InputError
from bingosim.payloads.chunk import Timelines
from bingosim.web.problems import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from bingosim.storage.batches import Batch
    from bingosim.web.site import Site

PIECE = 2**16
FORMATS = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSON Lines"}


def file_name(batch: Batch, ending: str) -> str:
    """Return a name for a file about a batch that every system takes."""
    return f"{plain_name(batch.name) or 'batch'}-{str(batch.id)[:8]}.{ending}"


def plain_name(name: str) -> str:
    """Return what of a name every system takes in the name of a file; it may be nothing."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]


def attachment(batch: Batch, ending: str) -> dict[str, str]:
    """Return the header that has a browser save the answer."""
    return _saved_as(file_name(batch, ending))


def event_attachment(name: str, ending: str) -> dict[str, str]:
    """Return the same for an event file, by the event's name."""
    return _saved_as(f"{plain_name(name) or 'event'}.{ending}")


def runs_as_zip(site: Site, batch: Batch, kind: str) -> StreamingResponse:
    """Send every run of a batch, and when it completed each tile as far as that is kept.

    Raises:
        ConflictError: There are no results yet.
    """
    packed = tempfile.TemporaryFile()  # noqa: SIM115 - closed when all of it is sent
    try:
        with tempfile.TemporaryDirectory(prefix="bingosim-") as directory:
            _export(site, batch, directory, kind)
            # Parquet is compressed already.
            method = zipfile.ZIP_STORED if kind == "parquet" else zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(packed, "w", method, compresslevel=3) as archive:
                for path in sorted(Path(directory).iterdir()):
                    archive.write(path, path.name)
    except BaseException:
        packed.close()
        raise
    size = packed.tell()
    packed.seek(0)
    headers = {**attachment(batch, f"{kind}.zip"), "content-length": str(size)}
    return StreamingResponse(_pieces(packed), media_type="application/zip", headers=headers)


def _export(site: Site, batch: Batch, directory: str, kind: str) -> None:
    try:
        try:
            export_batch(site.database, batch.id, directory, kind, batch.timelines)
        except InputError:  # some runs were stored with fewer timelines
            export_batch(site.database, batch.id, directory, kind, Timelines.NONE)
    except InputError as error:
        raise ConflictError(str(error)) from None


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _saved_as(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
