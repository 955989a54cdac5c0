from typing import Any

FACTURX_FILENAME: str
FACTURX_LEVEL2xmp: dict[str, str]

def generate_xmp_object(metadata_dict: dict[str, str]) -> Any: ...
