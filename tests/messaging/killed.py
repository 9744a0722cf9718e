"""A publisher that is killed when the broker has its messages and the database does not know.

python -m tests.messaging.killed DATABASE BROKER
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from bingosim.messaging.broker import read_broker_url
from bingosim.messaging.publisher import Publisher
from bingosim.storage import outbox
from bingosim.storage.database import open_url


def main() -> None:
    """Publish, and die before confirming the second time."""
    confirm, calls = outbox.confirm, 0

    def die(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        confirm(*arguments)

    outbox.confirm = die  # type: ignore[assignment]
    database, broker = open_url(sys.argv[1]), read_broker_url(sys.argv[2])
    asyncio.run(Publisher(database, broker, window=20).run())


if __name__ == "__main__":
    main()
