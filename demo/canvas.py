"""A canvas of 1000 by 1000 units for flat drawings: shapes are lists of points, filled softly."""

from collections.abc import Iterable, Sequence
from math import atan2, cos, hypot, pi, radians, sin
from typing import Any

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Point = tuple[float, float]
Shape = list[Point]
Points = Sequence[Point]

SIDE = 1000
# Drawn larger and scaled down, so that edges are smooth.
FINER = 2
# Shadows and glows are blurred anyway: they are made small and scaled up.
COARSER = 8


# --- shapes --------------------------------------------------------------------------------


def ellipse(
    cx: float, cy: float, rx: float, ry: float | None = None, start: float = 0, end: float = 360
) -> Shape:
    """An ellipse, or the part of it between two angles (clockwise from the right)."""
    count = max(12, int((end - start) / 3))
    angles = (radians(start + (end - start) * i / count) for i in range(count + 1))
    return [(cx + rx * cos(angle), cy + (rx if ry is None else ry) * sin(angle)) for angle in angles]


def box(x0: float, y0: float, x1: float, y1: float, r: float | Sequence[float] = 0) -> Shape:
    """A rectangle with round corners: one radius, or four from the top left clockwise."""
    tl, tr, br, bl = (r, r, r, r) if isinstance(r, (int, float)) else r
    corners = [
        (x0 + tl, y0 + tl, tl, 180),
        (x1 - tr, y0 + tr, tr, 270),
        (x1 - br, y1 - br, br, 0),
        (x0 + bl, y1 - bl, bl, 90),
    ]
    return [point for cx, cy, radius, start in corners for point in _corner(cx, cy, radius, start)]


def _corner(cx: float, cy: float, radius: float, start: float) -> Shape:
    return ellipse(cx, cy, radius, radius, start, start + 90) if radius else [(cx, cy)]


def smooth(points: Points, *, closed: bool = True) -> Shape:
    """A soft curve through all points (Catmull-Rom)."""
    ring = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    return [_between(ring[i : i + 4], t / 12) for i in range(len(ring) - 3) for t in range(12)] + [ring[-2]]


