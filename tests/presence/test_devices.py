"""What a device is called."""

from __future__ import annotations

import pytest

from presence.devices import device_name

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("device_info", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Mobile Safari on iOS"),
        (CHROME, "Chrome on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("Firefox on my <desk>", "Firefox on my <desk>"),
        ("laptop", "laptop"),
        ("mybot/1.0", "mybot"),
        ("?/1 it", "?/1 it"),
        ("", "an unnamed device"),
        # As an earlier release may have kept it.
        ("lap\x1b[31mtop\u202e\n", "lap [31mtop"),
        ("\u202e", "an unnamed device"),
    ],
)
def test_a_device_has_a_name(device_info: str, name: str) -> None:
    assert device_name(device_info) == name
