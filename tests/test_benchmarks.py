"""The programs that measure run, and what they measure happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from benchmarks.machine import share_out
from benchmarks.report import between
from benchmarks.results import Beside, Target, What, line, table_of
from benchmarks.svg import Plot, svg_of

STALE = 20
SPEED = What("1", "fan-out", "deliveries/s")


def run(*arguments: str) -> str:
    """What a program of the benchmarks prints."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(180)
def test_the_sweep_benchmark_settles_everybody_it_made_stale() -> None:
    printed = run("benchmarks.sweep", "--people", "200", "--stale", str(STALE))
    rows = [line.strip("| ").split(" | ") for line in printed.splitlines() if "|" in line]
    went_offline = {row[0]: row[3] for row in rows[2:]}
    assert went_offline == {
        "their process was killed": str(STALE),
        "their grace passed": str(STALE),
        "no heartbeat, no connection": str(STALE),
        "nobody is stale": "0",
    }


@pytest.mark.timeout(400)
def test_a_miniature_run_fills_the_rows_asked_for() -> None:
    printed = run("benchmarks", "--tiny", "--without-socketio", "--json", "--rows", "1,4,5,7,9")
    lines: list[dict[str, Any]] = msgspec.json.decode(printed)["lines"]
    assert {line["what"]["row"] for line in lines} == {"1", "4", "5", "7", "9"}
    rates = [line for line in lines if line["what"]["unit"].endswith("/s")]
    assert all(line["ours"] > 0 for line in rates)
    told = {line["what"]["unit"]: line["ours"] for line in lines if line["what"]["row"] == "9"}
    assert told["frames a viewer"] == 1


@pytest.mark.timeout(180)
def test_growth_is_measured_and_told_in_numbers_too() -> None:
    printed = run("benchmarks", "growth", "--tiny", "--without-socketio")
    assert "µs for each delivery: 5: " in printed
    assert "conversations: 1: " in printed
    assert "µs for each person: 100: " in printed


def test_the_median_counts_beside_the_peers() -> None:
    target = Target(least=2, of_peer=True)
    fast = line(SPEED, [300, 100, 900], beside=Beside("a peer", [150, 150, 1]), target=target)
    assert (fast.ours, fast.theirs, fast.ratio, fast.met) == (300, 150, 2, True)
    slow = line(SPEED, [299], beside=Beside("a peer", [150]), target=target)
    assert slow.met is False
    cells = table_of([slow]).splitlines()[-1].split(" | ")
    assert cells[3:7] + cells[8:] == ["299", "a peer", "150", "1.99", "**no** |"]


def test_without_the_peer_there_is_no_verdict() -> None:
    alone = line(SPEED, [300], beside=Beside("a peer"), target=Target(least=2, of_peer=True))
    assert (alone.theirs, alone.ratio, alone.met) == (None, None, None)


def test_the_server_has_a_core_of_its_own_where_there_are_two() -> None:
    two = share_out({4, 7})
    assert (two.server(), two.load, two.services) == ({4}, {7}, {7})
    assert two.server(1) == {4}
    four = share_out({0, 1, 2, 3})
    assert (four.server(0), four.server(1), four.load, four.services) == ({0}, {3}, {1}, {2})


def test_only_what_is_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n"
    assert between(text, "bench", "new") == text.replace("old", "new")
    with pytest.raises(ValueError, match="other: begin"):
        between(text, "other", "new")


def test_a_plot_is_an_image_of_every_curve() -> None:
    curves = {"one": [(1.0, 10.0), (100.0, 20.0)], "two < three": [(1.0, 0.5)]}
    image = ET.fromstring(svg_of(Plot("title", "across", "up", curves)))  # noqa: S314 (our own)
    assert len(image.findall("{*}polyline")) == 2
    assert "two < three" in [element.text for element in image.findall("{*}text")]


def test_the_document_has_room_for_what_a_run_writes() -> None:
    document = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
    for name in ("bench", "million", "growth"):
        assert between(document.read_text(), name, "") != ""
