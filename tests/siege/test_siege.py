"""That the program still runs. What it measures is for people to read: nothing here is timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.siege.__main__ import besieged
from tests.siege.field import Scale


@pytest.mark.timeout(120)
async def test_a_siege_is_told_by_what_it_did_to_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await besieged(tmp_path, ["redis"], seconds=1, quiet=1, scale=Scale(12, 1, 1))
    told = capsys.readouterr().out
    assert told.startswith("quiet")
    assert "well again after" in told
    assert "away for 1 s" in told
    assert "the servers computed" in told
