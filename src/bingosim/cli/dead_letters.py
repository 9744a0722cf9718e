"""`bingosim batch dead-letters`: messages that no worker could read."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.errors import InputError

if TYPE_CHECKING:
    from bingosim.messaging.broker import Broker
    from bingosim.messaging.dead_letters import DeadLetter


def dead_letters(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Only these letters.", metavar="ID")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Send them to the workers again.")
    ] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Throw them away.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Show messages that no worker could read, or send them again.

    BINGOSIM_BROKER_URL names the broker. Nothing of a batch is lost with a message: its runs wait
    in the database.

    For example:

        bingosim batch dead-letters

        bingosim batch dead-letters --replay

        bingosim batch dead-letters sha256:0d5a1b6c7f22 --discard
    """
    from bingosim.messaging import dead_letters as letters

    if replay and discard:
        raise InputError("give one of --replay and --discard")
    if ids and not (replay or discard):
        raise InputError("ids go with --replay or --discard")
    broker = _named_broker()
    if replay:
        done, verb = letters.replay_dead_letters(broker, ids or None), "sent again"
    elif discard:
        done, verb = letters.discard_dead_letters(broker, ids or None), "thrown away"
    else:
        done, verb = letters.list_dead_letters(broker), ""
    found = asyncio.run(done)
    if as_json:
        typer.echo(json.dumps({"dead_letters": [_plain(one) for one in found]}, indent=2))
        return
    for letter in found:
        typer.echo("\n".join(_lines(letter, verb)))
    if not found:
        typer.echo("there are no dead letters")


def _named_broker() -> Broker:
    from bingosim.messaging.broker import read_broker_url
    from bingosim.settings import read_settings

    url = read_settings().broker_url
    if url is None:
        raise InputError("there is no broker: BINGOSIM_BROKER_URL names one")
    return read_broker_url(url.get_secret_value())


def _plain(letter: DeadLetter) -> dict[str, object]:
    died_at = None if letter.died_at is None else letter.died_at.isoformat()
    return {**asdict(letter), "died_at": died_at}


def _lines(letter: DeadLetter, verb: str) -> list[str]:
    when = "" if letter.died_at is None else f" {letter.died_at:%Y-%m-%d %H:%M:%S} UTC"
    head = f"{letter.id}  {letter.reason}{when}, {letter.size} bytes"
    if verb:
        return [f"{head}: {verb}"]
    return [head, f"  {letter.problem or 'it can be read'}", f"  {letter.excerpt}"]
