"""A proxy that can be cut: what a worker sees of a network that goes away and comes back."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_ONCE = 1 << 16
"""Bytes."""


class Proxy:
    """Forwards connections to a port of the loopback to a server.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, server: Path | int) -> None:
        """Begin to forward.

        Args:
            server: The server's socket, or its port on the loopback.
        """
        self._server = server
        self._open = threading.Event()
        self._open.set()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """Forward nothing from now on; nobody is told, and new connections get no answer."""
        self._open.clear()

    def restore(self, *, reset: bool) -> None:
        """Forward again.

        Args:
            reset: Whether connections are lost that were open, and what was on its way with them;
                otherwise it arrives late.
        """
        if reset:
            self._drop()
        self._open.set()

    def close(self) -> None:
        """End it."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes up who accepts
        self._listener.close()
        self._drop()
        self._open.set()

    def _drop(self) -> None:
        with self._lock:
            dropped, self._sockets = self._sockets, set()
        for one in dropped:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with client, self._known(client):
            self._open.wait()
            if self._closed:
                return
            with contextlib.suppress(OSError), self._connect() as server, self._known(server):
                back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
                back.start()
                self._pump(client, server)
                back.join()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(AT_ONCE):
                self._open.wait()
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> socket.socket:
        if isinstance(self._server, int):
            return socket.create_connection(("127.0.0.1", self._server))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._server))
        return server

    @contextlib.contextmanager
    def _known(self, one: socket.socket) -> Iterator[None]:
        with self._lock:
            self._sockets.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._sockets.discard(one)
