"""Pictures of coffee, tea and what they are made with."""

from demo.canvas import Canvas, Point, Shape, box, ellipse, mirrored, moved, ribbon, smooth, turned


def steam(canvas: Canvas, x: float, y: float) -> None:
    for dx, lift in ((-46, 0), (0, -30), (46, 4)):
        wave: list[Point] = [
            (x + dx, y + lift),
            (x + dx + 22, y + lift - 48),
            (x + dx - 14, y + lift - 100),
            (x + dx + 12, y + lift - 150),
        ]
        canvas.paint(ribbon(smooth(wave, closed=False), 15, 4), "#ffffff", alpha=0.55)


def bean(canvas: Canvas, cx: float, cy: float, angle: float, size: float = 44) -> None:
    whole = turned(ellipse(cx, cy, size, size * 0.68), angle, cx, cy)
    canvas.shadow(moved(whole, 4, size * 0.35), blur=8, alpha=0.35)
    canvas.paint(whole, "#7a4a2b", "#4a2916")
    crease = smooth(
        [
            (cx - size * 0.85, cy),
            (cx - size * 0.3, cy + size * 0.16),
            (cx + size * 0.3, cy - size * 0.16),
            (cx + size * 0.85, cy),
        ],
        closed=False,
    )
    canvas.line(turned(crease, angle, cx, cy), size * 0.14, "#2e170b", within=whole)


def coffee_bag() -> Canvas:
    canvas = Canvas("#fde8cf", "#f6c89f")
    canvas.paint(ellipse(500, 470, 350), "#fff4e4", alpha=0.75)
    canvas.ground(500, 858, 250, 26)
    body = smooth_sides(300, 210, 700, 860)
    canvas.paint(body, "#1d5a4f", "#2a7a69", "#1f6356", along="x")
    canvas.paint(box(300, 210, 372, 880), "#0f3f37", within=body, alpha=0.35)
    canvas.paint(box(628, 210, 700, 880), "#0f3f37", within=body, alpha=0.22)
    canvas.paint(box(310, 172, 690, 262, 10), "#17483f")
    canvas.paint(box(310, 250, 690, 264), "#0c332c", alpha=0.6)
    for x in (352, 648):
        canvas.paint(ellipse(x, 217, 11), "#f4b860")
    _mountain_label(canvas)
    for x, y, angle in ((168, 858, 25), (250, 892, -30), (776, 886, 40), (842, 846, -15)):
        bean(canvas, x, y, angle)
    return canvas


def smooth_sides(x0: float, y0: float, x1: float, y1: float) -> Shape:
    """A standing pouch: straight at the top, fuller at the bottom."""
    left: list[Point] = [
        (x0 + 14, y0),
        (x0 + 2, y0 + 220),
        (x0 - 14, y1 - 150),
        (x0 + 6, y1 - 8),
        (x0 + 30, y1),
    ]
    side = smooth(left, closed=False)
    middle = (x0 + x1) / 2
    return [*side, *mirrored(side, middle)[::-1]]


def _mountain_label(canvas: Canvas) -> None:
    label = ellipse(500, 520, 142)
    canvas.paint(label, "#fdf3e0", "#f9dfb8")
    canvas.paint(ellipse(545, 478, 44), "#f0784b", within=label)
    back = smooth([(340, 600), (420, 520), (470, 560), (560, 490), (660, 610), (660, 700), (340, 700)])
    canvas.paint(back, "#6ea58f", within=label)
    canvas.paint(
        smooth([(330, 640), (430, 570), (520, 610), (610, 560), (680, 640), (680, 720), (330, 720)]),
        "#2f7a66",
        within=label,
    )
    canvas.paint(box(420, 706, 580, 722, 8), "#f9dfb8")
    canvas.paint(box(452, 738, 548, 750, 6), "#f9dfb8", alpha=0.6)


