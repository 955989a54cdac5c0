"""Stands in for VIES, the service of the EU that knows which VAT ids are in use."""

import json

from tests.stand_ins.server import Answer, Call, StandIn, Thing


class ViesStandIn(StandIn):
    """`in_use` are the ids, with their letters; `cannot` what it says in place of an answer, such as MS_UNAVAILABLE."""

    silence = 3.0

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.in_use: set[str] = set()
        self.cannot = ""

    def turn_away(self, call: Call) -> Answer | None:
        return Answer(200, {"vow": {"available": True}}) if call.method == "GET" else None

    def answer(self, call: Call) -> Answer:
        asked = json.loads(call.body)
        is_valid = f"{asked['countryCode']}{asked['vatNumber']}" in self.in_use
        says = "VALID" if is_valid else "INVALID"
        return Answer(200, {**asked, "valid": is_valid and not self.cannot, "userError": self.cannot or says})

    def trouble(self, status: int) -> Thing:
        return {"actionSucceed": False, "errorWrappers": [{"error": "SERVICE_UNAVAILABLE"}]}
