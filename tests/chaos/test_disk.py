"""Disks that are full, files that may not be written, are damaged or locked: said, and survived."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bingosim.batch.submit import submit
from bingosim.errors import BingoSimError
from bingosim.storage.batches import list_batches
from bingosim.storage.database import Database, open_url
from bingosim.storage.migrate import open_database
from bingosim.storage.states import BatchStatus
from tests.chaos.checks import check_complete, check_empty, clear, go_on, kept, url_of
from tests.chaos.events import MESSAGE_SIZE, RUNS, SEED, SNAPSHOT
from tests.chaos.processes import Moment

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from uuid import UUID

    from tests.chaos.conftest import Case
    from tests.chaos.processes import Outcome

NOBODY = 65534
"""Whom a child is instead of root, who may write everything."""
SOME, MANY = 300, 2000
"""Runs that take more room than there is, to execute and to submit."""
PAGE = 4096
LONGEST = 600
"""Characters of an error, a path among them."""


@pytest.fixture
def kind() -> str:
    """These are about SQLite's file."""
    return "sqlite"


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every user can reach, unlike those of pytest."""
    found = Path(tempfile.mkdtemp(prefix="bingosim-chaos-", dir="/tmp"))
    yield found
    found.chmod(0o755)
    shutil.rmtree(found)


def new_batch(database: Database, runs: int = RUNS) -> UUID:
    batch = submit(database, SNAPSHOT, runs, SEED, message_size=MESSAGE_SIZE)
    database.close()
    return batch


def said(outcome: Outcome, *expected: str) -> str:
    """Check that a child ended with an error of one line that says one of these."""
    assert outcome.error is not None, f"it came to its end: {outcome.done}"
    kind, message = outcome.error
    assert kind == "DatabaseError"
    assert "\n" not in message
    (found, *_) = [part for part in expected if part in message] or pytest.fail(message)
    return found


# -- full disks ----------------------------------------------------------------------------------

FULL, BROKEN = "database or disk is full; make room", "its disk is full or broken"


@pytest.mark.parametrize("limit", ["limit_pages", "limit_bytes"])
def test_no_room_to_execute(sqlite_template: Path, tmp_path: Path, case: Case, limit: str) -> None:
    """The file may grow by a few pages, or no file beyond a size; then there is room again."""
    case.name = f"{case.name}, {limit.replace('_', ' ')}"

    def once(luck: random.Random, number: int) -> str:
        path = tmp_path / f"{number}.db"
        shutil.copy(sqlite_template, path)
        with closing(open_url(f"sqlite:///{path}")) as database:
            batch = new_batch(database, SOME)
            most = luck.randint(0, 3) if limit == "limit_pages" else PAGE * luck.randint(1, 30)
            job = {"url": url_of(database), "batch": str(batch)}
            outcome = case.server.do("execute", limits={limit: most}, **job)
            enough = outcome.error is None  # messages that are settled make room for results
            if not enough:
                said(outcome, FULL, BROKEN)
                kept(database, batch)
                go_on(database, batch)
            check_complete(database, batch, SOME)
        path.unlink()
        return "room enough" if enough else "said, then complete"

    case.repeat(once)


def test_no_room_to_submit(database: Database, case: Case) -> None:
    def once(luck: random.Random, _number: int) -> str:
        job = {"url": url_of(database), "runs": MANY, "message_size": MESSAGE_SIZE}
        said(case.server.do("submit", limits={"limit_pages": luck.randint(0, 20)}, **job), FULL)
        check_empty(database)
        database.close()
        return "said, and nothing was there"

    case.repeat(once)


@contextlib.contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """Mount a file system in memory that holds so many bytes."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("no right to mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S607


def fill(file: Path, leave: int) -> None:
    """Fill a disk but for some bytes."""
    with file.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(bytes(PAGE))
    os.truncate(file, max(0, file.stat().st_size - leave))


def test_a_full_disk(sqlite_template: Path, place: Path, case: Case) -> None:
    """A real one."""

    def once(luck: random.Random, _number: int) -> str:
        with small_disk(place, 4 << 20):
            shutil.copy(sqlite_template, place / "bingosim.db")
            with closing(open_url(f"sqlite:///{place / 'bingosim.db'}")) as database:
                batch = new_batch(database)
                fill(place / "filler", leave=PAGE * luck.randint(0, 40))
                job = {"url": url_of(database), "batch": str(batch)}
                said(case.server.do("execute", **job), FULL, BROKEN)
                (place / "filler").unlink()
                go_on(database, batch)
                check_complete(database, batch, RUNS)
        return "said, then complete"

    case.repeat(once)


