"""The rig knows each place in the shop's code where a process dies by name."""

import re

from config.runtime.environment import PROJECT
from faults.injection.points import POINTS


def test_each_place_in_the_code_is_known_and_each_known_one_is_there():
    code = "".join(path.read_text() for path in PROJECT.glob("orders/**/*.py"))
    assert sorted(re.findall(r'fault_point\("(.*?)"\)', code)) == sorted(POINTS)
