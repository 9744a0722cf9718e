"""The form of an activity means what its document means, however that is written."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bingosim.event.catalog import catalog_keys
from bingosim.event.model import Activity
from bingosim.library.documents import catalog_activity, check_activity
from bingosim.web.access import Access
from bingosim.web.activities import document_of, form_of, refuse
from bingosim.web.forms import ItemForm, Sent
from bingosim.web.static import Assets
from bingosim.web.templating import make_environment

TEMPLATE = make_environment(Assets(), Access(None, None)).get_template("activities/form.html")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.found[of["name"]] = of["value"]
        elif tag == "select":
            self._select = of["name"]
        elif tag == "option" and ("selected" in of or self._select not in self.found):
            self.found[self._select] = of["value"]


def fields_of(html: str) -> dict[str, str]:
    """Return what a browser would send of an activity's form, but for its buttons."""
    reader = _Reader()
    reader.feed(html.partition('<form id="activity"')[2].partition("</form>")[0])
    return reader.found


def through_a_browser(form: ItemForm) -> ItemForm:
    lines = max(1, len(form.rows("loot")))
    context: dict[str, Any] = {"nothing": [""] * lines, "instead": None, "activity": None}
    html = TEMPLATE.render(path="/activities/new", form=form, expected=None, **context)
    return ItemForm.of(Sent(tuple(fields_of(html).items()), {}))


keys = st.from_regex(r"[a-z0-9_]{1,6}(\.[a-z0-9_]{1,6}){0,2}", fullmatch=True)
names = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=12)
multipliers = st.sampled_from([1, 2, Decimal("0.90"), Decimal("1.0"), "1.35"])
sizes = st.tuples(st.integers(1, 3), st.integers(0, 3))
quantities = sizes.flatmap(
    lambda pair: st.sampled_from(
        [pair[0], str(pair[0]), f"{pair[0]}-{sum(pair)}", [pair[0], sum(pair)]]
    )
)
drops = st.lists(keys, min_size=1, max_size=3, unique=True)
gives = st.one_of(
    keys,
    drops,
    st.dictionaries(keys, quantities, min_size=1, max_size=3),
    drops.flatmap(
        lambda all_: st.tuples(*(st.tuples(st.just(d), quantities).map(list) for d in all_))
    ).map(list),
)
outcomes = st.fixed_dictionaries(
    {
        "chance": st.sampled_from(["1/512", "31/19200", "2%", Decimal("0.10"), "1/181.1"]),
        "gives": gives,
    }
)
lines = st.fixed_dictionaries(
    {"drops": st.lists(outcomes, min_size=1, max_size=3)},
    optional={"per": st.sampled_from(["player", "group"]), "rolls": st.integers(1, 9)},
) | st.fixed_dictionaries(
    {"drops": st.fixed_dictionaries({"chance": st.just(1), "gives": gives}).map(lambda one: [one])}
)
times = st.one_of(
    st.fixed_dictionaries(
        {"seconds": st.sampled_from([30, Decimal("72.5"), "3600"])},
        optional={"spread": st.integers(0, 9), "law": st.just("uniform")},
    ),
    st.just({"seconds": 60, "law": "fixed"}),
    st.just({"seconds": 60, "spread": Decimal("2.5"), "law": "normal"}),
)
groups = st.sampled_from(
    [
        {"solo": True},
        {"solo": True, "min": 1, "want": 1, "max": 1},
        {"solo": True, "min": 2, "want": 3, "max": 5, "max_wait": "5m"},
        {"max": 4},
        {"solo": False, "min": 2, "max": 8, "max_wait": 90},
        {},
    ]
)
bands = st.sampled_from(
    [
        [],
        [{"sizes": 1, "time": 1}, {"sizes": "2-4", "time": Decimal("0.85"), "chance": "1.1"}],
        [{"sizes": [2, 3]}],
    ]
)
documents = st.fixed_dictionaries(
    {"key": keys, "time": times, "loot": st.lists(lines, min_size=1, max_size=3)},
    optional={
        "name": names,
        "group": groups,
        "bands": bands,
        "requires": st.lists(keys, max_size=3),
    },
)


@settings(deadline=None)  # the first compiles the template
@given(documents)
def test_a_document_comes_back_from_its_form(document: dict[str, Any]) -> None:
    assert check_activity(document) == {}
    form = through_a_browser(form_of(document))
    again = document_of(form)
    refuse(form, check_activity(again))
    assert form.wrong == {}
    assert Activity.model_validate(again) == Activity.model_validate(document)
    assert form_of(again).typed == form_of(document).typed
    assert document_of(form_of(again)) == again


def test_entries_of_the_catalog_go_through_their_forms_as_they_are_written() -> None:
    for key in catalog_keys():
        document = catalog_activity(key)
        assert document_of(form_of(document)) == document
