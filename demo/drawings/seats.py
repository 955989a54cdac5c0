"""Pictures of seats: in a hall, on a hill, on a train."""

from demo.canvas import Canvas, Shape, box, ellipse, mirrored, smooth, turned


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
    def at(x0: float, y0: float, x1: float, y1: float, r: float | tuple[float, ...]) -> Shape:
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
    canvas.paint(
        smooth([(200, 400), (340, 330), (480, 380), (640, 320), (800, 390), (800, 500), (200, 500)]),
        "#a8432b",
        within=screen,
    )
    for x in (250, 750):
        canvas.paint(box(x - 6, 440, x + 6, 640), "#15233f")
    canvas.paint(
        smooth([(-60, 660), (250, 620), (500, 640), (760, 616), (1060, 660), (1060, 1060), (-60, 1060)]),
        "#3f6b4d",
        "#274a38",
    )
    canvas.ground(510, 900, 250, 30, alpha=0.5)
    _deckchair(canvas)
    return canvas


def _deckchair(canvas: Canvas) -> None:
    canvas.line([(640, 540), (420, 904)], 24, "#9a6a3a")
    sling = smooth(
        [
            (330, 500),
            (352, 640),
            (440, 780),
            (600, 800),
            (690, 764),
            (704, 796),
            (600, 856),
            (420, 830),
            (316, 690),
            (292, 520),
        ]
    )
    canvas.paint(sling, "#fdf3df", "#efe0c2")
    inner = smooth([(318, 508), (338, 652), (428, 796), (600, 826), (698, 778)], closed=False)
    canvas.line(inner, 18, "#e4633f", within=sling)
    canvas.line([(296, 490), (700, 904)], 24, "#c48d53")
    canvas.line([(280, 494), (344, 484)], 20, "#9a6a3a")
    canvas.line([(670, 776), (736, 776)], 20, "#9a6a3a")


def sleeper_train() -> Canvas:
    canvas = Canvas("#ffd9b8", "#f7a58c", "#c7718c")
    canvas.paint(ellipse(720, 330, 110), "#fff0cf", alpha=0.95)
    canvas.paint(
        smooth(
            [
                (-80, 560),
                (120, 400),
                (280, 500),
                (460, 380),
                (640, 500),
                (840, 420),
                (1080, 560),
                (1080, 760),
                (-80, 760),
            ]
        ),
        "#8b5a86",
        alpha=0.75,
    )
    canvas.paint(
        smooth([(-80, 620), (160, 540), (420, 610), (700, 540), (1080, 630), (1080, 840), (-80, 840)]),
        "#5d3f6d",
    )
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
