"""Run a command with private servers of PostgreSQL and RabbitMQ.

python -m benchmarks.servers bingosim bench pipeline --mode distributed

They are those of the tests: given by variables, else started for it and thrown away at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import postgres, rabbitmq


def main() -> int:
    """Run the command that the arguments are; return its exit code."""
    with postgres.server() as pattern, rabbitmq.server() as broker:
        environment = {
            **os.environ,
            "BINGOSIM_DATABASE_URL": pattern.format("postgres"),
            "BINGOSIM_BROKER_URL": broker.given,
        }
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
