"""Events that come to the server and name a module: run on this machine only, unless told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bingosim.errors import InputError
from bingosim.event.strategies import find_named_strategy, modules_refused, own
from bingosim.library.imports import import_event
from bingosim.settings import Settings
from bingosim.web.access import takes_modules
from bingosim.web.app import create_app
from tests.web.conftest import ADDRESS, TINY, Idle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bingosim.storage.database import Database

MODULE = "found_beside_the_server"
NAMED = f"{MODULE}:mine"
PROOF = "a-proof-of-some-length"
OTHERS = "192.0.2.1"  # an address at which other machines ask
EVENT = TINY.replace("strategy: greedy", f"strategy: {NAMED}", 1)
REFUSED = f"the strategy '{NAMED}' is not taken: this server runs no modules that events name"


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module in the working directory with a strategy in it."""
    assert NAMED in EVENT
    code = "def mine(team, standing, player):\n    pass\n"
    (tmp_path / f"{MODULE}.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop(MODULE, None)


def client_of(store: Database, **settings: Any) -> TestClient:
    secrets: dict[str, Any] = {"password": SecretStr("open sesame"), "api_tokens": SecretStr(PROOF)}
    app = create_app(Settings(**secrets, **settings), store, CollectorRegistry())
    object.__setattr__(app.state.site, "background", Idle())
    headers = {"authorization": f"Bearer {PROOF}"}
    return TestClient(app, ADDRESS, headers=headers, follow_redirects=False)


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), (OTHERS, False), ("::", False)],
)
def test_modules_are_taken_where_only_this_machine_asks(host: str, here: bool) -> None:
    assert takes_modules(Settings(host=host)) is here
    assert takes_modules(Settings(host=host, own_strategies="always"))
    assert not takes_modules(Settings(host=host, own_strategies="never"))


@pytest.mark.parametrize(
    "settings", [{"host": OTHERS}, {"host": "127.0.0.1", "own_strategies": "never"}]
)
def test_no_way_in_imports_a_module(store: Database, settings: dict[str, str]) -> None:
    in_library = import_event(store, TINY.encode()).event
    with client_of(store, **settings) as client:
        looked_at = client.post("/api/v1/events/validate", json={"event": EVENT}).json()
        (finding,) = looked_at["findings"]
        assert REFUSED in finding["message"]
        assert "BINGOSIM_OWN_STRATEGIES=always" in finding["message"]
        assert finding["line"] > 0
        assert finding["path"] == "teams[0].strategy"
        for path in ("/api/v1/batches", "/api/v1/events/cost"):
            answer = client.post(path, json={"event": EVENT, "runs": 10})
            assert answer.status_code == 422
            assert REFUSED in answer.text
        form = {"text": EVENT, "runs": "10", "goal": "runs"}
        assert "is not taken" in client.post("/forecasts", data=form).text
        team = {"version": "1", "name": "Red", "strategy": NAMED}
        assert "is not taken" in client.post(f"/events/{in_library.id}/teams/0", data=team).text
        assert MODULE not in sys.modules


def test_elsewhere_modules_are_taken_if_that_is_wanted(store: Database) -> None:
    with client_of(store, host=OTHERS, own_strategies="always") as client:
        looked_at = client.post("/api/v1/events/validate", json={"event": EVENT}).json()
    assert looked_at["findings"] == []
    assert MODULE in sys.modules


def test_what_a_package_has_registered_is_no_foreign_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with modules_refused("so it is"):
        assert find_named_strategy("greedy").name == "greedy"
        with pytest.raises(InputError, match="is not taken: so it is"):
            find_named_strategy(NAMED)
        monkeypatch.setattr(own, "registered", lambda: [NAMED])
        assert find_named_strategy(NAMED).name == NAMED
    assert find_named_strategy(NAMED).name == NAMED
