"""What can be done with an item of the library whatever it is: found, copied, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from bingosim.errors import InUseError, MissingError, StaleError
from bingosim.library import store
from bingosim.storage.tables import ItemKind
from bingosim.web.forms import ItemForm, Sent, redirected
from bingosim.web.problems import NotFoundError
from bingosim.web.templating import page

if TYPE_CHECKING:
    from bingosim.library.effects import Effect
    from bingosim.library.items import Item
    from bingosim.web.site import Site

HOMES = {
    ItemKind.PLAYER: "/players",
    ItemKind.ACTIVITY: "/activities",
    ItemKind.EVENT: "/events",
}
"""Where the lists are."""
STALE = "Nothing was deleted: somebody changed it meanwhile. Look at it again."
IN_USE = "Nothing was deleted: events use it. This is what would change."


def _id(request: Request) -> UUID:
    """Return the id in an address: `/players/{item}`.

    Raises:
        NotFoundError: It is none.
    """
    try:
        return UUID(request.path_params["item"])
    except ValueError:
        raise NotFoundError("The library has nothing by this address.") from None


TheId = Annotated[UUID, Depends(_id)]


def home_of(item: Item) -> str:
    """Return the path of an item's page."""
    return f"{HOMES[item.kind]}/{item.id}"


def item_of(site: Site, kind: ItemKind, id_: UUID) -> Item:
    """Return the item that an address names.

    Raises:
        NotFoundError: There is none of this kind.
    """
    try:
        return store.read(site.database, kind, id_)
    except MissingError as error:
        raise NotFoundError(str(error)) from None


def effects_of(site: Site, item: Item) -> tuple[Effect, ...]:
    """Return what events would lose if an item were deleted; nothing if it is gone by now."""
    try:
        return store.effects(site.database, item.kind, item.id)
    except MissingError:
        return ()


def copied(request: Request, site: Site, kind: ItemKind, id_: UUID) -> Response:
    """Make a copy, and go there.

    Raises:
        NotFoundError: There is nothing to copy.
    """
    try:
        copy = store.copy(site.database, kind, id_)
    except MissingError as error:
        raise NotFoundError(str(error)) from None
    return redirected(request, f"{home_of(copy)}?done=copied")


def ask_to_delete(
    request: Request, site: Site, kind: ItemKind, id_: UUID, refused: str = ""
) -> Response:
    """Ask whether to delete an item, and say what events would lose.

    Raises:
        NotFoundError: It is not there.
    """
    item = item_of(site, kind, id_)
    effects = effects_of(site, item)
    status = 409 if refused else 200
    context = {"item": item, "effects": effects, "refused": refused, "base": home_of(item)}
    return page(request, "library/delete.html", status, **context)


def deleted(request: Request, site: Site, kind: ItemKind, id_: UUID, sent: Sent) -> Response:
    """Delete an item as it was seen, and go to the list; or say what stands in the way.

    Raises:
        NotFoundError: It is not there.
    """
    seen = ItemForm.of(sent).version
    told = {text for name, text in sent.fields if name == "there"}
    try:
        item = store.read(site.database, kind, id_)
        # Who uses it since the question was asked has not been told.
        cascade = bool(told) and told.issuperset(str(e.event) for e in effects_of(site, item))
        store.delete(site.database, kind, id_, seen, cascade=cascade)
    except MissingError as error:
        raise NotFoundError(str(error)) from None
    except StaleError:
        return ask_to_delete(request, site, kind, id_, STALE)
    except InUseError:
        return ask_to_delete(request, site, kind, id_, IN_USE)
    return redirected(request, f"{HOMES[kind]}?done=deleted")
