"""Pictures of things made of cloth."""

from demo.canvas import Canvas, ellipse, mirrored, smooth


def shirt_navy() -> Canvas:
    return _shirt("#34446b", "#22304f", "#1a2540")


def shirt_white() -> Canvas:
    return _shirt("#fbf8f1", "#e6e0d3", "#cfc7b6")


def _shirt(light: str, dark: str, line: str) -> Canvas:
    canvas = Canvas("#dfe9e2", "#bcd0c4")
    canvas.paint(ellipse(500, 490, 360), "#eff6f1", alpha=0.7)
    canvas.ground(500, 866, 240, 22)
    half = [
        (500, 280),
        (556, 264),
        (612, 206),
        (700, 236),
        (780, 300),
        (848, 440),
        (742, 494),
        (690, 420),
        (694, 560),
    ]
    right = [*half, (700, 840), (500, 852)]
    body = [*right, *reversed([(1000 - x, y) for x, y in right])]
    canvas.paint(body, light, dark, along="x")
    for sleeve in ([(690, 300), (684, 360), (690, 420)],):
        seam = smooth(sleeve, closed=False)
        canvas.line(seam, 6, line, within=body, alpha=0.6)
        canvas.line(mirrored(seam, 500), 6, line, within=body, alpha=0.6)
    collar = smooth([(392, 208), (440, 262), (500, 280), (560, 262), (608, 208)], closed=False)
    canvas.line(collar, 26, line, alpha=0.9)
    hem = [(302, 814), (500, 826), (698, 814)]
    canvas.line(smooth(hem, closed=False), 5, line, within=body, alpha=0.6)
    return canvas
