"""Plots as SVG, drawn by hand: no library, no script, readable in both colour schemes."""

from collections.abc import Mapping, Sequence
from html import escape

_SIZE, _EDGE = 320, 46
_COLOURS = ("#1d6fb8", "#b84a1d", "#3c8a2e", "#7a4bb0")
Points = Sequence[tuple[float, float]]


def plot(title: str, across: str, up: str, lines: Mapping[str, Points], *, diagonal: bool = False) -> str:
    """One plot of `lines` on axes from 0 to 1."""
    total = _SIZE + 2 * _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {total}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<rect width="{total}" height="{total}" fill="#fff"/>',
        f'<text x="{total / 2}" y="20" text-anchor="middle" font-size="14">{escape(title)}</text>',
        f'<text x="{total / 2}" y="{total - 8}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="translate(14 {total / 2}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, y), far = _place(tick, tick), _EDGE + _SIZE
        parts.append(f'<path d="M{x} {_EDGE}V{far}M{_EDGE} {y}H{far}" stroke="#ddd" fill="none"/>')
        parts.append(f'<text x="{x}" y="{far + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_EDGE - 5}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    if diagonal:
        parts.append(_line([(0, 0), (1, 1)], "#999", "4 4"))
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(_line(points, colour))
        height = _EDGE + _SIZE - 12 - 16 * number
        parts.append(
            f'<text x="{_EDGE + _SIZE - 8}" y="{height}" text-anchor="end" fill="{colour}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _place(across: float, up: float) -> tuple[float, float]:
    return round(_EDGE + across * _SIZE, 1), round(_EDGE + (1 - up) * _SIZE, 1)


def _line(points: Points, colour: str, dashes: str = "none") -> str:
    corners = " ".join(f"{x},{y}" for x, y in (_place(*point) for point in points))
    return f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
