"""The message: these runs of this batch are to be executed. There is no other.

Both sides import it. Its AsyncAPI document is `docs/asyncapi.json`, made by `asyncapi`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import core_schema

from bingosim.errors import UnreadableMessageError
from bingosim.storage.ids import Ids

VERSION: Final = 1
"""Of the message as it stands here; a change that older readers cannot read makes another."""
CONTENT_TYPE = "application/json"
"""Of a message's body."""
MOST_RUNS = 10_000
"""Runs of one message."""
_SHOWN = 80
"""Bytes of an unreadable body that an error shows."""


class _RunIds:
    """Ids in a message: a list of UUIDs in JSON, `Ids` in Python.

    A thousand objects of UUIDs take 3 ms to make, and nobody wants them: the store takes `Ids`.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        texts = core_schema.list_schema(core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(Ids.of_texts, texts),
            python_schema=core_schema.no_info_plain_validator_function(_ids),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda ids: ids.texts, return_schema=texts
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        uuid = {"type": "string", "format": "uuid"}
        return {"type": "array", "items": uuid, "minItems": 1, "maxItems": MOST_RUNS}


def _ids(given: object) -> Ids:
    """Take ids as they are, or pack single ones."""
    if isinstance(given, Ids):
        return given
    if isinstance(given, tuple | list) and all(isinstance(one, UUID) for one in given):
        return Ids.of(given)
    raise ValueError("expected Ids or UUIDs")


class ExecuteSimulationRunBatch(BaseModel):
    """Execute these runs of a batch: one unit of work, acknowledged once.

    A retry is the same message with only the runs that are to be tried again. It may arrive twice,
    late, out of order or never; runs that are not pending any more are skipped.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Literal[1]
    """Which form of the message this is."""
    message_id: UUID
    """The message's row in the database; the same when it is published again."""
    batch_id: UUID
    """Whose runs these are."""
    simulation_run_ids: Annotated[Ids, _RunIds]
    """The runs: each id is the batch's with the last 32 bits replaced by the run's index."""

    @model_validator(mode="after")
    def _check_runs(self) -> Self:
        ids = self.simulation_run_ids
        if not 1 <= len(ids) <= MOST_RUNS:
            raise ValueError(f"expected 1 to {MOST_RUNS:,} run ids, got {len(ids):,}")
        if not ids.are_of(self.batch_id):
            raise ValueError(f"there are run ids that are not of batch {self.batch_id}")
        return self


def encode(message: ExecuteSimulationRunBatch) -> bytes:
    """Return a message's body: JSON in UTF-8."""
    return message.model_dump_json().encode()


def parse(body: bytes) -> ExecuteSimulationRunBatch:
    """Read a message's body.

    Raises:
        UnreadableMessageError: It is no JSON, of a version that this release does not know, or not
            what a message holds; the error says which, and what was expected.
    """
    try:
        return ExecuteSimulationRunBatch.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableMessageError(_explain(body, error)) from None


def _explain(body: bytes, error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False)
    for one in found:
        if one["type"] == "json_invalid":
            shown = body[:_SHOWN].decode(errors="backslashreplace")
            return f"the message is no JSON: {one['msg']}; it begins {shown!r}"
        if one["type"] == "literal_error":
            return f"the message is of version {one['input']!r}; this release knows {VERSION}"
    places = (".".join(map(str, one["loc"])) or "as a whole" for one in found)
    said = (f"{place}: {one['msg']}" for place, one in zip(places, found, strict=True))
    return f"the message is no {ExecuteSimulationRunBatch.__name__}: {'; '.join(said)}"
