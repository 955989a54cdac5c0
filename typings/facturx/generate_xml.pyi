from typing import Any

def generate_cii_xml(
    data_dict: dict[str, Any],
    level: str = ...,
    check_xsd: bool = ...,
    check_schematron: str | None = ...,
) -> bytes: ...
