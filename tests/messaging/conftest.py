"""Publishing is for PostgreSQL; what both databases do stands in `tests/storage/test_outbox.py`."""

from __future__ import annotations

import pytest


@pytest.fixture
def kind() -> str:
    """The kind of database."""
    return "postgresql"
