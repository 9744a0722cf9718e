"""Who may come in: a password, sessions that prove it, tokens for programs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from bingosim.errors import InputError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bingosim.settings import Settings

COOKIE = "bingosim_session"
SESSION_SECONDS = 14 * 86_400
SHORTEST_TOKEN = 16
TRIES, TRIES_OF_ALL, WITHIN_SECONDS = 5, 50, 60.0
"""Wrong passwords from one address, and from all together, in so many seconds."""
_HASH = "$argon2"
_SALT = b"bingosim session key"


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(settings: Settings, host: str) -> None:
    """Refuse to serve others without a password.

    Raises:
        InputError: The address is not this machine's own, and no password is set.
    """
    if not is_loopback(host) and settings.password is None:
        raise InputError(
            f"who can reach {host} could use everything here: set BINGOSIM_PASSWORD first, or "
            "listen on 127.0.0.1"
        )


def takes_modules(settings: Settings) -> bool:
    """Return whether events that come here may name a module as a strategy, and have it run."""
    if settings.own_strategies == "local":
        return is_loopback(settings.host)
    return settings.own_strategies == "always"


class TooManyTriesError(Exception):
    """Wrong passwords came too often."""


@dataclass(slots=True)
class Tries:
    """When wrong passwords came, from each address."""

    _lock: Lock = field(default_factory=Lock)
    _all: deque[float] = field(default_factory=deque)
    _of: dict[str, deque[float]] = field(default_factory=dict)

    def check(self, address: str) -> None:
        """Refuse an address from which too many came.

        Raises:
            TooManyTriesError: There were too many lately.
        """
        with self._lock:
            since = time.monotonic() - WITHIN_SECONDS
            for name in [name for name, times in self._of.items() if times[-1] < since]:
                del self._of[name]
            while self._all and self._all[0] < since:
                self._all.popleft()
            own = [moment for moment in self._of.get(address, ()) if moment >= since]
            if len(own) >= TRIES or len(self._all) >= TRIES_OF_ALL:
                raise TooManyTriesError

    def note(self, address: str) -> None:
        """Take in a wrong password."""
        with self._lock:
            now = time.monotonic()
            self._all.append(now)
            self._of.setdefault(address, deque(maxlen=TRIES)).append(now)


class Access:
    """Checks passwords, sessions and tokens; holds none of them as text.

    A session is a signed moment, so that it outlives a restart; another password ends them all.

    Args:
        password: What people log in with, or its Argon2 hash; None lets everybody in.
        tokens: What programs may use, with blanks between them.

    Raises:
        InputError: A token is too short, or the hash is none.
    """

    def __init__(self, password: SecretStr | None, tokens: SecretStr | None) -> None:
        self._hasher = PasswordHasher()
        self._hash = self._key = None
        self._checking = Lock()  # one at a time: each takes 64 MB
        self._ended: set[str] = set()
        self.tries = Tries()
        if password is not None:
            text = password.get_secret_value()
            self._hash = text if text.startswith(_HASH) else self._hasher.hash(text)
            self._key = hashlib.scrypt(text.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)
            self._check_hash()
        words = tokens.get_secret_value().replace(",", " ").split() if tokens else []
        if any(len(word) < SHORTEST_TOKEN for word in words):
            raise InputError(
                f"BINGOSIM_API_TOKENS: a token must have {SHORTEST_TOKEN} characters or more"
            )
        self._tokens = [hashlib.sha256(word.encode()).digest() for word in words]

    @property
    def asked(self) -> bool:
        """Whether anybody has to prove anything."""
        return self._hash is not None

    def is_password(self, text: str, address: str) -> bool:
        """Return whether this is the password.

        Raises:
            TooManyTriesError: Wrong ones came too often from that address, or from all.
        """
        self.tries.check(address)
        with self._checking:
            try:
                right = self._hash is not None and self._hasher.verify(self._hash, text)
            except Argon2Error:
                right = False
        if not right:
            self.tries.note(address)
        return right

    def new_session(self) -> str:
        """Return the value of a cookie that proves that the password was given."""
        said = f"{int(time.time())}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._signature(said)}"

    def is_session(self, cookie: str) -> bool:
        """Return whether a cookie proves that."""
        said, _, signature = cookie.rpartition(".")
        begun, _, _ = said.partition(".")
        if self._key is None or not begun.isdecimal() or cookie in self._ended:
            return False
        fresh = 0 <= time.time() - int(begun[:12]) <= SESSION_SECONDS
        return fresh and hmac.compare_digest(signature.encode(), self._signature(said).encode())

    def end_session(self, cookie: str) -> None:
        """Let a cookie prove nothing any more, as long as this process lives."""
        if self.is_session(cookie):
            self._ended.add(cookie)

    def is_token(self, text: str) -> bool:
        """Return whether this is one of the tokens."""
        given = hashlib.sha256(text.encode(errors="replace")).digest()
        return any(hmac.compare_digest(given, known) for known in self._tokens)

    def _signature(self, said: str) -> str:
        digest = hmac.digest(self._key or b"", said.encode(errors="replace"), "sha256")
        return base64.urlsafe_b64encode(digest).decode()

    def _check_hash(self) -> None:
        try:
            self._hasher.check_needs_rehash(self._hash or "")
        except InvalidHashError:
            raise InputError("BINGOSIM_PASSWORD begins like an Argon2 hash and is none") from None
