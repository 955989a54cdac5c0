"""Pictures of keys, software and phone numbers."""

from PIL import ImageDraw, ImageFont

from demo.canvas import FINER, Canvas, Shape, box, ellipse, moved, smooth, turned


def digits(canvas: Canvas, text: str, x: float, y: float, size: float, colour: str) -> None:
    """Plain letters, centred, in the font that Pillow brings along."""
    font = ImageFont.load_default(size * FINER)
    ImageDraw.Draw(canvas.image).text((x * FINER, y * FINER), text, fill=colour, font=font, anchor="mm")


def licence_key() -> Canvas:
    canvas = Canvas("#2d2a5a", "#5b4bb0")
    canvas.paint(ellipse(500, 490, 360), "#7a6ad0", alpha=0.35)
    canvas.paint(ellipse(500, 490, 270), "#8f80e0", alpha=0.3)
    tilt = -38
    canvas.shadow(moved(turned(box(440, 180, 560, 820, 50), tilt), 26, 50), blur=26, alpha=0.45)

    def part(shape: Shape, *fill: str, alpha: float = 1) -> None:
        canvas.paint(turned(shape, tilt), *fill, along="x", alpha=alpha)

    gold = ("#d99a2b", "#ffd97a", "#c98a1e")
    part(box(470, 400, 530, 850, (0, 0, 24, 24)), *gold)
    for y, width in ((690, 84), (760, 60), (808, 90)):
        part(box(524, y, 524 + width, y + 38, 8), "#f2bd52", "#c98a1e")
    part(ellipse(500, 290, 160), *gold)
    part(ellipse(500, 290, 128), "#c98a1e", alpha=0.4)
    part(ellipse(500, 270, 66), "#4a3f95")
    part(box(458, 410, 542, 452, 16), "#b57715", "#f2c765", "#a56a10")
    part(ellipse(436, 214, 24, 12), "#ffffff", alpha=0.5)
    for x, y, size in ((210, 250, 34), (800, 300, 26), (760, 760, 38), (250, 730, 22)):
        _spark(canvas, x, y, size)
    return canvas


def _spark(canvas: Canvas, x: float, y: float, size: float) -> None:
    thin = size * 0.24
    star = [
        (x, y - size),
        (x + thin, y - thin),
        (x + size, y),
        (x + thin, y + thin),
        (x, y + size),
        (x - thin, y + thin),
        (x - size, y),
        (x - thin, y - thin),
    ]
    canvas.paint(star, "#ffe9b0")


def photo_editor() -> Canvas:
    canvas = Canvas("#d9f1f7", "#8fcfe3")
    canvas.paint(ellipse(500, 490, 370), "#f2fbfd", alpha=0.6)
    canvas.shadow(box(150, 230, 850, 800, 28), blur=34, alpha=0.35)
    window = box(140, 210, 860, 780, 28)
    canvas.paint(window, "#23304a", "#1a2438")
    canvas.paint(box(140, 210, 860, 272), "#2f3f60", within=window)
    for x, colour in ((182, "#ff6b6b"), (218, "#ffd166"), (254, "#4ecb8f")):
        canvas.paint(ellipse(x, 241, 11), colour)
    picture = box(236, 304, 640, 744, 12)
    canvas.paint(picture, "#ffcf8f", "#ff9a76", "#e4637c")
    canvas.paint(ellipse(500, 470, 60), "#fff3cf", within=picture)
    canvas.paint(
        smooth([(180, 660), (320, 500), (400, 580), (500, 540), (700, 690), (700, 820), (180, 820)]),
        "#6d4c8d",
        within=picture,
    )
    canvas.paint(
        smooth([(180, 720), (340, 620), (470, 690), (700, 640), (700, 820), (180, 820)]),
        "#3d2f6b",
        within=picture,
    )
    for y in (330, 392, 454, 516):
        canvas.paint(box(170, y, 208, y + 38, 10), "#4ecbc4" if y == 392 else "#3d4f74")
    for i, share in enumerate((0.7, 0.35, 0.55, 0.85, 0.2)):
        y = 340 + i * 84
        canvas.paint(box(676, y, 826, y + 10, 5), "#3d4f74")
        canvas.paint(box(676, y, 676 + 150 * share, y + 10, 5), "#4ecbc4")
        canvas.paint(ellipse(676 + 150 * share, y + 5, 15), "#ffffff")
    return canvas