def _between(four: Points, t: float) -> Point:
    a, b, c, d = (
        0.5 * w
        for w in (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
    )
    x, y = (sum(w * p[axis] for w, p in zip((a, b, c, d), four, strict=True)) for axis in (0, 1))
    return x, y


def turned(shape: Iterable[Point], degrees: float, cx: float = 500, cy: float = 500) -> Shape:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return [(cx + (x - cx) * c - (y - cy) * s, cy + (x - cx) * s + (y - cy) * c) for x, y in shape]


def moved(shape: Iterable[Point], dx: float, dy: float = 0) -> Shape:
    return [(x + dx, y + dy) for x, y in shape]


def mirrored(shape: Iterable[Point], x: float = 500) -> Shape:
    return [(2 * x - px, py) for px, py in shape]


def ribbon(points: Points, width: float, end_width: float | None = None) -> Shape:
    """A band along a line, with round ends; it may grow thinner on its way."""
    last = width if end_width is None else end_width
    left: Shape = []
    right: Shape = []
    for i, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
        length = hypot(bx - ax, by - ay) or 1
        half = (width + (last - width) * i / (len(points) - 1)) / 2
        nx, ny = -(by - ay) / length * half, (bx - ax) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + _cap(points[-1], left[-1], last / 2) + right[::-1] + _cap(points[0], right[0], width / 2)


def _cap(centre: Point, start: Point, radius: float) -> Shape:
    angle = atan2(start[1] - centre[1], start[0] - centre[0])
    steps = (angle - pi * i / 12 for i in range(13))
    return [(centre[0] + radius * cos(a), centre[1] + radius * sin(a)) for a in steps]


# --- paint --------------------------------------------------------------------------------


def mix(colour: str, other: str, share: float) -> str:
    """A colour with a share (0 to 1) of another."""
    pairs = zip(ImageColor.getrgb(colour)[:3], ImageColor.getrgb(other)[:3], strict=True)
    return "#{:02x}{:02x}{:02x}".format(*(round(a + (b - a) * share) for a, b in pairs))


def lighter(colour: str, share: float = 0.25) -> str:
    return mix(colour, "#ffffff", share)


class Canvas:
    """Paints shapes one over the other; `fill` is a colour, or colours that run into each other."""

    def __init__(self, *background: str):
        self.image = Image.new("RGB", (SIDE * FINER, SIDE * FINER))
        self.image.paste(_gradient(self.image.size, background, "y"))

    def paint(
        self, shape: Points, *fill: str, along: str = "y", within: Points | None = None, alpha: float = 1
    ) -> None:
        """Paint a shape, or the part of it that lies within another."""
        area = _area(shape, within)
        if area[0] >= area[2] or area[1] >= area[3]:
            return
        mask = _mask(shape, area)
        if within:
            mask = ImageChops.multiply(mask, _mask(within, area))
        if alpha < 1:
            mask = mask.point([round(level * alpha) for level in range(256)])
        self.image.paste(_gradient(mask.size, fill, along), area, mask)

    def line(self, points: Points, width: float, *fill: str, **how: Any) -> None:
        """A line with round ends."""
        self.paint(ribbon(points, width), *fill, **how)

    def shadow(self, shape: Points, blur: float = 24, alpha: float = 0.28, colour: str = "#1b1430") -> None:
        """A soft shadow (or a glow, in a light colour) where the shape lies."""
        x0, y0, x1, y1 = _area(_grown(shape, blur * 2.5), None)
        small = Image.new("L", (max(1, (x1 - x0) // COARSER), max(1, (y1 - y0) // COARSER)))
        points = [((x * FINER - x0) / COARSER, (y * FINER - y0) / COARSER) for x, y in shape]
        ImageDraw.Draw(small).polygon(points, fill=round(255 * alpha))
        small = small.filter(ImageFilter.GaussianBlur(blur * FINER / COARSER))
        self.image.paste(
            colour, (x0, y0, x1, y1), small.resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)
        )

    def ground(self, cx: float, cy: float, rx: float, ry: float | None = None, alpha: float = 0.3) -> None:
        """The shadow of a thing that stands on the floor."""
        self.shadow(ellipse(cx, cy, rx, rx * 0.12 if ry is None else ry), blur=22, alpha=alpha)

    def finished(self) -> Image.Image:
        return self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _gradient(size: tuple[int, int], fill: Sequence[str], along: str) -> Image.Image | str:
    if len(fill) == 1:
        return Image.new("RGB", size, fill[0])
    upright = along == "y"
    length = size[1] if upright else size[0]
    line = Image.new("RGB", (1, length) if upright else (length, 1))
    line.putdata(_ramp(fill, length))
    return line.resize(size, Image.Resampling.NEAREST)


def _ramp(fill: Sequence[str], length: int) -> list[tuple[int, ...]]:
    """So many colours that run from the first to the last."""
    stops = [ImageColor.getrgb(colour)[:3] for colour in fill]
    parts = len(stops) - 1
    colours = []
    for i in range(length):
        at = i * parts / length
        (a, b), share = stops[int(at) : int(at) + 2], at % 1
        colours.append(tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True)))
    return colours


def _grown(shape: Points, by: float) -> Shape:
    xs, ys = zip(*shape, strict=True)
    return [(min(xs) - by, min(ys) - by), (max(xs) + by, max(ys) + by)]


def _area(shape: Points, within: Points | None) -> tuple[int, int, int, int]:
    """The pixels that a shape touches: left, top, right, bottom."""
    x0, y0, x1, y1 = _bounds(shape)
    if within:
        a0, b0, a1, b1 = _bounds(within)
        x0, y0, x1, y1 = max(x0, a0), max(y0, b0), min(x1, a1), min(y1, b1)
    return x0, y0, x1, y1


def _bounds(shape: Points) -> tuple[int, int, int, int]:
    xs, ys = zip(*shape, strict=True)
    far = SIDE * FINER
    return (
        max(0, int(min(xs) * FINER)),
        max(0, int(min(ys) * FINER)),
        min(far, int(max(xs) * FINER) + 2),
        min(far, int(max(ys) * FINER) + 2),
    )


def _mask(shape: Points, area: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", (area[2] - area[0], area[3] - area[1]))
    ImageDraw.Draw(mask).polygon([(x * FINER - area[0], y * FINER - area[1]) for x, y in shape], fill=255)
    return mask
