from collections.abc import Iterable, Iterator, Mapping
from enum import IntFlag

class Blob:
    @classmethod
    def from_file_path(cls, filename: str) -> Blob: ...
    data: bytes

class Set:
    def __contains__(self, value: int) -> bool: ...
    def __iter__(self) -> Iterator[int]: ...
    def update(self, values: Iterable[int]) -> None: ...

class OTVarAxisInfo:
    tag: str
    default_value: float

class Face:
    def __init__(self, blob: Blob, index: int = 0) -> None: ...
    upem: int
    blob: Blob
    unicodes: Set
    axis_infos: list[OTVarAxisInfo]

class GlyphExtents:
    y_bearing: int
    height: int

class Font:
    def __init__(self, face: Face) -> None: ...
    def set_variations(self, variations: Mapping[str, float]) -> None: ...
    def get_glyph_h_advance(self, gid: int) -> int: ...
    def get_glyph_extents(self, gid: int) -> GlyphExtents | None: ...

class BufferFlags(IntFlag):
    REMOVE_DEFAULT_IGNORABLES = ...

class GlyphInfo:
    codepoint: int
    cluster: int

class GlyphPosition:
    x_advance: int
    x_offset: int
    y_offset: int

class Buffer:
    direction: str
    script: str
    language: str
    flags: BufferFlags
    glyph_infos: list[GlyphInfo]
    glyph_positions: list[GlyphPosition]
    def add_str(self, text: str) -> None: ...

def shape(font: Font, buffer: Buffer) -> None: ...

class SubsetFlags(IntFlag):
    NO_HINTING = ...
    NO_LAYOUT_CLOSURE = ...
    NOTDEF_OUTLINE = ...
    DOWNGRADE_CFF2 = ...

class SubsetInput:
    flags: SubsetFlags
    glyph_set: Set
    unicode_set: Set
    drop_table_tag_set: Set
    def pin_axis_location(self, face: Face, axis_tag: str, value: float) -> bool: ...

class SubsetPlan:
    def __init__(self, face: Face, wanted: SubsetInput, /) -> None: ...
    old_to_new_glyph_mapping: Mapping[int, int]
    def execute(self) -> Face: ...
