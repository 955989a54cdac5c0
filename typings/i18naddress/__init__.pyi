import re
from collections.abc import Mapping

class ValidationRules:
    address_format: str
    required_fields: set[str]
    country_area_choices: list[tuple[str, str]]
    postal_code_matchers: list[re.Pattern[str]]

def get_validation_rules(address: Mapping[str, str]) -> ValidationRules: ...
