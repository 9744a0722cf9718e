"""Serving the application until a signal ends it."""

from __future__ import annotations

import errno
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from bingosim.errors import ExecutionError
from bingosim.web.access import check_address
from bingosim.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from fastapi import FastAPI

    from bingosim.settings import Settings
    from bingosim.storage.database import Database

CLOSE_SECONDS = 2
"""How long open requests may hold up the end."""


def serve(settings: Settings, database: Database, ready: Callable[[str], None]) -> None:
    """Serve pages and API until SIGINT or SIGTERM.

    Args:
        settings: Where, and all else.
        database: Where batches are.
        ready: Told the address once requests are taken.

    Raises:
        InputError: The address is not this machine's own, and no password is set.
        ExecutionError: The address cannot be listened on.
    """
    check_address(settings, settings.host)
    app = create_app(settings, database)
    with _listening(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSE_SECONDS,
        )
        _Server(config, app, lambda: ready(f"http://{shown}:{port}")).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when it is ready; ends open streams as soon as a signal comes."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - theirs
        # Otherwise a page that watches a batch would keep its connection for as long as that runs.
        self._app.state.site.closing.set()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True  # and no more: uvicorn would raise the signal again at the end


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ExecutionError(
                f"port {port} of {host} is in use: choose another with --port, or see whether "
                "BingoSim is there already"
            ) from None
        raise ExecutionError(f"cannot listen on {host}: {error.strerror or error}") from None
    return listener
