"""Pictures of rooms, and of what is seen from them."""

from demo.canvas import Canvas, Shape, box, ellipse, smooth, turned


def garden_room() -> Canvas:
    canvas = Canvas("#f4ead9", "#ead9bd")
    canvas.paint(box(0, 740, 1000, 1000), "#c99d6b", "#b4834f")
    for x in (140, 420, 690, 930):
        canvas.paint(box(x, 740, x + 4, 1000), "#8f6236", alpha=0.35)
    canvas.paint(box(0, 728, 1000, 744), "#fffaf0")
    _window(canvas, ("#bfe6f2", "#e8f6ec"), garden=True)
    _bed(canvas, "#4f8a6e", "#39705a")
    _plant(canvas, 872, 740)
    return canvas


def garden_view() -> Canvas:
    canvas = Canvas("#ffe9c9", "#ffd3a8", "#f2b48c")
    canvas.paint(ellipse(760, 260, 90), "#fff5dc")
    canvas.paint(
        smooth(
            [(-80, 520), (140, 420), (360, 500), (600, 400), (860, 480), (1080, 430), (1080, 800), (-80, 800)]
        ),
        "#a7c796",
    )
    canvas.paint(
        smooth([(-80, 600), (200, 540), (500, 590), (800, 530), (1080, 590), (1080, 820), (-80, 820)]),
        "#6fa57b",
    )
    canvas.paint(box(0, 740, 1000, 1000), "#d9b48a", "#c1945f")
    for y in (800, 870, 950):
        canvas.paint(box(0, y, 1000, y + 5), "#8f6236", alpha=0.3)
    _lantern_tree(canvas)
    canvas.ground(560, 900, 300, 26)
    _chair(canvas)
    canvas.paint(ellipse(690, 660, 150, 24), "#f6efe2", "#dccfb8")
    canvas.paint(box(680, 676, 700, 890), "#8a6a48")
    canvas.paint(ellipse(690, 892, 80, 14), "#8a6a48")
    canvas.paint(box(650, 606, 704, 656, (4, 4, 20, 20)), "#ffffff", "#d8dde6")
    canvas.paint(ellipse(677, 607, 27, 7), "#6b3d1e")
    _plant(canvas, 900, 800)
    return canvas


def river_suite() -> Canvas:
    canvas = Canvas("#39406b", "#525a8a")
    canvas.paint(box(0, 740, 1000, 1000), "#5b4468", "#443150")
    canvas.paint(box(0, 728, 1000, 744), "#6e75a8")
    _window(canvas, ("#141b45", "#3a3f7d"), garden=False)
    canvas.shadow(ellipse(846, 500, 150, 170), blur=50, alpha=0.55, colour="#ffcf87")
    _bed(canvas, "#d9734e", "#b9552f")
    canvas.paint(box(838, 520, 850, 740), "#2a2344")
    canvas.paint([(790, 528), (812, 420), (876, 420), (898, 528)], "#ffe5b4", "#ffc774")
    canvas.paint(ellipse(844, 742, 44, 10), "#2a2344")
    return canvas


def _window(canvas: Canvas, sky: tuple[str, str], *, garden: bool) -> None:
    pane = box(300, 130, 760, 500, (230, 230, 0, 0))
    canvas.paint(box(286, 116, 774, 514, (244, 244, 8, 8)), "#fffaf0" if garden else "#7a81b5")
    canvas.paint(pane, *sky)
    if garden:
        canvas.paint(ellipse(620, 240, 50), "#ffd977", within=pane)
        canvas.paint(
            smooth([(240, 420), (360, 350), (480, 400), (620, 340), (820, 410), (820, 560), (240, 560)]),
            "#8fc29a",
            within=pane,
        )
        canvas.paint(
            smooth([(240, 470), (400, 420), (560, 470), (700, 420), (820, 470), (820, 600), (240, 600)]),
            "#5f9f78",
            within=pane,
        )
    else:
        _night(canvas, pane)
    frame = "#fffaf0" if garden else "#7a81b5"
    canvas.paint(box(523, 116, 537, 514), frame)
    canvas.paint(box(286, 320, 774, 332), frame)
    canvas.paint(box(270, 506, 790, 530, 8), frame)


