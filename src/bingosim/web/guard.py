"""What every request passes before anything else, and what every answer carries."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from bingosim.event.file import MOST_BYTES
from bingosim.event.strategies import modules_refused
from bingosim.web.access import COOKIE, is_loopback, takes_modules
from bingosim.web.problems import broken, is_program, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bingosim.web.site import Site

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_BODY = MOST_BYTES + 2**20
"""Bytes of a request: an event file, and what a form wraps around it."""
TOO_LARGE = f"At most {LARGEST_BODY:,} bytes are taken at once."
NO_MODULES = (
    "this server runs no modules that events name; choose a built-in strategy, or set "
    "BINGOSIM_OWN_STRATEGIES=always where it is started"
)
OPEN = frozenset({"/login", "/healthz", "/readyz"})
"""Where nobody has to prove anything; style sheets and scripts beside them."""
HEADERS = {
    # No inline script or style runs; Pico's little pictures are data.
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Refuses foreign hosts, cross-site requests and strangers; adds headers; hides tracebacks.

    Args:
        app: What it stands before.
        site: Who may come in, and under which name it is served.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        begun, taken = False, 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise HTTPException(413, TOO_LARGE)
            return message

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-cache")
            await send(message)

        refused = self._refused(request)
        if refused is not None:
            await refused(scope, receive, guarded)
            return
        try:
            with self._reading():
                await self._app(scope, bounded, guarded)
        except Exception as error:
            if begun:
                raise
            await broken(request, error)(scope, receive, guarded)

    def _reading(self) -> AbstractContextManager[None]:
        """Return what is entered while a request is answered: in it, events are read."""
        if takes_modules(self._site.settings):
            return nullcontext()
        return modules_refused(NO_MODULES)

    def _refused(self, request: Request) -> Response | None:
        if not self._is_ours(request.headers.get("host", "")):
            return problem(request, 421, "The address in the request is not this server's.")
        if request.method not in SAFE and _is_foreign(request):
            return problem(request, 403, "The request came from another site's page.")
        size = request.headers.get("content-length", "0")
        if size.isdecimal() and int(size[:18]) > LARGEST_BODY:
            return problem(request, 413, TOO_LARGE)
        path = request.url.path
        if path in OPEN or path.startswith("/static/") or self._may_enter(request):
            return None
        if is_program(request):
            answer = problem(request, 401, "Send a token: Authorization: Bearer TOKEN.")
            answer.headers["www-authenticate"] = "Bearer"
            return answer
        if "hx-request" in request.headers:  # fetch would follow it and put the page into a part
            return Response(status_code=204, headers={"hx-redirect": "/login"})
        query = f"?{request.url.query}" if request.url.query else ""
        back = quote(path + query) if request.method == "GET" else "/"
        return RedirectResponse(f"/login?next={back}", 303)

    def _is_ours(self, host: str) -> bool:
        """Refuse names that a foreign DNS may point here, where no password keeps them out."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return self._site.access.asked or is_loopback(name) or name == self._site.settings.host

    def _may_enter(self, request: Request) -> bool:
        access = self._site.access
        if not access.asked or access.is_session(request.cookies.get(COOKIE, "")):
            return True
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and access.is_token(token.strip())


def _is_foreign(request: Request) -> bool:
    """Return whether a browser sent it for a page of another site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")  # older browsers; programs send neither
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
