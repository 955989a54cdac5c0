"""What several runs were together."""

import json

from faults import scoreboard

RUN = {"orders": 40, "events": 90, "answers": {"place 201": 40, "read 200": 60}, "findings": []}


def test_runs_are_counted_together_and_what_was_wrong_in_one_is_told(tmp_path, capsys):
    calm = RUN | {"seed": 1, "faults": {"web.kill": 2, "valkey.cut": 1}}
    wrong = RUN | {"seed": 2, "faults": {"web.kill": 1}, "findings": [{"column": "lost", "what": "one"}]}
    files = [tmp_path / "1.json", tmp_path / "2.json"]
    for file, run in zip(files, (calm, wrong), strict=True):
        file.write_text(json.dumps(run))

    assert scoreboard.main([str(files[0])]) == 0
    capsys.readouterr()
    assert scoreboard.main([str(file) for file in files]) == 1

    said = capsys.readouterr().out.splitlines()
    assert said[2].startswith("| 2 | 80 | 180 | 200 | 4 | 1 | 0 |")
    assert said[-1] == "`valkey.cut` 1, `web.kill` 3"
