"""A disk of the shop's own, which can be full: a file system in memory that no other program of the machine sees.

It takes the rights of root and Linux; without them the shop's folder lies where it lies, and no disk is filled.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_REMOUNT, MS_REC, MS_PRIVATE = 32, 16384, 1 << 18
MNT_DETACH = 2
# What there is room for, and what is left of it on a full disk.
ROOM, LEFT = 12 << 30, 64 << 10


class Disk:
    """Mounted at a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _mount(folder, 0, ROOM)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Inside nothing can be written but a little."""
        there = os.statvfs(self.folder)
        used = (there.f_blocks - there.f_bfree) * there.f_frsize
        _mount(self.folder, MS_REMOUNT, used + LEFT)
        try:
            yield
        finally:
            _mount(self.folder, MS_REMOUNT, ROOM)

    def end(self) -> None:
        _libc().umount2(os.fsencode(self.folder), MNT_DETACH)


@contextmanager
def own_disk(folder: Path, *, wanted: bool = True) -> Iterator[Disk | None]:
    """A disk at this folder, for this process and those that it starts from now on; None where that may not be."""
    if not (wanted and _alone()):
        yield None
        return
    disk = Disk(folder)
    try:
        yield disk
    finally:
        disk.end()


def _alone() -> bool:
    """Whether what is mounted from now on is seen by this process alone, and those that it starts."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    libc = _libc()
    return not (libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))


def _mount(folder: Path, flags: int, size: int) -> None:
    words = f"size={size},mode=711".encode()
    if _libc().mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, words):
        raise OSError(ctypes.get_errno(), "no file system of its own", str(folder))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