def _night(canvas: Canvas, pane: Shape) -> None:
    canvas.paint(ellipse(620, 240, 44), "#fff3cf", within=pane)
    canvas.paint(ellipse(640, 228, 40), "#232a5c", within=pane)
    for x, y in ((380, 230), (440, 180), (470, 290), (700, 300), (590, 350), (350, 320)):
        canvas.paint(ellipse(x, y, 4), "#ffffff", within=pane)
    for i, height in enumerate((50, 90, 64, 120, 76, 100, 58, 84)):
        x = 296 + i * 60
        canvas.paint(box(x, 440 - height, x + 52, 450), "#0d1233", within=pane)
        canvas.paint(box(x + 14, 450 - height + 14, x + 24, 450 - height + 26), "#ffd98a", within=pane)
    canvas.paint(box(280, 440, 780, 520), "#2c4f8f", "#1c2f66", within=pane)
    for x, y, width in ((330, 460, 60), (450, 476, 90), (600, 462, 70), (660, 486, 60)):
        canvas.paint(box(x, y, x + width, y + 5, 2), "#ffd98a", within=pane, alpha=0.6)


def _bed(canvas: Canvas, cover: str, fold: str) -> None:
    canvas.ground(440, 900, 390, 24)
    canvas.paint(box(96, 500, 156, 900, (26, 14, 6, 6)), "#8a5a33", "#6d4424")
    canvas.paint(box(120, 790, 770, 872, 8), "#8a5a33", "#6d4424")
    canvas.paint(box(700, 860, 724, 906), "#5a371c")
    canvas.paint(box(130, 680, 776, 812, 34), "#ffffff", "#e4e1ea")
    canvas.paint(box(330, 664, 782, 820, (30, 40, 26, 26)), cover, fold)
    canvas.paint(box(330, 664, 392, 820, (24, 0, 0, 20)), "#ffffff", "#ece9f1")
    canvas.paint(
        smooth([(166, 600), (240, 580), (318, 600), (334, 650), (300, 700), (180, 702), (150, 650)]),
        "#ffffff",
        "#dddbe8",
    )
    canvas.paint(
        smooth([(222, 634), (280, 618), (348, 634), (362, 676), (330, 708), (240, 708), (210, 676)]),
        cover,
        fold,
    )


def _plant(canvas: Canvas, x: float, floor: float) -> None:
    leaf = smooth([(x, floor - 330), (x + 40, floor - 220), (x, floor - 90), (x - 40, floor - 220)])
    for angle, colour in (
        (-44, "#3f7d5d"),
        (44, "#3f7d5d"),
        (-22, "#4f9a73"),
        (24, "#57a57c"),
        (0, "#67b58b"),
    ):
        canvas.paint(turned(leaf, angle, x, floor - 90), colour)
    canvas.ground(x, floor + 60, 80, 14)
    canvas.paint(
        [(x - 70, floor - 90), (x + 70, floor - 90), (x + 52, floor + 60), (x - 52, floor + 60)],
        "#d9825f",
        "#b95f3e",
    )
    canvas.paint(box(x - 78, floor - 108, x + 78, floor - 74, 8), "#e79a78")


def _lantern_tree(canvas: Canvas) -> None:
    trunk = smooth([(110, 780), (130, 560), (90, 360), (150, 160)], closed=False)
    canvas.line(trunk, 54, "#7a5233", "#8f6440", along="x")
    for x, y, size, colour in (
        (60, 160, 190, "#4d8a62"),
        (250, 90, 200, "#5a9a6e"),
        (140, 40, 190, "#69aa7c"),
        (420, 60, 130, "#5a9a6e"),
    ):
        canvas.paint(ellipse(x, y, size, size * 0.72), colour)
    canvas.line([(380, 130), (380, 300)], 5, "#4a3a2a")
    canvas.shadow(ellipse(380, 360, 90), blur=34, alpha=0.5, colour="#fff0b8")
    canvas.paint(ellipse(380, 360, 66, 72), "#f2643d", "#ff9a5a", "#e04d2a", along="x")
    for x in (340, 380, 420):
        canvas.paint(ellipse(x, 360, 3, 68), "#b8371b", alpha=0.5)
    for y in (288, 432):
        canvas.paint(box(352, y - 8, 408, y + 8, 6), "#6b2412")


def _chair(canvas: Canvas) -> None:
    wood, light = "#8a5a33", "#b07a48"
    for x0, y0, x1, y1 in ((330, 700, 316, 900), (500, 710, 520, 900), (300, 440, 340, 720)):
        canvas.line([(x0, y0), (x1, y1)], 22, wood)
    canvas.paint(smooth([(286, 430), (330, 424), (372, 690), (328, 704)]), "#f7ead2", "#e6d2ac")
    canvas.paint(box(316, 676, 526, 720, 20), "#e4633f", "#c64d2c")
    canvas.line([(318, 600), (500, 600), (508, 700)], 20, light)
