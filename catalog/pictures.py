"""Product pictures: each upload becomes two WebP files, one for cards and one for the product's page.

The field does it itself, so every way of storing a picture (admin, imports, the demo, a shell) ends with both sizes.
"""

import hashlib
import struct
import zlib
from io import BytesIO
from pathlib import PurePath
from typing import IO, Any, Protocol, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models
from django.db.models.fields.files import FieldFile, ImageFieldFile
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms

# Longest side in pixels. A card is 190 points wide on a phone with three pixels a point; on a page a picture is 600 wide.
CARD = 600
LARGE = 1200
# A small file may unpack to gigabytes: a picture with more pixels (a good camera's have as many) is refused unread.
MAX_PIXELS = 40_000_000
# Below MAX_BODY, so that a file that is too large is refused beside its field.
MAX_BYTES = 10_000_000
MAX_STEM_LENGTH = 40
# What Pillow calls them, and people do.
FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "AVIF": "AVIF", "GIF": "GIF"}
# What Pillow raises for files that are not what they say.
BROKEN = (OSError, ValueError, SyntaxError, RuntimeError, EOFError, LookupError, struct.error, zlib.error)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SRGB = ImageCms.createProfile("sRGB")
QUALITY = 82
# The encoder's effort: higher values save little here and take several times as long.
EFFORT = 3


class NotAPicture(ValidationError):
    """What was sent is no picture that can be shown."""

    def __init__(self, message: str):
        super().__init__(message, code="not_a_picture")


def opened(file: IO[bytes]) -> Image.Image:
    """The picture in a file (the first, where it moves), upright, in the colours of the web, no larger than is kept.

    Raises NotAPicture, before it unpacks one that is too large.
    """
    file.seek(0)
    try:
        picture = Image.open(file, formats=tuple(FORMATS))
    except (*BROKEN, Image.DecompressionBombError) as error:
        raise NotAPicture(
            _("This is no picture: choose a %(formats)s file.") % {"formats": formats_in_words()}
        ) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise NotAPicture(
            _("This picture has too many pixels: %(most)d million are the most.")
            % {"most": MAX_PIXELS // 1_000_000}
        )
    try:
        picture.load()
    except (*BROKEN, MemoryError) as error:
        raise NotAPicture(_("This picture is damaged: its file ends too early or is not whole.")) from error
    upright = _upright(picture)
    plain = _plain(upright)
    plain.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    return _srgb(plain, picture.info.get("icc_profile"))


def formats_in_words() -> str:
    """What is taken, for people to read."""
    *names, last = FORMATS.values()
    return _("%(names)s or %(last)s") % {"names": ", ".join(names), "last": last}


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its camera was held; as it is where the camera's notes can't be read."""
    try:
        held: Any = picture.getexif().get(ExifTags.Base.Orientation)
        turn = TURNS.get(held)
    except (*BROKEN, TypeError):
        return picture
    return picture if turn is None else picture.transpose(turn)


def _plain(picture: Image.Image) -> Image.Image:
    """One value of 8 bits for each colour, or gray or ink as it was, with its transparency if it has any."""
    if picture.mode.startswith(
        ("I", "F")
    ):  # 16 bits; converted as they are, all but the darkest would be white
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGB")


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours that browsers take for granted; as it is where its own profile can't be read, or is another's."""
    shown = "RGBA" if picture.mode == "RGBA" else "RGB"
    colours = picture.convert("RGB") if picture.mode == "RGBA" else picture
    if profile:
        try:
            converted = ImageCms.profileToProfile(colours, BytesIO(profile), SRGB, outputMode="RGB")
        except (*BROKEN, ImageCms.PyCMSError, TypeError):
            converted = None
        colours = converted or colours
    result = colours.convert(shown)
    if shown == "RGBA":
        result.putalpha(picture.getchannel("A"))
    return result


def webp(picture: Image.Image, longest: int) -> tuple[bytes, tuple[int, int]]:
    """The picture scaled to fit (never up) as a WebP file without metadata, and its width and height in pixels."""
    fitting = picture.copy()
    fitting.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    file = BytesIO()
    # Place and camera are private; the colours are the web's, which need no profile.
    fitting.save(file, "WEBP", quality=QUALITY, method=EFFORT, exif=b"", icc_profile=b"", xmp=b"")
    return file.getvalue(), fitting.size


def check_picture(file: IO[bytes]) -> None:
    """A validator for forms, which show what it says. Raises NotAPicture."""
    if getattr(file, "_committed", False):
        return
    if getattr(file, "size", 0) > MAX_BYTES:
        raise NotAPicture(
            _("This file is too large: %(most)d MB are the most.") % {"most": MAX_BYTES // 1_000_000}
        )
    opened(file)
    file.seek(0)


class TwoSizes(Protocol):
    """The row of a picture."""

    card: FieldFile
    width: int
    height: int


class PictureFile(ImageFieldFile):
    """The large size; the small one and the measures are kept beside it in the same row."""

    def save(self, name: str, content: Any, save: bool = True) -> None:  # noqa: FBT001, FBT002 Django passes it by place
        """Store both sizes under names that no other content ever has. Raises NotAPicture."""
        picture = opened(content)
        large, (width, height) = webp(picture, LARGE)
        small, _size = webp(picture, CARD)
        stem = f"{PurePath(name).stem[:MAX_STEM_LENGTH]}-{hashlib.sha256(large).hexdigest()[:10]}"
        super().save(f"{stem}.webp", ContentFile(large), save=False)
        row = cast("TwoSizes", self.instance)
        row.width, row.height = width, height
        row.card.save(f"{stem}-card.webp", ContentFile(small), save=save)


class PictureFormField(forms.ImageField):
    # By its content alone: Django's own list of endings is of all that Pillow might read somewhere.
    default_validators = []

    def to_python(self, data: Any) -> Any:
        """Accept any file: `check_picture` looks at it afterwards, and gives better reasons than Django's field."""
        return forms.FileField.to_python(self, data)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """What a telephone offers is converted to one of these."""
        return {"accept": ",".join(f"image/{name.lower()}" for name in FORMATS)}


class PictureField(models.ImageField):
    """An image that is stored in two sizes: its model has what TwoSizes says."""

    attr_class = PictureFile
    default_validators = [check_picture]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PictureFormField, **kwargs})
