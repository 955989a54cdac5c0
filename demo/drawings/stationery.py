"""Pictures of things to write with and on."""

from demo.canvas import Canvas, Shape, box, ellipse, moved, smooth, turned


def notebook() -> Canvas:
    canvas = Canvas("#e9e4f8", "#c3b7e8")
    canvas.paint(ellipse(500, 490, 360), "#f8f6fe", alpha=0.65)
    tilt = -8
    canvas.shadow(turned(box(290, 210, 740, 830, 24), tilt), blur=34, alpha=0.4)
    canvas.paint(turned(box(282, 196, 730, 816, 22), tilt), "#efe9dc")
    for i in range(3):
        canvas.paint(turned(box(716, 206, 720 + i * 4, 806), tilt), "#cfc6b2", alpha=0.5)
    cover = turned(box(270, 184, 714, 804, 26), tilt)
    canvas.paint(cover, "#5a48a8", "#45358c")
    canvas.paint(turned(box(270, 184, 336, 804, (26, 0, 0, 26)), tilt), "#37297a")
    canvas.paint(turned(box(640, 184, 664, 804), tilt), "#ff8b6a")
    canvas.paint(turned(box(392, 300, 586, 396, 12), tilt), "#fbf4e4")
    canvas.paint(turned(box(418, 330, 560, 342, 6), tilt), "#5a48a8", alpha=0.8)
    canvas.paint(turned(box(418, 358, 516, 368, 5), tilt), "#5a48a8", alpha=0.4)
    mark = turned([(430, 800), (462, 800), (462, 900), (446, 880), (430, 900)], tilt)
    canvas.paint(mark, "#ff8b6a", "#e4633f")
    for row in range(5):
        for column in range(5):
            x, y = 400 + column * 46, 560 + row * 42
            canvas.paint(turned(ellipse(x, y, 5), tilt), "#ffffff", alpha=0.28)
    return canvas


def pen() -> Canvas:
    canvas = Canvas("#f3efe8", "#d6cbb9")
    canvas.paint(ellipse(500, 500, 360), "#fffdf9", alpha=0.7)
    tilt = 38
    canvas.shadow(moved(turned(box(466, 150, 534, 850, 30), tilt), 30, 46), blur=20, alpha=0.32)
    stroke = smooth([(150, 838), (236, 790), (270, 850), (340, 800), (300, 870), (420, 846)], closed=False)
    canvas.line(stroke, 9, "#25375e")

    def part(shape: Shape, *fill: str, alpha: float = 1) -> None:
        canvas.paint(turned(shape, tilt), *fill, along="x", alpha=alpha)

    part(box(462, 130, 538, 520, (36, 36, 6, 6)), "#1f2f57", "#33487c", "#16223f")
    part(box(458, 500, 542, 540, 6), "#e9c46a", "#f7e2a5", "#b98e33")
    part(box(464, 540, 536, 740, (4, 4, 14, 14)), "#c9993c", "#f2d48a", "#a87a26")
    part(box(470, 728, 530, 772, 8), "#1f2f57", "#33487c", "#16223f")
    part([(474, 772), (526, 772), (504, 872), (496, 872)], "#e9c46a", "#fff0c2", "#b98e33")
    part(box(498, 800, 502, 868), "#7a5c1c")
    part(ellipse(500, 800, 7), "#7a5c1c")
    part(box(526, 170, 546, 430, 10), "#e9c46a", "#f7e2a5", "#b98e33")
    part(ellipse(500, 150, 20), "#e9c46a")
    part(box(476, 200, 484, 480, 4), "#ffffff", alpha=0.28)
    return canvas


def pencils() -> Canvas:
    canvas = Canvas("#fff3c9", "#fbd97a")
    canvas.paint(ellipse(500, 480, 350), "#fffaea", alpha=0.7)
    canvas.ground(500, 866, 210, 26)
    for x, angle, colour, height in (
        (446, -12, "#e4633f", 250),
        (476, -6, "#2f8f83", 190),
        (502, 1, "#35507f", 216),
        (528, 7, "#d94f7d", 180),
        (556, 13, "#6b4fb3", 250),
    ):
        _pencil(canvas, x, angle, colour, height)
    cup = [(330, 520), (670, 520), (642, 846), (622, 868), (378, 868), (358, 846)]
    canvas.paint(cup, "#ffffff", "#f4efe6", "#d9d0c0", along="x")
    canvas.paint(box(320, 640, 680, 720), "#f4a261", within=cup)
    canvas.paint(box(320, 736, 680, 752), "#e4633f", within=cup)
    canvas.paint(box(590, 500, 700, 880), "#8a7a5a", within=cup, alpha=0.12)
    canvas.paint(ellipse(500, 522, 170, 20, 0, 180), "#cabfa9", alpha=0.5)
    return canvas


