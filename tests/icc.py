"""Colour profiles for tests: a screen with three primaries and a gamma, as ICC.1 writes them (version 2)."""

import struct

# Primaries as they are seen under D50 light: X, Y, Z of red, green and blue.
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
D50 = (0.9642, 1.0, 0.8249)


def profile(primaries, gamma: float = 2.2) -> bytes:
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {b"wtpt": _xyz(D50), b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)}
    for name, colour in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {name + b"XYZ": _xyz(colour), name + b"TRC": curve}
    directory, data, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        padded = tag + bytes(-len(tag) % 4)
        directory += name + struct.pack(">II", at + len(data), len(tag))
        data += padded
    return _header(at + len(data)) + directory + data


def _xyz(colour) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in colour))


def _header(size: int) -> bytes:
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(24) + struct.pack(">I", 0)
    return (head + struct.pack(">3i", *(round(value * 65536) for value in D50))).ljust(128, b"\0")