def phin_filter() -> Canvas:
    canvas = Canvas("#e7eef5", "#bccddd")
    canvas.paint(ellipse(500, 480, 350), "#ffffff", alpha=0.5)
    canvas.ground(500, 866, 230, 24)
    glass = [(352, 560), (648, 560), (620, 862), (606, 872), (394, 872), (380, 862)]
    canvas.paint(glass, "#ffffff", alpha=0.6)
    canvas.paint(
        [(362, 668), (638, 668), (616, 852), (602, 860), (398, 860), (384, 852)], "#5b3019", "#341708"
    )
    canvas.paint(
        [(378, 800), (622, 800), (616, 852), (602, 860), (398, 860), (384, 852)], "#f4e3c8", "#ead2ad"
    )
    canvas.paint(box(404, 585, 424, 840, 10), "#ffffff", alpha=0.45)
    for y in (592, 622, 648):
        canvas.paint(ellipse(500, y, 7, 11), "#4a2412")
    canvas.paint(ellipse(500, 548, 216, 24), "#8497aa", "#c9d6e2", "#8c9fb2", along="x")
    canvas.paint(ellipse(500, 542, 216, 20), "#dfe8f0", "#b4c4d3", along="x")
    body = box(366, 300, 634, 536, (18, 18, 40, 40))
    canvas.paint(body, "#8ea1b4", "#f1f6fa", "#b9c8d6", "#74889c", along="x")
    canvas.paint(box(366, 330, 634, 342), "#5f7387", within=body, alpha=0.35)
    handle = smooth([(632, 372), (716, 366), (722, 452), (634, 470)], closed=False)
    canvas.line(handle, 24, "#64788c")
    canvas.paint(box(344, 270, 656, 306, 16), "#a9bac9", "#eef3f8", "#8195a9", along="x")
    canvas.paint(box(470, 226, 530, 274, (20, 20, 4, 4)), "#2f3d4c")
    return canvas


def mug() -> Canvas:
    canvas = Canvas("#ffe3dc", "#f9b9a9")
    canvas.paint(ellipse(500, 480, 350), "#fff1ec", alpha=0.7)
    canvas.ground(500, 800, 250, 26)
    handle = smooth([(640, 452), (780, 440), (806, 560), (744, 660), (626, 676)], closed=False)
    canvas.line(handle, 56, "#c65f4c")
    canvas.line(moved(handle, -5, -7), 26, "#e58a76")
    body = box(274, 372, 676, 806, (14, 14, 96, 96))
    canvas.paint(body, "#e07b66", "#f29a86", "#cf6450", along="x")
    speckle(canvas, body)
    canvas.paint(box(274, 640, 676, 806), "#fbe9df", within=body, alpha=0.92)
    canvas.paint(box(560, 640, 676, 806), "#c65f4c", within=body, alpha=0.16)
    canvas.paint(box(312, 440, 334, 600, 11), "#ffffff", alpha=0.4)
    canvas.paint(ellipse(475, 374, 201, 44), "#f7b3a2")
    canvas.paint(ellipse(475, 378, 178, 34), "#4b2413", "#7a4526")
    canvas.paint(ellipse(430, 374, 60, 10), "#a86f45", alpha=0.7)
    steam(canvas, 475, 330)
    return canvas


def speckle(canvas: Canvas, body: Shape) -> None:
    """Glaze speckles, always the same."""
    for i in range(44):
        x, y = 280 + (i * 137) % 390, 400 + (i * 89) % 240
        canvas.paint(ellipse(x, y, 3 + i % 3), "#8d3a2b", within=body, alpha=0.35)


def teapot() -> Canvas:
    canvas = Canvas("#e3f1e6", "#b4d6bf")
    canvas.paint(ellipse(500, 490, 350), "#f4faf4", alpha=0.65)
    canvas.ground(490, 800, 270, 28)
    handle = smooth([(300, 480), (180, 440), (132, 560), (190, 680), (318, 690)], closed=False)
    canvas.line(handle, 40, "#5d947a")
    spout = [(680, 640), (776, 560), (800, 440), (868, 408), (884, 430), (842, 500), (800, 640), (690, 740)]
    canvas.paint(smooth(spout), "#8cbf9f", "#5f977b", along="x")
    body = smooth(
        [
            (500, 386),
            (650, 420),
            (734, 580),
            (690, 740),
            (600, 804),
            (400, 804),
            (310, 740),
            (266, 580),
            (350, 420),
        ]
    )
    canvas.paint(body, "#9fceb0", "#b9dfc5", "#6aa486", along="x")
    canvas.paint(ellipse(500, 830, 260, 90), "#4c8468", within=body, alpha=0.28)
    lotus(canvas, 500, 648, 1.0, "#f4fbf5")
    canvas.paint(turned(ellipse(372, 510, 18, 70), 24, 372, 510), "#ffffff", alpha=0.5)
    canvas.paint(ellipse(500, 408, 140, 30), "#578e73")
    canvas.paint(
        smooth([(366, 404), (420, 340), (500, 322), (580, 340), (634, 404), (500, 424)]),
        "#a9d6b9",
        "#7db896",
        along="x",
    )
    canvas.paint(ellipse(500, 306, 32), "#c9925c", "#9d6a39")
    canvas.paint(box(396, 796, 604, 818, 10), "#578e73")
    return canvas


