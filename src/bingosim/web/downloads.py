"""Results as files: written to a temporary directory, packed, sent piece by piece."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fastapi import Response
from fastapi.responses import StreamingResponse

from bingosim.batch.stored import export_batch
from bingosim.errors import InputError
from bingosim.payloads.timelines import Timelines
from bingosim.reporting.page import to_html
from bingosim.reporting.summary import to_markdown
from bingosim.web.problems import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from bingosim.storage.batches import Batch
    from bingosim.web.site import Site

PIECE = 2**16
FORMATS = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSON Lines"}
ReportKind = Literal["html", "png", "md"]
REPORTS: dict[ReportKind, tuple[str, str]] = {
    "html": ("Report (HTML)", "one page for a browser, without a network; prints well"),
    "png": ("Picture (PNG)", "to post: chances to win, and the board of the leading teams"),
    "md": ("Summary (Markdown)", "to post: below 2,000 characters"),
}
"""What a report is called, and what it is, by its ending."""
_MEDIA = {"html": "text/html", "png": "image/png", "md": "text/markdown"}


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


def report_as(site: Site, batch: Batch, kind: ReportKind) -> Response:
    """Send what a batch has come to as a page, as a picture, or as a summary."""
    result = site.results.result(site.results.standing(batch.id))
    content: bytes | str
    match kind:
        case "html":
            content = to_html(result.report, result.snapshot)
        case "png":
            from bingosim.reporting.picture import to_png  # noqa: PLC0415 - takes long

            content = to_png(result.report, result.snapshot)
        case "md":
            content = to_markdown(result.report)
    return Response(content, headers=attachment(batch, kind), media_type=_MEDIA[kind])


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
