"""A page that lists what the API does; the usual ones load scripts from elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bingosim.web.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/api")
def guide(request: Request) -> Response:
    """Show what the API does."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in request.app.openapi()["paths"].items():
        for method, operation in methods.items():
            does = " ".join(operation.get("description", "").split("\n\n")[0].split())
            entry = {"method": method.upper(), "path": path, "does": does}
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(entry)
    return page(request, "api.html", groups=groups)
