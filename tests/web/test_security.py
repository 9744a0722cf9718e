"""Who may come in, what every answer carries, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from bingosim.errors import InputError
from bingosim.settings import Settings
from bingosim.web.access import TRIES, check_address
from bingosim.web.guard import LARGEST_BODY
from tests.web.conftest import client_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bingosim.storage.database import Database

PASSWORD = "a long password"  # noqa: S105 - nobody's
TOKEN = "a-token-of-some-length"  # noqa: S105 - nobody's
FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
)


@pytest.mark.parametrize(
    "path", ["/", "/batches", "/nothing", "/api/v1/batches", "/api/v1/x", "/static/app.css"]
)
def test_every_answer_carries_the_policy_and_nothing_inline(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    if answer.headers["content-type"].startswith("text/html"):
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
        assert "<script>" not in answer.text
        assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("headers", FOREIGN)
def test_requests_of_other_sites_pages_are_refused(
    client: TestClient, running: str, headers: dict[str, str]
) -> None:
    for path in (f"/batches/{running}/cancel", f"/api/v1/batches/{running}/cancel"):
        assert client.post(path, headers=headers).status_code == 403
    assert client.get(f"/api/v1/batches/{running}").json()["status"] == "running"


@pytest.mark.parametrize(
    "headers", [{}, {"sec-fetch-site": "same-origin"}, {"origin": "http://127.0.0.1:8080"}]
)
def test_requests_of_its_own_pages_and_of_programs_are_taken(
    client: TestClient, running: str, headers: dict[str, str]
) -> None:
    assert client.post(f"/batches/{running}/pause", headers=headers).status_code == 303


def test_a_name_that_a_foreign_dns_points_here_is_refused(client: TestClient) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "[::1", ""):
        assert client.get("/", headers={"host": host}).status_code == 421, host
    for host in ("localhost:1", "127.0.0.1", "[::1]:8080"):
        assert client.get("/", headers={"host": host}).status_code == 200, host


def test_bodies_are_bounded(client: TestClient) -> None:
    too_large = b" " * (LARGEST_BODY + 1)
    pieces = iter([too_large[:100_000], too_large])  # sent without saying how much will come
    for content in (too_large, pieces):
        answer = client.post("/api/v1/events/validate", content=content)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "default-src" in answer.headers["content-security-policy"]
    form = {"content-type": "multipart/form-data; boundary=x"}
    pieces = iter([b"--x\r\n", too_large])
    assert client.post("/forecasts", content=pieces, headers=form).status_code == 413


def test_another_address_asks_for_a_password() -> None:
    for host in ("0.0.0.0", "192.168.1.5", "::", "example.org"):  # noqa: S104 - refused
        with pytest.raises(InputError, match="BINGOSIM_PASSWORD"):
            check_address(Settings(), host)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        check_address(Settings(), host)


@pytest.mark.parametrize(
    "password", [PASSWORD, PasswordHasher(time_cost=1).hash(PASSWORD)], ids=["text", "hash"]
)
def test_with_a_password_people_log_in_first(store: Database, password: str) -> None:
    with client_of(store, password=password) as client:
        answer = client.get("/batches?q=x")
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/login?next=/batches%3Fq%3Dx",
        )
        assert client.get("/static/app.css").status_code == 200
        assert client.post("/login", data={"password": "wrong"}).status_code == 403
        answer = client.post("/login", data={"password": PASSWORD, "next": "/batches?q=x"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/batches?q=x")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert PASSWORD not in cookie
        assert client.get("/batches").status_code == 200
    with client_of(store, password=password) as anew:  # sessions outlive a restart
        anew.cookies = client.cookies
        assert anew.get("/batches").status_code == 200
        anew.post("/logout")
        assert anew.get("/batches").status_code == 303
    with client_of(store, password="another") as other:  # noqa: S106 - nobody's
        other.cookies.update(dict(client.cookies))
        assert other.get("/batches").status_code == 303


@pytest.mark.parametrize("next_page", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_logging_in(store: Database, next_page: str) -> None:
    with client_of(store, password=PASSWORD) as client:
        answer = client.post("/login", data={"password": PASSWORD, "next": next_page})
        assert answer.headers["location"] == "/"


def test_wrong_passwords_are_limited(store: Database) -> None:
    with client_of(store, password=PASSWORD) as client:
        codes = [
            client.post("/login", data={"password": "x"}).status_code for _ in range(TRIES + 1)
        ]
        assert codes == [403] * TRIES + [429]
        assert client.post("/login", data={"password": PASSWORD}).status_code == 429


def test_programs_use_tokens(store: Database) -> None:
    with client_of(store, password=PASSWORD, api_tokens=f"{TOKEN} another-token-of-it") as client:
        answer = client.get("/api/v1/batches")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert client.get("/metrics").status_code == 401
        assert client.get("/healthz").status_code == 200
        for token, code in ((TOKEN, 200), ("another-token-of-it", 200), ("wrong", 401), ("", 401)):
            answer = client.get("/api/v1/batches", headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == code, token


def test_a_short_token_is_refused(store: Database) -> None:
    with pytest.raises(InputError, match="16 characters"):
        client_of(store, api_tokens="short")


def test_a_forged_session_proves_nothing(store: Database) -> None:
    with client_of(store, password=PASSWORD) as client:
        for forged in ("", "1.2.3", "9999999999.x.y", "." * 9, "1700000000.a.é"):
            cookie = {b"cookie": f"bingosim_session={forged}".encode()}
            assert client.get("/batches", headers=cookie).status_code == 303
