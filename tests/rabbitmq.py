"""A RabbitMQ server for the tests: a given one, else a private one, installed if need be."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bingosim.messaging.broker import Broker, open_channel, read_broker_url

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = "BINGOSIM_TEST_BROKER_URL"
"""Variable with the URL of a server on which the tests may make queues of their own."""
START_SECONDS = 120
PLACES = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/rabbitmq/sbin")
POLICY = Path("/usr/sbin/policy-rc.d")
"""What Debian asks before a package starts its service."""
CONFIGURATION = """
listeners.tcp.1 = 127.0.0.1:{amqp}
vm_memory_high_watermark.absolute = 1GiB
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 33554432
log.file.level = warning
log.console = false
"""


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[Server]:
    """A RabbitMQ server."""
    with server() as started:
        yield started


@pytest.fixture
def rabbitmq_node(rabbitmq: Server) -> Node:
    """The server as a node that may be stopped and started."""
    if rabbitmq.node is None:
        pytest.skip(f"{GIVEN} names a server that others use")
    return rabbitmq.node


@pytest.fixture
def broker(rabbitmq: Server) -> Iterator[Broker]:
    """Queues of its own."""
    named = read_broker_url(rabbitmq.url())
    yield named
    asyncio.run(_delete(named))


async def _delete(broker: Broker) -> None:
    async with open_channel(broker) as channel:
        for queue in (broker.runs, broker.dead_letters):
            await channel.queue_delete(queue.name)


@dataclass(frozen=True, slots=True)
class Server:
    """A server, on which each test has names of its own.

    Attributes:
        given: Its URL.
        node: The private one, to be stopped and started; None if the server was given.
    """

    given: str
    node: Node | None

    def url(self) -> str:
        """Return a URL with a new prefix for names."""
        joined = "&" if "?" in self.given else "?"
        return f"{self.given}{joined}prefix=test-{uuid4().hex[:12]}."


@contextlib.contextmanager
def server(consumer_timeout: int | None = None) -> Iterator[Server]:
    """Yield a server for the time of the block; with a timeout always a private one."""
    given = os.environ.get(GIVEN)
    if given and consumer_timeout is None:
        yield Server(given, None)
        return
    programs = _programs()
    # Short, since Erlang puts it in many paths; not pytest's, since another user may own the node.
    home = Path(tempfile.mkdtemp(prefix="bingosim-mq-", dir="/tmp"))
    user = _user()
    if user is not None:
        shutil.chown(home, user)
    node = Node(programs, home, user, consumer_timeout)
    try:
        node.start()
        yield Server(node.url, node)
    finally:
        node.close()
        shutil.rmtree(home, ignore_errors=True)


def _free_ports() -> tuple[int, int, int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        first, second, third = (one.getsockname()[1] for one in sockets)
        return first, second, third


@dataclass(slots=True)
class Node:
    """A private node: its data stays where it is while it is stopped, and so do its ports.

    Attributes:
        programs: Where RabbitMQ's programs are.
        home: A directory of its own; everything that the node writes is in it.
        user: Whom to run it as; None for whoever runs the tests.
        consumer_timeout: Milliseconds that a message may be unacknowledged; None is the default,
            half an hour.
    """

    programs: Path
    home: Path
    user: str | None
    consumer_timeout: int | None = None
    _ports: tuple[int, int, int] = field(default_factory=_free_ports, init=False)
    _epmd: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _beam: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._ports[0]

    @property
    def url(self) -> str:
        """Its URL."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        (self.home / "rabbitmq.conf").write_text(CONFIGURATION.format(amqp=self._ports[0]))
        (self.home / "plugins").write_text("[].\n")
        (self.home / "advanced.config").write_text(self._advanced())
        if self._epmd is None:
            epmd = shutil.which("epmd") or str(self.programs / "epmd")
            self._epmd = self._run([epmd, "-address", "127.0.0.1", "-port", str(self._ports[2])])
        self._beam = self._run([str(self.programs / "rabbitmq-server")])
        self._wait_until_ready()

    def stop(self) -> None:
        """Shut it down in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Have it vanish.

        RabbitMQ 3.10 notes the names of new quorum queues on the disk three minutes later, or when
        it is stopped in order; one that is younger does not come back from this.
        """
        self._end(signal.SIGKILL)

    def forget(self) -> None:
        """Lose all data, having been ended."""
        shutil.rmtree(self.home / "data")

    def close(self) -> None:
        """End all that was started."""
        self._end(signal.SIGKILL)
        if self._epmd is not None:
            self._epmd.terminate()
            self._epmd.wait(timeout=START_SECONDS)
            self._epmd = None

    def _end(self, how: signal.Signals) -> None:
        if self._beam is None:
            return
        self._beam.send_signal(how)
        try:
            self._beam.wait(timeout=START_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._beam.pid, signal.SIGKILL)  # Erlang's helpers are in its group
        self._beam = None

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                user=self.user,
                start_new_session=True,
            )

    def _advanced(self) -> str:
        if self.consumer_timeout is None:
            return "[].\n"
        # Channels look at what they have delivered once a minute by default.
        timeout, look = self.consumer_timeout, self.consumer_timeout // 4
        return (
            f"[{{rabbit, [{{consumer_timeout, {timeout}}}, {{channel_tick_interval, {look}}}]}}].\n"
        )

    def _environment(self) -> dict[str, str]:
        _, distribution, epmd = self._ports
        home = str(self.home)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": home,  # where Erlang keeps its cookie
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node: the pid is the node's
            "RABBITMQ_NODENAME": f"bingosim{self._ports[0]}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONF_ENV_FILE": f"{home}/none",
            "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{home}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{home}/generated",
            "RABBITMQ_MNESIA_BASE": f"{home}/data",
            "RABBITMQ_LOG_BASE": f"{home}/logs",
            "RABBITMQ_PID_FILE": f"{home}/pid",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(epmd),
            # Loopback only; schedulers that sleep when they have nothing to do.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} "
            "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _wait_until_ready(self) -> None:
        """Return when the node greets; its death ends the waiting at once."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._greets():
                return
            assert self._beam is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._beam.wait(timeout=0.1)
                break
        logs = "".join(path.read_text()[-2000:] for path in self.home.glob("log*/*"))
        pytest.fail(f"RabbitMQ did not start: {(self.home / 'log').read_text()[-2000:]}{logs}")

    def _greets(self) -> bool:
        with contextlib.suppress(OSError):
            address = ("127.0.0.1", self._ports[0])
            with socket.create_connection(address, timeout=1) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return connection.recv(1) == b"\x01"  # the first frame: Connection.Start
        return False


def _user() -> str | None:
    """Return whom to run the node as: no server should be root's."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "rabbitmq" if "rabbitmq" in names else "nobody"


def _programs() -> Path:
    """Return where RabbitMQ's programs are; install them where that is possible."""
    found = _find()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        with _services_stay_stopped():
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            install = ["install", "-y", "--no-install-recommends", "rabbitmq-server"]
            for arguments in (["update"], install):
                subprocess.run(["apt-get", "-q", *arguments], check=False, env=environment)  # noqa: S607
        found = _find()
    if found is None:
        pytest.fail(
            f"RabbitMQ is missing: install it (Debian: apt-get install rabbitmq-server), or set "
            f"{GIVEN} to the URL of a server on which queues may be made"
        )
    return found


def _find() -> Path | None:
    # Debian's programs on the PATH ask for root; the ones beside them do not.
    on_path = shutil.which("rabbitmq-server")
    places = [*map(Path, PLACES), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((place for place in places if (place / "rabbitmq-server").exists()), None)


@contextlib.contextmanager
def _services_stay_stopped() -> Iterator[None]:
    """Keep Debian from starting what it installs, unless the machine has its own rule for that."""
    try:
        with POLICY.open("x") as policy:
            policy.write("#!/bin/sh\nexit 101\n")
    except FileExistsError:
        yield
        return
    try:
        POLICY.chmod(0o755)
        yield
    finally:
        POLICY.unlink()
