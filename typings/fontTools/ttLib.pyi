from io import BytesIO
from typing import Any

class TTFont:
    def __init__(self, file: BytesIO | None = None, **options: Any) -> None: ...
    def getGlyphOrder(self) -> list[str]: ...  # noqa: N802 its own name
    def setGlyphOrder(self, order: list[str], /) -> None: ...  # noqa: N802 its own name
    def save(self, file: Any, **options: Any) -> None: ...
