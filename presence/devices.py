"""What a device is called: by its name, or as what its User-Agent says it is."""

from __future__ import annotations

import re
from functools import lru_cache

import ua_parser

from chatsite.realtime.bidi import plain_name

DEVICE_INFO_LIMIT = 200
"""Characters that are stored of a device's name or User-Agent."""

UNNAMED = "an unnamed device"

# A User-Agent begins with a product and its version; a name that somebody gave does not.
_user_agent = re.compile(r"[\w.-]+/\d")


@lru_cache(maxsize=4096)
def device_name(device_info: str) -> str:
    """Such as "Firefox on Linux". What a User-Agent does not tell is left out, and a name that
    somebody gave their device stays as it is, on one line that turns nothing around."""
    device_info = plain_name(device_info)
    if not _user_agent.match(device_info):
        return device_info or UNNAMED
    found = ua_parser.parse(device_info)
    families = [part.family for part in (found.user_agent, found.os) if part is not None]
    return " on ".join(families) or device_info


def stored_device_info(device_info: str) -> str:
    """What is stored of a device's name or User-Agent."""
    return plain_name(device_info)[:DEVICE_INFO_LIMIT]
