"""What went wrong, as a page for people or as problem details (RFC 9457) for programs."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from bingosim.errors import (
    BingoSimError,
    DocumentError,
    EventFileError,
    ExecutionError,
    Finding,
    InputError,
    InUseError,
    MissingError,
    OtherEngineError,
    StaleError,
    StoredDataError,
)

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("bingosim.web")


class NotFoundError(InputError):
    """What an address names is not there."""


class ConflictError(InputError):
    """What was asked for does not go with how things stand."""


class UnseenError(InputError):
    """Who wants a change does not say which version they have seen."""


_STATUS: tuple[tuple[type[BingoSimError], int], ...] = (  # the first that fits
    (NotFoundError, 404),
    (MissingError, 404),
    (ConflictError, 409),
    (InUseError, 409),
    (StaleError, 412),
    (UnseenError, 428),
    (OtherEngineError, 409),
    (InputError, 422),
    (StoredDataError, 500),
    (ExecutionError, 503),
)
_WORDS = {
    400: "This request makes no sense",
    401: "A password or a token is needed",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "That does not go with how things stand",
    412: "Somebody else was quicker",
    413: "This is too large",
    421: "This server goes by another name",
    422: "Something is not right yet",
    428: "It could overwrite what somebody else has done",
    429: "Too many tries",
    500: "Something broke",
    503: "This is not possible right now",
}


def described(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain objects."""
    return {
        "severity": finding.severity,
        "line": finding.line or None,
        "path": finding.path,
        "message": finding.message,
    }


def problem(request: Request, status: int, detail: str, **more: Any) -> Response:
    """Return an answer that says what is wrong: to programs in JSON, to people as a page."""
    title = _WORDS.get(status, HTTPStatus(status).phrase)
    headers = {"retry-after": "60"} if status in (429, 503) else {}
    if is_program(request):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
        # In ASCII: what is told of a request may hold halves of characters.
        return Response(json.dumps(body), status, headers, media_type=MEDIA_TYPE)
    page = request.app.state.site.templates.get_template("problem.html")
    html = page.render(title=title, detail=detail, status=status, path=request.url.path)
    return HTMLResponse(html, status, headers)


def is_program(request: Request) -> bool:
    """Return whether the answer is for a program."""
    return request.url.path.startswith("/api/") or request.url.path in (
        "/healthz",
        "/readyz",
        "/metrics",
    )


def broken(request: Request, error: Exception) -> Response:
    """Answer where BingoSim itself is at fault; the log says more, the answer nothing."""
    reference = secrets.token_hex(4)
    log.error(
        "%s %s failed (reference %s)", request.method, request.url.path, reference, exc_info=error
    )
    detail = f"This is a defect of BingoSim. Its log says more under the reference {reference}."
    return problem(request, 500, detail, reference=reference)


def _more(error: BingoSimError) -> dict[str, Any]:
    """Return what programs want to know of a failure besides its words."""
    if isinstance(error, DocumentError):
        wrong = error.wrong.items()
        return {"errors": [{"field": field, "message": message} for field, message in wrong]}
    if isinstance(error, StaleError):
        return {"version": error.version}
    if isinstance(error, InUseError):
        return {"effects": [{**asdict(one), "event": str(one.event)} for one in error.effects]}
    return {}


def add_handlers(app: FastAPI) -> None:
    """Have every expected failure answered."""

    @app.exception_handler(BingoSimError)
    def _expected(request: Request, error: BingoSimError) -> Response:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        if isinstance(error, EventFileError):
            found = [described(finding) for finding in error.findings]
            return problem(request, status, "The event cannot be simulated.", findings=found)
        return problem(request, status, str(error), **_more(error))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {"field": ".".join(str(step) for step in part["loc"][1:]), "message": part["msg"]}
            for part in error.errors()
        ]
        said = "; ".join(f"{one['field'] or 'body'}: {one['message']}" for one in wrong)
        return problem(request, 422, said, errors=wrong)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        words = {404: "Nothing has this address.", 405: "Not by this method."}
        answer = problem(request, error.status_code, words.get(error.status_code, error.detail))
        answer.headers.update(error.headers or {})
        return answer
