"""Players from CSV: looked at, and kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bingosim.errors import EventFileError, Finding
from bingosim.library.plain import to_json
from bingosim.library.roster import Roster, join, read_roster
from bingosim.library.table import MOST_BYTES
from bingosim.web.api.library_models import ID
from bingosim.web.api.models import FindingModel
from bingosim.web.problems import described, problem
from bingosim.web.site import TheSite

router = APIRouter(prefix="/players/import", tags=["players"])
CSV = "Player,Speed,Plays\nAda,1.4,mon-fri 18:00 3h\n"
WRONG = "Not everything in the text can be read: nothing was kept."


class Csv(BaseModel):
    """A table of players."""

    model_config = ConfigDict(extra="forbid")

    csv: str = Field(
        max_length=MOST_BYTES,
        description="That of a Wise Old Man group or competition, of a spreadsheet with a column "
        "called name, player or username, or just names, one a line.",
        examples=[CSV],
    )


class MemberModel(BaseModel):
    """A player in a table."""

    line: int = Field(examples=[2])
    document: dict[str, Any] = Field(examples=[{"name": "Ada", "speed": 1.4}])


class RosterModel(BaseModel):
    """Who is in a table."""

    kind: str = Field(description="What the table is.", examples=["a Wise Old Man group"])
    members: list[MemberModel] = Field(description="Those whose line has no error.")
    findings: list[FindingModel] = Field(description="What is wrong with other lines.")
    unused: list[str] = Field(description="Columns that say nothing.", examples=[["Role"]])


class JoinedModel(BaseModel):
    """Who was kept."""

    created: list[UUID] = Field(description="Those who are new.", examples=[[ID]])
    left: list[str] = Field(description="Names that the library had already.", examples=[["Bo"]])


@router.post("/look", response_model=RosterModel)
def look(request: Request, asked: Csv) -> Response:
    """Say who is in a table, and what is wrong with it; nothing is kept."""
    try:
        roster = read_roster(asked.csv)
    except EventFileError as error:
        return _refused(request, error.findings)
    return _exact(roster)


@router.post("", status_code=201, response_model=JoinedModel)
def import_players(request: Request, site: TheSite, asked: Csv) -> Response:
    """Keep the players of a table, all or, where a line is wrong, none.

    A player whose name the library has already, however it is cased, stays as they are there.
    """
    try:
        roster = read_roster(asked.csv)
    except EventFileError as error:
        return _refused(request, error.findings)
    if roster.findings:
        return _refused(request, roster.findings)
    joined = join(site.database, [member.document for member in roster.members])
    model = JoinedModel(created=list(joined.created), left=list(joined.left))
    return JSONResponse(model.model_dump(mode="json"), 201)


def _refused(request: Request, findings: tuple[Finding, ...]) -> Response:
    return problem(request, 422, WRONG, findings=[described(one) for one in findings])


def _exact(roster: Roster) -> Response:
    """Answer with every digit of the players' numbers, as they were written."""
    body = {
        "kind": roster.kind,
        "members": [{"line": one.line, "document": one.document} for one in roster.members],
        "findings": [described(one) for one in roster.findings],
        "unused": list(roster.unused),
    }
    return Response(to_json(body), media_type="application/json")
