"""Pictures of rooms and seats."""

from shop.demo.canvas import Canvas, Shape, box, ellipse, mirrored, moved, smooth, turned


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
        canvas.paint(smooth([(240, 420), (360, 350), (480, 400), (620, 340), (820, 410), (820, 560), (240, 560)]), "#8fc29a", within=pane)
        canvas.paint(smooth([(240, 470), (400, 420), (560, 470), (700, 420), (820, 470), (820, 600), (240, 600)]), "#5f9f78", within=pane)
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
    canvas.paint(smooth([(166, 600), (240, 580), (318, 600), (334, 650), (300, 700), (180, 702), (150, 650)]), "#ffffff", "#dddbe8")
    canvas.paint(smooth([(222, 634), (280, 618), (348, 634), (362, 676), (330, 708), (240, 708), (210, 676)]), cover, fold)


def _plant(canvas: Canvas, x: float, floor: float) -> None:
    leaf = smooth([(x, floor - 330), (x + 40, floor - 220), (x, floor - 90), (x - 40, floor - 220)])
    for angle, colour in ((-44, "#3f7d5d"), (44, "#3f7d5d"), (-22, "#4f9a73"), (24, "#57a57c"), (0, "#67b58b")):
        canvas.paint(turned(leaf, angle, x, floor - 90), colour)
    canvas.ground(x, floor + 60, 80, 14)
    canvas.paint([(x - 70, floor - 90), (x + 70, floor - 90), (x + 52, floor + 60), (x - 52, floor + 60)], "#d9825f", "#b95f3e")
    canvas.paint(box(x - 78, floor - 108, x + 78, floor - 74, 8), "#e79a78")


def concert_seat() -> Canvas:
    canvas = Canvas("#2b1440", "#5b1f5e")
    for x, angle, colour in ((240, -16, "#ffd36e"), (500, 0, "#ff8fb1"), (760, 16, "#8fd3ff")):
        beam = turned([(x - 14, -60), (x + 14, -60), (x + 190, 900), (x - 190, 900)], angle, x, -60)
        canvas.paint(beam, colour, alpha=0.16)
    for x in (60, 500, 940):
        _seat(canvas, x, 700, 0.62, "#7a2350", "#59183b")
    canvas.paint(box(0, 760, 1000, 1000), "#2b1440", alpha=0.55)
    for x in (-10, 1010):
        _seat(canvas, x, 850, 0.95, "#93284f", "#6d1c3b")
    canvas.ground(500, 906, 300, 30, alpha=0.6)
    _seat(canvas, 500, 900, 1.15, "#e5386d", "#b3204f")
    canvas.paint(box(462, 424, 538, 470, 10), "#ffd36e", "#e0a63a")
    canvas.paint(box(480, 441, 520, 453, 5), "#7a4a10")
    return canvas


def _seat(canvas: Canvas, cx: float, base: float, size: float, light: str, dark: str) -> None:
    def at(x0: float, y0: float, x1: float, y1: float, r) -> Shape:
        radii = [value * size for value in r] if isinstance(r, tuple) else r * size
        return box(cx + x0 * size, base + y0 * size, cx + x1 * size, base + y1 * size, radii)

    canvas.paint(at(-60, -90, 60, 0, 8), "#1a0d26")
    canvas.paint(at(-170, -440, 170, -110, (90, 90, 30, 30)), light, dark)
    canvas.paint(at(-130, -405, 130, -150, (64, 64, 30, 30)), "#ffffff", alpha=0.09)
    canvas.paint(at(-180, -190, 180, -70, 44), light, dark)
    canvas.paint(at(-150, -182, 150, -150, 16), "#ffffff", alpha=0.2)
    for side in (-1, 1):
        x0, x1 = sorted((side * 160, side * 214))
        canvas.paint(at(x0, -250, x1, -40, 20), "#2a1638", "#160a20")
        canvas.paint(at(x0 - 4, -268, x1 + 4, -228, 18), "#8b5a34", "#6b4022")


def deckchair() -> Canvas:
    canvas = Canvas("#1f3b66", "#5b6fa8", "#f0a58a")
    for x, y in ((120, 110), (250, 60), (820, 90), (900, 200), (700, 50), (80, 250), (940, 340), (430, 40)):
        canvas.paint(ellipse(x, y, 5), "#ffffff", alpha=0.9)
    canvas.shadow(box(230, 130, 770, 430), blur=50, alpha=0.4, colour="#dff2ff")
    canvas.paint(box(220, 120, 780, 440, 10), "#15233f")
    screen = box(236, 136, 764, 424, 4)
    canvas.paint(screen, "#fff3d6", "#ffd3a1")
    canvas.paint(ellipse(500, 300, 70), "#f2784b", within=screen)
    canvas.paint(smooth([(200, 400), (340, 330), (480, 380), (640, 320), (800, 390), (800, 500), (200, 500)]), "#a8432b", within=screen)
    for x in (250, 750):
        canvas.paint(box(x - 6, 440, x + 6, 640), "#15233f")
    canvas.paint(smooth([(-60, 660), (250, 620), (500, 640), (760, 616), (1060, 660), (1060, 1060), (-60, 1060)]), "#3f6b4d", "#274a38")
    canvas.ground(510, 900, 250, 30, alpha=0.5)
    _deckchair(canvas)
    return canvas


