"""Pictures of things for a home."""

from demo.canvas import Canvas, Points, box, ellipse, mirrored, moved, ribbon, smooth, turned


def lamp() -> Canvas:
    canvas = Canvas("#3b3a63", "#5d5487")
    canvas.shadow(ellipse(500, 420, 330, 300), blur=60, alpha=0.5, colour="#ffd48a")
    canvas.ground(500, 838, 240, 26, alpha=0.5)
    canvas.paint(
        [*ellipse(500, 826, 170, 34, 0, 180), *ellipse(500, 800, 170, 34, 180, 360)],
        "#c9714b",
        "#e79a72",
        "#a9552f",
        along="x",
    )
    canvas.paint(ellipse(500, 798, 170, 34), "#f0ad86", "#d98861")
    stem = [(462, 520), (538, 520), (556, 800), (444, 800)]
    canvas.paint(stem, "#c9714b", "#f0ad86", "#a9552f", along="x")
    canvas.shadow(ellipse(500, 800, 110, 18), blur=20, alpha=0.6, colour="#ffe2ae")
    shade = [
        *ellipse(500, 520, 282, 50, 0, 180),
        *smooth(
            [(218, 520), (260, 350), (380, 240), (500, 214), (620, 240), (740, 350), (782, 520)], closed=False
        ),
    ]
    canvas.paint(shade, "#f4a261", "#ffe0a3", "#ffd08a", "#ef9350", along="x")
    canvas.paint(ellipse(500, 520, 282, 50), "#fff6dd", "#ffe7b3")
    canvas.paint(turned(ellipse(372, 340, 26, 90), 34, 372, 340), "#ffffff", alpha=0.35)
    return canvas


def vase() -> Canvas:
    canvas = Canvas("#f6ecdf", "#e2cdb2")
    canvas.paint(ellipse(500, 480, 350), "#fdf8f0", alpha=0.7)
    canvas.ground(500, 876, 190, 24)
    for angle, length in ((-26, 400), (-8, 470), (12, 450), (30, 380)):
        _eucalyptus(canvas, angle, length)
    body = smooth(
        [
            (446, 520),
            (554, 520),
            (566, 560),
            (640, 640),
            (668, 740),
            (630, 850),
            (560, 880),
            (440, 880),
            (370, 850),
            (332, 740),
            (360, 640),
            (434, 560),
        ]
    )
    canvas.paint(body, "#b5654a", "#d98b6c", "#8f4832", along="x")
    for x in (-120, -60, 0, 60, 120):
        rib = smooth(
            [(500 + x * 0.36, 530), (500 + x * 0.6, 590), (500 + x * 1.05, 740), (500 + x * 0.7, 880)],
            closed=False,
        )
        canvas.line(rib, 9, "#7d3c28", within=body, alpha=0.4)
    canvas.paint(ellipse(500, 522, 58, 15), "#6a3120")
    return canvas


def _eucalyptus(canvas: Canvas, angle: float, length: float) -> None:
    top = 530 - length
    stem = smooth([(500, 540), (504, 530 - length * 0.5), (500, top)], closed=False)
    canvas.line(turned(stem, angle, 500, 560), 8, "#5f7f6a")
    for i in range(7):
        y = top + i * length / 8.5
        size = 22 + i * 4
        leaf = ellipse(500 + size * 0.95, y, size, size * 0.62)
        for side, colour in ((leaf, "#86a991"), (mirrored(leaf, 501), "#6c937a")):
            canvas.paint(turned(side, angle, 500, 560), colour)


def cushion() -> Canvas:
    canvas = Canvas("#fdeecb", "#f3cf86")
    canvas.paint(ellipse(500, 490, 350), "#fff8e6", alpha=0.7)
    canvas.ground(500, 826, 280, 28)
    body = smooth(
        [
            (196, 262),
            (350, 224),
            (500, 212),
            (650, 224),
            (804, 262),
            (830, 400),
            (836, 520),
            (830, 650),
            (800, 800),
            (650, 836),
            (500, 846),
            (350, 836),
            (200, 800),
            (170, 650),
            (164, 520),
            (170, 400),
        ]
    )
    canvas.paint(body, "#e8a83a", "#d1871f")
    for x in (290, 395, 500, 605, 710):
        bend = (x - 500) * 0.06
        stripe = smooth(
            [(x - bend, 200), (x + bend, 360), (x + bend * 1.4, 520), (x + bend, 690), (x - bend, 860)],
            closed=False,
        )
        canvas.line(stripe, 30, "#fdf1d3", within=body, alpha=0.9)
        canvas.line(moved(stripe, 30), 7, "#a8432b", within=body)
    canvas.paint(ellipse(500, 900, 420, 160), "#8a4d0c", within=body, alpha=0.2)
    canvas.paint(ellipse(380, 270, 330, 90), "#ffffff", within=body, alpha=0.16)
    for x, y in ((188, 254), (812, 254), (190, 806), (810, 806)):
        _tassel(canvas, x, y)
    return canvas


def _tassel(canvas: Canvas, x: float, y: float) -> None:
    side = -1 if x < 500 else 1
    for lean in (-20, 0, 20):
        thread = [(x, y), (x + side * 26 + lean * 0.4, y + 34), (x + side * 30 + lean, y + 78)]
        canvas.line(smooth(thread, closed=False), 12, "#a8432b")
    canvas.paint(ellipse(x, y, 20), "#c65a3c")


