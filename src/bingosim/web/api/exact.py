"""JSON with every digit of its numbers, in requests and in answers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from bingosim.library.plain import Document, from_json, to_json


class ExactRequest(Request):
    """A request whose numbers with decimals are read as such: a float would lose digits."""

    async def json(self) -> Any:
        """Return the body."""
        return from_json(await self.body())


class ExactRoute(APIRoute):
    """Reads bodies exactly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(ExactRequest(request.scope, request.receive))

        return handle


def exact(model: BaseModel, document: Document | None, **headers: str) -> Response:
    """Answer with a model, its `document` written as it is."""
    body = model.model_dump(mode="json", exclude={"document"})
    if document is not None:
        body["document"] = document
    return Response(to_json(body), media_type="application/json", headers=headers)
