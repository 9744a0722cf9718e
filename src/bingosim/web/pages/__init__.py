"""What people see: one module for each subject."""

from __future__ import annotations

from fastapi import APIRouter

from bingosim.web.pages import (
    batch,
    batches,
    compare,
    files,
    forecasts,
    home,
    live,
    login,
    operations,
    runs,
    steering,
)

router = APIRouter(include_in_schema=False)
# Fixed words of an address before those that stand for any text.
for module in (
    home,
    login,
    operations,
    compare,
    forecasts,
    batches,
    files,
    live,
    runs,
    steering,
    batch,
):
    router.include_router(module.router)