# -- rights --------------------------------------------------------------------------------------

CANNOT_WRITE = "it cannot be written: you need the right to write its file and its directory"
CANNOT_OPEN = "you need the right to read and write its file and its directory"


@pytest.mark.parametrize(
    ("file", "directory"),
    [(0o444, 0o555), (0o444, 0o777), (0o666, 0o555), (0o000, 0o777), (0o666, 0o000)],
)
def test_no_right_to_write(
    sqlite_template: Path, place: Path, case: Case, file: int, directory: int
) -> None:
    case.name = f"{case.name}, {file:03o} in {directory:03o}"
    path = place / "bingosim.db"

    def once(_luck: random.Random, number: int) -> str:
        shutil.copy(sqlite_template, path)
        with closing(open_url(f"sqlite:///{path}")) as database:
            batch = new_batch(database)
            path.chmod(file)
            place.chmod(directory)
            job = {"url": url_of(database), "user": NOBODY if os.getuid() == 0 else None}
            outcome = (
                case.server.do("execute", batch=str(batch), **job)
                if number % 2
                else case.server.do("submit", runs=RUNS, message_size=MESSAGE_SIZE, **job)
            )
            place.chmod(0o755)
            path.chmod(0o644)
            said(outcome, CANNOT_WRITE, CANNOT_OPEN)
            assert [found.id for found in list_batches(database)] == [batch]
            go_on(database, batch)
            check_complete(database, batch, RUNS)
        path.unlink()
        return "said, then complete"

    case.repeat(once)


def test_no_right_to_make_the_file(place: Path, case: Case) -> None:
    def once(_luck: random.Random, number: int) -> str:
        place.chmod(0o555)
        user = NOBODY if os.getuid() == 0 else None
        name = ("bingosim.db", "new/bingosim.db")[number % 2]
        outcome = case.server.do("open", url=f"sqlite:///{place / name}", user=user)
        said(
            outcome, CANNOT_OPEN, f"cannot make {place / 'new'} for the database: Permission denied"
        )
        return "said"

    case.repeat(once)


# -- damage and locks ----------------------------------------------------------------------------


def damage(file: Path, luck: random.Random) -> None:
    """Cut a file, or write garbage over some bytes or a page of it."""
    size = file.stat().st_size
    with file.open("r+b") as stream:
        match luck.choice(["cut", "bytes", "page"]):
            case "cut":
                stream.truncate(luck.randrange(1, size))
            case "bytes":
                stream.seek(luck.randrange(size))
                stream.write(luck.randbytes(luck.choice([1, 16, 512])))
            case "page":
                stream.seek(PAGE * luck.randrange(size // PAGE))
                stream.write(luck.randbytes(PAGE))


def test_a_damaged_file(sqlite_template: Path, tmp_path: Path, case: Case) -> None:
    """It is said, or it did not matter; no result is ever wrong and no other error escapes."""

    def once(luck: random.Random, number: int) -> str:
        path = tmp_path / f"{number}.db"
        shutil.copy(sqlite_template, path)
        with closing(open_url(f"sqlite:///{path}")) as database:
            batch = new_batch(database)
            asked = iter(range(8))
            go_on(database, batch, 1, lambda: next(asked, 8) == 8)
        damage(path, luck)
        message = ""
        try:
            with closing(open_database(f"sqlite:///{path}")) as database:
                if go_on(database, batch, 1) is not BatchStatus.COMPLETED:
                    return "ended as error, with the reason"
                check_complete(database, batch, RUNS)
        except BingoSimError as error:
            message = str(error)
        assert "\n" not in message
        assert len(message) < LONGEST
        path.unlink()
        return "said" if message else "did no harm"

    case.repeat(once)


def test_a_locked_file(database: Database, case: Case) -> None:
    """Another process writes for longer than anybody waits."""

    def once(_luck: random.Random, number: int) -> str:
        batch = new_batch(database)
        moment = Moment("after SELECT 1", kill=False)
        lock = case.server.start("lock", url=url_of(database), moment=moment)
        lock.wait_until_held()
        job = {"url": url_of(database), "limits": {"wait_shortly": 0.05}}
        outcome = (
            case.server.do("execute", batch=str(batch), **job)
            if number % 2
            else case.server.do("submit", runs=RUNS, message_size=MESSAGE_SIZE, **job)
        )
        said(outcome, "database is locked; another process has been writing to it")
        lock.let_go()
        assert lock.end().done == "let go"
        go_on(database, batch)
        check_complete(database, batch, RUNS)
        clear(database, batch)
        return "said, then complete"

    case.repeat(once)
