"""A sheet to draw on: boxes and text at pixels from the top left corner, saved as PNG.

It is drawn by matplotlib's objects alone, without its global state (`pyplot`) and with nothing left
to a user's settings of it.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from bingosim.reporting.fonts import drawable, font

if TYPE_CHECKING:
    from collections.abc import Mapping

DPI = 72
"""A point is a pixel."""
CUT = "\N{HORIZONTAL ELLIPSIS}"


class Sheet:
    """A sheet of some width, and as high as it turns out.

    Args:
        width: Pixels.
        ground: Its colour.
    """

    def __init__(self, width: int, ground: str) -> None:
        self.width = width
        self._figure = Figure(dpi=DPI, facecolor=ground, edgecolor="none", frameon=True)
        self._downwards = Affine2D()
        self._ruler = RendererAgg(1, 1, DPI)

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0
    ) -> None:
        """Draw a box; `x` and `y` are its upper left corner."""
        radius = min(radius, width / 2, height / 2)
        patch = FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle=f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0",
            facecolor=colour,
            edgecolor="none",
            linewidth=0,
            antialiased=True,
            transform=self._downwards,
            clip_on=False,
        )
        self._figure.add_artist(patch)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        align: Literal["left", "center", "right"] = "left",
        within: float | None = None,
    ) -> None:
        """Write a line, its letters standing at `y`; cut to a width where one is given."""
        text = drawable(text, bold=bold)
        if within is not None:
            text = self._cut(text, size, within, bold=bold)
        artist = Text(
            x,
            y,
            text,
            color=colour,
            fontproperties=font(size, bold=bold),
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
            antialiased=True,
            transform=self._downwards,
            clip_on=False,
        )
        self._figure.add_artist(artist)

    def wrapped(
        self, text: str, size: float, within: float, most: int, *, bold: bool = False
    ) -> list[str]:
        """Return text in lines that fit a width, at most so many; the last is cut."""
        lines: list[str] = []
        left = re.split(r"\s+(?!%)", drawable(text, bold=bold).strip())
        while left and len(lines) < most - 1:
            count = max(1, self._fitting(left, size, within, bold=bold))
            lines.append(self._cut(" ".join(left[:count]), size, within, bold=bold))
            left = left[count:]
        return [*lines, self._cut(" ".join(left), size, within, bold=bold)] if left else lines

    def png(self, height: int, about: Mapping[str, str]) -> bytes:
        """Return the picture of the upper part of the sheet; `about` goes into its metadata."""
        self._figure.set_size_inches(self.width / DPI, height / DPI)
        self._downwards.clear().scale(1, -1).translate(0, height)
        file = BytesIO()
        FigureCanvasAgg(self._figure).print_png(file, metadata=dict(about))
        return file.getvalue()

    def _fitting(self, words: list[str], size: float, within: float, *, bold: bool) -> int:
        """Return how many words fit a line."""
        count = 0
        while count < len(words) and (
            self._length(" ".join(words[: count + 1]), size, bold=bold) <= within
        ):
            count += 1
        return count

    def _cut(self, text: str, size: float, within: float, *, bold: bool) -> str:
        """Return as much of a line as fits."""
        if self._length(text, size, bold=bold) <= within:
            return text
        low, high = 0, len(text)  # so many letters fit, so many do not
        while high - low > 1:
            middle = (low + high) // 2
            if self._length(text[:middle].rstrip() + CUT, size, bold=bold) <= within:
                low = middle
            else:
                high = middle
        return text[:low].rstrip() + CUT

    def _length(self, text: str, size: float, *, bold: bool) -> float:
        width, _, _ = self._ruler.get_text_width_height_descent(text, font(size, bold=bold), False)
        return float(width)
