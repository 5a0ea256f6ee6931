"""A chart of horizontal bars, as SVG without anything to fetch."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL, _BAR, _ROW, _TOP = 150, 560, 30, 44
_FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'


def bars(title: str, values: Mapping[str, int]) -> str:
    """Return a chart with a bar for each value, the longest as wide as the chart."""
    width, height = _LABEL + _BAR + 80, _TOP + _ROW * len(values) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_FONT} font-size="14">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff"/>',
        f'<text x="16" y="28" font-weight="bold" fill="#1f2328">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(values.items()):
        top, length = _TOP + number * _ROW, round(_BAR * value / max(values.values()))
        lines += [
            f'<text x="{_LABEL - 8}" y="{top + 17}" text-anchor="end" fill="#1f2328">{escape(name)}</text>',
            f'<rect x="{_LABEL}" y="{top + 2}" width="{length}" height="{_ROW - 8}" fill="#4051b5"/>',
            f'<text x="{_LABEL + length + 8}" y="{top + 17}" fill="#1f2328">{value}</text>',
        ]
    return "\n".join([*lines, "</svg>\n"])