def _deckchair(canvas: Canvas) -> None:
    canvas.line([(640, 540), (420, 904)], 24, "#9a6a3a")
    sling = smooth([(330, 500), (352, 640), (440, 780), (600, 800), (690, 764), (704, 796), (600, 856), (420, 830), (316, 690), (292, 520)])
    canvas.paint(sling, "#fdf3df", "#efe0c2")
    for low, high in ((0.12, 0.3), (0.45, 0.6), (0.74, 0.9)):
        stripe = smooth([(330 - 38 * t, 500 + 20 * t) for t in (low, high)] + [], closed=False)
        canvas.line(stripe, 6, "#e4633f")
    inner = smooth([(318, 508), (338, 652), (428, 796), (600, 826), (698, 778)], closed=False)
    canvas.line(inner, 18, "#e4633f", within=sling)
    canvas.line([(296, 490), (700, 904)], 24, "#c48d53")
    canvas.line([(280, 494), (344, 484)], 20, "#9a6a3a")
    canvas.line([(670, 776), (736, 776)], 20, "#9a6a3a")


def sleeper_train() -> Canvas:
    canvas = Canvas("#ffd9b8", "#f7a58c", "#c7718c")
    canvas.paint(ellipse(720, 330, 110), "#fff0cf", alpha=0.95)
    canvas.paint(smooth([(-80, 560), (120, 400), (280, 500), (460, 380), (640, 500), (840, 420), (1080, 560), (1080, 760), (-80, 760)]), "#8b5a86", alpha=0.75)
    canvas.paint(smooth([(-80, 620), (160, 540), (420, 610), (700, 540), (1080, 630), (1080, 840), (-80, 840)]), "#5d3f6d")
    canvas.paint(box(0, 790, 1000, 1000), "#41304f", "#2d2139")
    for i in range(13):
        canvas.paint(box(i * 82 - 20, 836, i * 82 + 26, 856, 4), "#6d4a38")
    canvas.paint(box(0, 826, 1000, 838), "#c9ccd9", "#8d92a8")
    for x in (-180, 610):
        _carriage(canvas, x)
    return canvas


def _carriage(canvas: Canvas, x: float) -> None:
    for wheel in (110, 190, 560, 640):
        canvas.paint(ellipse(x + wheel, 800, 32), "#1d1a2b")
        canvas.paint(ellipse(x + wheel, 800, 13), "#8d92a8")
    canvas.paint(box(x + 20, 760, x + 740, 792, 8), "#241f35")
    body = box(x, 470, x + 760, 776, (56, 56, 18, 18))
    canvas.paint(body, "#2f6fa3", "#1f4f7d")
    canvas.paint(box(x, 460, x + 760, 510), "#e8edf5", "#c6d0e0", within=body)
    canvas.paint(box(x, 690, x + 760, 712), "#f4b860", within=body)
    for i in range(5):
        left = x + 62 + i * 132
        canvas.paint(box(left, 548, left + 104, 656, 18), "#16385a")
        canvas.paint(box(left + 8, 556, left + 96, 648, 12), "#ffe9b0", "#ffc97a")
        canvas.paint(box(left + 8, 612, left + 96, 624), "#b9693f", alpha=0.7)
        curtain = smooth([(left + 8, 556), (left + 40, 556), (left + 22, 606), (left + 8, 612)])
        canvas.paint(curtain, "#c8452f", alpha=0.85)
        canvas.paint(mirrored(curtain, left + 52), "#c8452f", alpha=0.85)


def garden_view() -> Canvas:
    canvas = Canvas("#ffe9c9", "#ffd3a8", "#f2b48c")
    canvas.paint(ellipse(760, 260, 90), "#fff5dc")
    canvas.paint(smooth([(-80, 520), (140, 420), (360, 500), (600, 400), (860, 480), (1080, 430), (1080, 800), (-80, 800)]), "#a7c796")
    canvas.paint(smooth([(-80, 600), (200, 540), (500, 590), (800, 530), (1080, 590), (1080, 820), (-80, 820)]), "#6fa57b")
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


def _lantern_tree(canvas: Canvas) -> None:
    trunk = smooth([(110, 780), (130, 560), (90, 360), (150, 160)], closed=False)
    canvas.line(trunk, 54, "#7a5233", "#8f6440", along="x")
    for x, y, size, colour in ((60, 160, 190, "#4d8a62"), (250, 90, 200, "#5a9a6e"), (140, 40, 190, "#69aa7c"), (420, 60, 130, "#5a9a6e")):
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