def lotus(canvas: Canvas, cx: float, cy: float, size: float, colour: str, alpha: float = 0.85) -> None:
    petal = smooth(
        [(cx, cy - 92 * size), (cx + 30 * size, cy - 40 * size), (cx, cy), (cx - 30 * size, cy - 40 * size)]
    )
    for angle in (-72, 72, -38, 38, 0):
        canvas.paint(turned(petal, angle, cx, cy), colour, alpha=alpha)


def tea_tin() -> Canvas:
    canvas = Canvas("#f8e4ef", "#e5b3cf")
    canvas.paint(ellipse(500, 480, 350), "#fdf3f8", alpha=0.65)
    canvas.ground(500, 846, 230, 28)
    tin = [*ellipse(500, 820, 210, 44, 0, 180), (290, 330), (710, 330)]
    canvas.paint(tin, "#8d2f63", "#c2508d", "#a53d76", "#742252", along="x")
    label = [*ellipse(500, 700, 210, 44, 0, 180), *ellipse(500, 460, 210, 44, 0, 180)[::-1]]
    canvas.paint(label, "#f5e0c7", "#fff6e8", "#f3dcc0", "#d9b893", along="x")
    lotus(canvas, 500, 664, 1.25, "#d4568f", 0.75)
    canvas.paint(smooth([(390, 676), (500, 662), (610, 676), (500, 700)]), "#4c8a6d")
    lid = [*ellipse(500, 372, 222, 46, 0, 180), *ellipse(500, 268, 222, 46, 180, 360)]
    canvas.paint(lid, "#6d1f4b", "#b04681", "#92346a", "#5c183f", along="x")
    canvas.paint(ellipse(500, 268, 222, 46), "#c65f98", "#98386f")
    canvas.paint(ellipse(500, 262, 150, 27), "#d67cab", alpha=0.6)
    canvas.paint(ellipse(500, 244, 34, 20), "#f2c879", "#c48f3c")
    return canvas


def kettle() -> Canvas:
    canvas = Canvas("#e5e9f7", "#b5bfe0")
    canvas.paint(ellipse(500, 490, 350), "#f7f8fe", alpha=0.6)
    canvas.ground(480, 822, 260, 28)
    spout = smooth([(336, 742), (208, 706), (214, 560), (232, 430), (168, 372), (124, 380)], closed=False)
    canvas.paint(ribbon(spout, 46, 24), "#2a3158")
    handle = smooth([(640, 420), (786, 372), (858, 440), (846, 560), (812, 650)], closed=False)
    canvas.paint(ribbon(handle, 46, 38), "#9a6234")
    canvas.paint(ribbon(moved(handle, -6, -6), 16, 12), "#c48b58")
    body = [(366, 430), (634, 430), (716, 790), (690, 826), (310, 826), (284, 790)]
    canvas.paint(body, "#2b335e", "#4f5b93", "#343d6e", "#222a50", along="x")
    canvas.paint([(412, 470), (436, 470), (392, 780), (356, 780)], "#ffffff", alpha=0.22)
    canvas.paint(box(270, 786, 730, 828), "#1d2447", within=body, alpha=0.8)
    canvas.paint(ellipse(500, 430, 136, 28), "#1d2447")
    canvas.paint(
        smooth([(372, 424), (430, 384), (500, 374), (570, 384), (628, 424), (500, 442)]),
        "#46518a",
        "#2b335e",
        along="x",
    )
    canvas.paint(ellipse(500, 356, 30, 24), "#c48b58", "#8a552b")
    steam(canvas, 128, 340)
    return canvas


def coffee_beans() -> Canvas:
    canvas = Canvas("#f3dcc1", "#dfb88c")
    for i in range(26):
        angle = i * 137.5
        x, y = ellipse(500, 520, 120 + 13 * i, 90 + 11 * i, angle % 360, angle % 360 + 3)[0]
        bean(canvas, x, y, angle, 50)
    scoop = smooth(
        [(300, 430), (420, 360), (560, 390), (640, 500), (610, 640), (490, 710), (350, 680), (280, 560)]
    )
    canvas.shadow(moved(scoop, 16, 34), blur=24, alpha=0.4)
    canvas.shadow(moved(ribbon([(600, 430), (900, 200)], 60), 14, 30), blur=20, alpha=0.35)
    canvas.paint(ribbon([(590, 440), (890, 204)], 66, 48), "#c98f54", "#9a6230")
    canvas.paint(scoop, "#d9a468", "#a86d37")
    canvas.paint(ellipse(460, 536, 140), "#5a3317", "#7a4a24")
    for i in range(19):
        x, y = ellipse(460, 536, 27 * i**0.5, None, i * 137.5 % 360, i * 137.5 % 360 + 3)[0]
        bean(canvas, x, y, i * 77, 42)
    return canvas