def basket() -> Canvas:
    canvas = Canvas("#e6efe0", "#c0d3b1")
    canvas.paint(ellipse(500, 490, 350), "#f6faf2", alpha=0.7)
    canvas.ground(500, 836, 270, 30)
    handle = smooth([(300, 430), (330, 260), (500, 186), (670, 260), (700, 430)], closed=False)
    canvas.line(handle, 34, "#9a6a35")
    canvas.line(moved(handle, -3, -4), 12, "#c9985c")
    canvas.paint(ellipse(500, 430, 280, 50), "#6d4820")
    body = [(222, 440), (778, 440), (716, 800), (690, 836), (660, 844), (340, 844), (310, 836), (284, 800)]
    canvas.paint(body, "#c18a4b", "#dfb074", "#a06c33", along="x")
    _weave(canvas, body)
    canvas.paint(box(600, 430, 790, 860), "#5a3812", within=body, alpha=0.12)
    canvas.paint(ribbon(ellipse(500, 440, 278, 52, 0, 180), 30), "#b27c40", "#e4b97f", "#95622b", along="x")
    _linen(canvas)
    return canvas


def _linen(canvas: Canvas) -> None:
    """What lies in the basket, with a corner that hangs over."""
    cloth = [
        (330, 470),
        (420, 486),
        (500, 490),
        (580, 486),
        (670, 470),
        (640, 560),
        (560, 540),
        (500, 610),
        (430, 545),
        (372, 572),
    ]
    canvas.shadow(moved(smooth(cloth), 4, 10), blur=8, alpha=0.25)
    canvas.paint(smooth(cloth), "#ffffff", "#e6e9f2")
    mound = smooth(
        [
            (280, 440),
            (330, 380),
            (420, 396),
            (500, 362),
            (590, 398),
            (680, 378),
            (726, 440),
            (670, 472),
            (580, 486),
            (500, 490),
            (420, 486),
            (330, 472),
        ]
    )
    canvas.paint(mound, "#ffffff", "#f1f3f8")


def _weave(canvas: Canvas, body: Points) -> None:
    for row in range(8):
        y = 516 + row * 42
        for column in range(10):
            x = 206 + column * 66 + (row % 2) * 33
            canvas.paint(box(x, y, x + 46, y + 26, 12), "#8c5a26", within=body, alpha=0.32)
            canvas.paint(box(x, y - 4, x + 46, y + 14, 9), "#f2d09b", within=body, alpha=0.35)


def candle() -> Canvas:
    canvas = Canvas("#4a2f45", "#7b4a5d")
    canvas.shadow(ellipse(500, 330, 190, 210), blur=60, alpha=0.6, colour="#ffc27a")
    canvas.ground(500, 852, 230, 26, alpha=0.5)
    canvas.paint(box(310, 440, 690, 856, (14, 14, 60, 60)), "#ffffff", alpha=0.26)
    wax = [*ellipse(500, 830, 168, 24, 0, 180), *ellipse(500, 540, 168, 30, 180, 360)]
    canvas.paint(wax, "#ffe9cf", "#fff7ec", "#f4d4b0", along="x")
    canvas.paint(ellipse(500, 540, 168, 30), "#fffaf0", "#ffe2b8")
    canvas.line([(500, 540), (500, 486)], 10, "#3a2430")
    flame = smooth([(500, 330), (534, 410), (530, 470), (500, 500), (470, 470), (466, 410)])
    canvas.paint(flame, "#ffdf7e", "#ff9a3d")
    canvas.paint(smooth([(500, 410), (518, 450), (500, 492), (482, 450)]), "#fff8d8")
    label = box(392, 632, 608, 768, 12)
    canvas.paint(label, "#3c2a3a", alpha=0.92)
    canvas.paint(box(406, 646, 594, 754, 8), "#e8c79a", alpha=0.9)
    canvas.paint(box(409, 649, 591, 751, 7), "#3c2a3a")
    leaf = smooth([(500, 664), (526, 696), (500, 734), (474, 696)])
    for angle in (-50, 50, 0):
        canvas.paint(turned(leaf, angle, 500, 734), "#e8c79a", alpha=0.85)
    canvas.paint(box(332, 470, 350, 810, 9), "#ffffff", alpha=0.4)
    return canvas


def clock() -> Canvas:
    canvas = Canvas("#dff0f2", "#a9d2d8")
    canvas.paint(box(0, 0, 1000, 1000), "#ffffff", alpha=0.08)
    canvas.shadow(ellipse(520, 540, 310), blur=36, alpha=0.35)
    canvas.paint(ellipse(500, 500, 324), "#d8a56a", "#a86f38")
    canvas.paint(ellipse(500, 500, 298), "#8f5b2c")
    canvas.paint(ellipse(500, 504, 292), "#fffdf8", "#f1ece2")
    for hour in range(12):
        long = hour % 3 == 0
        mark = box(492 if long else 495, 236, 508 if long else 505, 286 if long else 262, 5)
        canvas.paint(turned(mark, hour * 30), "#2f4858" if long else "#9fb0b8")
    for angle, length, width in ((306, 170, 22), (54, 232, 16)):
        hand = box(500 - width / 2, 500 - length, 500 + width / 2, 540, width / 2)
        canvas.shadow(moved(turned(hand, angle), 6, 10), blur=6, alpha=0.25)
        canvas.paint(turned(hand, angle), "#2f4858")
    canvas.paint(turned(box(496, 262, 504, 566, 4), 168), "#e4633f")
    canvas.paint(ellipse(500, 500, 22), "#e4633f")
    canvas.paint(ellipse(500, 500, 8), "#ffffff")
    return canvas