def _pencil(canvas: Canvas, x: float, angle: float, colour: str, top: float) -> None:
    def part(shape: Shape, fill: str, alpha: float = 1) -> None:
        canvas.paint(turned(shape, angle, x, 860), fill, alpha=alpha)

    part([(x - 30, top + 90), (x, top), (x + 30, top + 90)], "#f6d7a9")
    part([(x - 10, top + 30), (x, top), (x + 10, top + 30)], colour)
    part(box(x - 30, top + 88, x + 30, 700), colour)
    part(box(x - 30, top + 88, x - 12, 700), "#ffffff", 0.25)
    part(box(x + 12, top + 88, x + 30, 700), "#1b1430", 0.16)


def tape() -> Canvas:
    canvas = Canvas("#e0f2ee", "#a8dbcf")
    canvas.paint(ellipse(500, 490, 350), "#f5fbfa", alpha=0.7)
    strip = [(560, 790), (900, 790), (886, 812), (900, 834), (886, 850), (560, 850)]
    canvas.paint(strip, "#f28482")
    for i in range(6):
        canvas.paint(ellipse(600 + i * 52, 820, 12), "#fff1ef")
    for cx, cy, radius, colour, dot in (
        (400, 640, 210, "#f28482", "#fff1ef"),
        (640, 420, 180, "#3d6b9e", "#dbe9f8"),
        (330, 300, 130, "#f6bd60", "#fff5df"),
    ):
        _roll(canvas, cx, cy, radius, colour, dot)
    return canvas


def _roll(canvas: Canvas, cx: float, cy: float, radius: float, colour: str, dot: str) -> None:
    canvas.shadow(moved(ellipse(cx, cy, radius), 10, 26), blur=22, alpha=0.32)
    rim = ellipse(cx, cy, radius)
    canvas.paint(rim, colour)
    for i in range(18):
        canvas.paint(turned(ellipse(cx, cy - radius * 0.86, radius * 0.055), i * 20, cx, cy), dot, alpha=0.9)
    canvas.paint(ellipse(cx, cy, radius * 0.72), "#1b1430", alpha=0.14)
    canvas.paint(ellipse(cx, cy, radius * 0.68), "#e9cfa5", "#cda671")
    canvas.paint(ellipse(cx, cy, radius * 0.54), "#a67c45")
    canvas.paint(ellipse(cx, cy + radius * 0.03, radius * 0.52), "#d3eee8", "#bfe4db")


def postcards() -> Canvas:
    canvas = Canvas("#ffe6d6", "#ffbf9e")
    canvas.paint(ellipse(500, 490, 350), "#fff6f0", alpha=0.65)
    for tilt, colour in ((-14, "#f7d6bf"), (10, "#fdeede")):
        card = turned(box(230, 300, 770, 690, 14), tilt)
        canvas.shadow(moved(card, 6, 16), blur=18, alpha=0.25)
        canvas.paint(card, colour)
    tilt = -3
    card = turned(box(210, 290, 790, 710, 16), tilt)
    canvas.shadow(moved(card, 8, 22), blur=22, alpha=0.32)
    canvas.paint(card, "#fffdf8")
    picture = turned(box(234, 314, 766, 686, 8), tilt)
    canvas.paint(picture, "#2d5d8a", "#f19a6b", "#fbd08d")
    canvas.paint(ellipse(560, 530, 62), "#fff1c9", within=picture)
    _karst(canvas, picture)
    canvas.paint(turned(box(220, 600, 780, 700), tilt), "#2b6c86", "#1d4b66", within=picture)
    canvas.paint(turned(box(500, 612, 620, 618, 3), tilt), "#fff1c9", within=picture, alpha=0.7)
    canvas.paint(turned(box(520, 632, 600, 637, 3), tilt), "#fff1c9", within=picture, alpha=0.5)
    canvas.paint(
        smooth([(356, 636), (400, 652), (460, 652), (500, 632), (430, 640)]), "#12263a", within=picture
    )
    canvas.paint([(430, 636), (424, 560), (474, 600), (470, 634)], "#c8452f", within=picture)
    return canvas


