"""What people see: one module for each subject."""

from __future__ import annotations

from fastapi import APIRouter

from bingosim.web.pages import (
    activities,
    batch,
    batches,
    board,
    compare,
    events,
    files,
    forecasts,
    home,
    live,
    login,
    operations,
    players,
    players_import,
    runs,
    steering,
    teams,
    tiles,
)

router = APIRouter(include_in_schema=False)
# Fixed words of an address before those that stand for any text.
for module in (
    *(home, login, operations, forecasts, players_import, players, activities),
    *(events, teams, tiles, board),
    *(compare, batches, files, live, runs, steering, batch),
):
    router.include_router(module.router)