def phone() -> Canvas:
    canvas = Canvas("#ffe3ec", "#f9a8c1")
    canvas.paint(ellipse(500, 490, 360), "#fff4f8", alpha=0.65)
    canvas.shadow(box(330, 150, 710, 890, 60), blur=34, alpha=0.36)
    canvas.paint(box(310, 110, 690, 880, 60), "#2c2440", "#191427")
    screen = box(328, 128, 672, 862, 44)
    canvas.paint(screen, "#fff7fa", "#ffe3ec")
    canvas.paint(box(440, 144, 560, 172, 14), "#191427")
    digits(canvas, "024 7300 1180", 500, 262, 44, "#3a2742")
    canvas.paint(box(430, 304, 570, 314, 5), "#e84a7f", alpha=0.55)
    for i, key in enumerate("123456789*0#"):
        x, y = 404 + (i % 3) * 96, 400 + (i // 3) * 96
        canvas.paint(ellipse(x, y, 38), "#ffffff")
        digits(canvas, key, x, y, 36, "#3a2742")
    canvas.paint(ellipse(500, 790, 44), "#38c98a", "#1fa76d")
    handset = smooth(
        [
            (478, 768),
            (488, 764),
            (496, 782),
            (490, 790),
            (500, 802),
            (510, 798),
            (524, 808),
            (520, 818),
            (504, 816),
            (478, 790),
        ]
    )
    canvas.paint(handset, "#ffffff")
    return canvas


def sim_card() -> Canvas:
    canvas = Canvas("#fff0c4", "#ffcf5c")
    canvas.paint(ellipse(500, 490, 360), "#fff9e6", alpha=0.7)
    tilt = 9
    outline = [*box(300, 160, 700, 840, 44)]
    cut = [point for point in outline if not (point[0] > 640 and point[1] < 250)]
    at = next(i for i, point in enumerate(cut) if point[0] > 690)
    card = turned([*cut[:at], (580, 160), (700, 284), *cut[at:]], tilt)
    canvas.shadow(moved(card, 14, 34), blur=26, alpha=0.34)
    canvas.paint(card, "#ffffff", "#eef1f6")
    canvas.paint(turned(box(300, 640, 700, 840), tilt), "#f2643d", "#d9432a", within=card)
    canvas.paint(turned(ellipse(420, 740, 34), tilt), "#ffffff", within=card, alpha=0.9)
    for y, width in ((716, 150), (754, 100)):
        canvas.paint(turned(box(482, y, 482 + width, y + 14, 7), tilt), "#ffffff", alpha=0.85)
    chip = turned(box(380, 330, 620, 570, 36), tilt)
    canvas.paint(chip, "#f9dd8f", "#e0aa3a")
    for line in (
        [(380, 410), (460, 410)],
        [(380, 490), (460, 490)],
        [(540, 410), (620, 410)],
        [(540, 490), (620, 490)],
        [(500, 330), (500, 395)],
        [(500, 505), (500, 570)],
    ):
        canvas.line(turned(line, tilt), 7, "#a87516")
    canvas.paint(turned(box(456, 392, 544, 508, 18), tilt), "#a87516")
    canvas.paint(turned(box(463, 399, 537, 501, 13), tilt), "#f4cf72")
    return canvas


def writing_app() -> Canvas:
    canvas = Canvas("#e4f5e4", "#9fd8ad")
    canvas.paint(ellipse(500, 490, 370), "#f7fcf6", alpha=0.65)
    canvas.ground(500, 800, 380, 22)
    canvas.paint(box(200, 220, 800, 700, 30), "#2b3a42", "#1d282e")
    screen = box(222, 242, 778, 664, 12)
    canvas.paint(screen, "#fffdf7", "#f6f1e4")
    canvas.paint(box(310, 310, 560, 334, 12), "#2f6b4a")
    for i, width in enumerate((370, 340, 380, 300, 360, 210)):
        y = 380 + i * 42
        canvas.paint(box(310, y, 310 + width, y + 12, 6), "#b9c7b6")
    canvas.paint(box(528, 580, 534, 612, 3), "#e4633f")
    canvas.paint([(120, 760), (200, 700), (800, 700), (880, 760)], "#c9d2d6", "#aab6bc")
    canvas.paint(box(110, 756, 890, 796, (6, 6, 26, 26)), "#dfe6e9", "#9eabb2")
    canvas.paint(box(430, 756, 570, 770, (0, 0, 10, 10)), "#8e9ba2")
    quill = smooth([(800, 170), (838, 240), (820, 350), (760, 450), (716, 500), (712, 430), (730, 300)])
    canvas.shadow(moved(quill, 12, 20), blur=14, alpha=0.3)
    canvas.paint(quill, "#ff9a76", "#e4633f")
    canvas.line(smooth([(806, 190), (780, 320), (720, 470), (676, 570)], closed=False), 8, "#fff1e6")
    return canvas


def gift_card() -> Canvas:
    canvas = Canvas("#efe3fb", "#cfaef0")
    canvas.paint(ellipse(500, 490, 360), "#faf5fe", alpha=0.65)
    tilt = -10
    back = turned(box(190, 330, 790, 700, 34), tilt + 16)
    canvas.shadow(moved(back, 8, 20), blur=22, alpha=0.25)
    canvas.paint(back, "#8d5bd1", "#7443b8")
    card = turned(box(190, 310, 810, 700, 34), tilt)
    canvas.shadow(moved(card, 10, 28), blur=26, alpha=0.35)
    canvas.paint(card, "#ff7eb0", "#f0528f")
    canvas.paint(turned(ellipse(760, 340, 240), tilt), "#ffffff", within=card, alpha=0.12)
    canvas.paint(turned(box(340, 300, 396, 720), tilt), "#ffe08a", "#f7c34f", within=card)
    canvas.paint(turned(box(180, 446, 820, 502), tilt), "#ffe08a", "#f7c34f", within=card)
    for side in (-1, 1):
        loop = smooth(
            [
                (368, 474),
                (368 + side * 50, 400),
                (368 + side * 124, 392),
                (368 + side * 128, 452),
                (368 + side * 60, 486),
            ]
        )
        canvas.paint(turned(loop, tilt), "#fff0bf", "#f2b93b")
        tail = [(368, 474), (368 + side * 40, 560), (368 + side * 84, 546)]
        canvas.paint(turned(tail, tilt), "#f2b93b")
    canvas.paint(turned(ellipse(368, 474, 28), tilt), "#fff0bf", "#f7c34f")
    canvas.paint(turned(box(560, 590, 750, 610, 10), tilt), "#ffffff", alpha=0.9)
    canvas.paint(turned(box(620, 630, 750, 644, 7), tilt), "#ffffff", alpha=0.6)
    return canvas
