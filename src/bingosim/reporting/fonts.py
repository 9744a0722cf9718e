"""The fonts of pictures, and which letters they have.

Letters that no font has are drawn as boxes. That is found out beforehand, since the library would
warn of each.
"""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from bingosim.words import clean

OWN = ("DejaVu Sans", "STIXGeneral")
"""Come with the library: Latin, Greek, Cyrillic, Hebrew, Arabic, Armenian, Georgian, symbols."""
OTHERS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei"),
    *("Microsoft YaHei", "PingFang SC", "Hiragino Sans", "Yu Gothic", "Malgun Gothic"),
    *("Noto Sans Thai", "Leelawadee UI", "Noto Sans Devanagari", "Nirmala UI", "Noto Emoji"),
)
"""Fonts for other scripts that common systems have; those that are there are used."""
BOX = "\N{WHITE SQUARE}"
_JOINERS = dict.fromkeys(map(ord, "\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}"))
"""What only shapes the emoji beside it; alone it would be a box more."""


@cache
def font(size: float, *, bold: bool = False) -> FontProperties:
    """Return the fonts for a size in pixels, the first that has a letter first."""
    return FontProperties(family=_families(), size=size, weight="bold" if bold else "normal")


def drawable(text: str, *, bold: bool = False) -> str:
    """Return text with a box in place of each letter that no font has."""
    letters = _letters(bold=bold)
    text = clean(text.translate(_JOINERS))
    return "".join(letter if ord(letter) in letters else BOX for letter in text)


@cache
def _families() -> list[str]:
    there = {entry.name for entry in fontManager.ttflist}
    return [*OWN, *(name for name in OTHERS if name in there)]


@cache
def _letters(*, bold: bool) -> frozenset[int]:
    """Return the code points that some font has."""
    found: set[int] = set()
    for family in _families():
        weight = "bold" if bold else "normal"
        found.update(get_font(findfont(FontProperties(family=family, weight=weight))).get_charmap())
    return frozenset(found)