def _karst(canvas: Canvas, picture: Shape) -> None:
    for x, width, top, colour in (
        (300, 110, 420, "#3b6f86"),
        (420, 90, 470, "#4d8296"),
        (690, 130, 440, "#3b6f86"),
        (780, 100, 400, "#2f5d74"),
    ):
        hill = smooth(
            [
                (x - width, 640),
                (x - width * 0.7, top + 60),
                (x - width * 0.2, top),
                (x + width * 0.4, top + 20),
                (x + width * 0.8, top + 90),
                (x + width, 640),
            ]
        )
        canvas.paint(hill, colour, within=picture)


def calendar() -> Canvas:
    canvas = Canvas("#dce9fb", "#a6c5ef")
    canvas.paint(ellipse(500, 490, 350), "#f5f9fe", alpha=0.7)
    canvas.ground(500, 816, 300, 26)
    canvas.paint([(250, 300), (750, 300), (812, 816), (188, 816)], "#3a4d78", "#2a3a60")
    page = [(262, 316), (738, 316), (788, 780), (212, 780)]
    canvas.paint(page, "#ffffff", "#eef3fa")
    canvas.paint(box(180, 300, 820, 426), "#f2647b", within=page)
    canvas.paint(box(392, 362, 608, 384, 11), "#ffffff", alpha=0.92)
    for row in range(4):
        for column in range(7):
            width = 426 + row * 18
            x, y = 500 - width / 2 + width * (column + 0.5) / 7, 482 + row * 78
            if (row, column) == (2, 4):
                canvas.paint(ellipse(x, y, 31), "#f2647b")
                canvas.paint(box(x - 12, y - 5, x + 12, y + 5, 5), "#ffffff")
            else:
                canvas.paint(box(x - 17, y - 6, x + 17, y + 6, 6), "#f2647b" if column == 6 else "#9fb1cc")
    for i in range(9):
        x = 290 + i * 52.5
        canvas.paint(box(x - 6, 268, x + 6, 330, 6), "#1c2743")
    return canvas


def open_notebook() -> Canvas:
    canvas = Canvas("#f8f3e6", "#e6d6b4")
    canvas.shadow(box(120, 260, 880, 800, 24), blur=36, alpha=0.4)
    canvas.paint(box(108, 236, 892, 784, 22), "#45358c")
    for x0, x1, shades in (
        (122, 500, ("#fffdf6", "#f7f1e2", "#ddd3bd")),
        (500, 878, ("#ddd3bd", "#f7f1e2", "#fffdf6")),
    ):
        canvas.paint(box(x0, 244, x1, 772, 12), *shades, along="x")
    for row in range(12):
        for column in range(17):
            x, y = 150 + column * 43.6, 286 + row * 41
            canvas.paint(ellipse(x, y, 2.6), "#8a83a8", alpha=0.55)
    _sketch(canvas)
    for i, width in enumerate((230, 270, 250, 280, 180)):
        wave = [(556 + x, 420 + i * 58 + (5 if x % 40 else -5)) for x in range(0, width, 20)]
        canvas.line(smooth(wave, closed=False), 6, "#35507f")
    canvas.paint(box(556, 318, 716, 334, 8), "#e4633f")
    canvas.paint([(486, 244), (512, 244), (516, 850), (500, 834), (484, 850)], "#ff8b6a", "#e4633f")
    return canvas


def _sketch(canvas: Canvas) -> None:
    ink = "#35507f"
    canvas.paint(ellipse(350, 400, 48), "#f4b860", alpha=0.9)
    hills = [(160, 560), (230, 470), (290, 530), (360, 450), (450, 560)]
    canvas.paint([*smooth(hills, closed=False), (450, 640), (160, 640)], "#86b79c", alpha=0.7)
    canvas.line(smooth(hills, closed=False), 6, ink)
    for y, width in ((660, 280), (688, 220), (716, 250)):
        canvas.line([(165, y), (165 + width, y)], 6, ink, alpha=0.8)
