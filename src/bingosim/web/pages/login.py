"""Logging in and out, where a password is set."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bingosim.web.access import COOKIE, SESSION_SECONDS, TooManyTriesError
from bingosim.web.site import TheSite
from bingosim.web.templating import page

router = APIRouter()


@router.get("/login")
def show_login(request: Request, site: TheSite, next: str = "/") -> Response:  # noqa: A002 - part of an address
    """Ask for the password."""
    if not site.access.asked:
        return RedirectResponse("/", 303)
    return page(request, "login.html", next=_own(next), wrong="")


@router.post("/login")
def login(
    request: Request,
    site: TheSite,
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - as above
) -> Response:
    """Take the password, and let in who knows it."""
    address = request.client.host if request.client else ""
    try:
        right = site.access.is_password(password, address)
    except TooManyTriesError:
        wrong = "Too many wrong passwords: wait a minute."
        answer: Response = page(request, "login.html", 429, next=_own(next), wrong=wrong)
        answer.headers["retry-after"] = "60"
        return answer
    if not right:
        wrong = "This is not the password."
        return page(request, "login.html", 403, next=_own(next), wrong=wrong)
    answer = RedirectResponse(_own(next), 303)
    answer.set_cookie(
        COOKIE,
        site.access.new_session(),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def logout(request: Request, site: TheSite) -> Response:
    """End the session."""
    site.access.end_session(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _own(path: str) -> str:
    """Return a path of this site: nobody is sent elsewhere after logging in."""
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
