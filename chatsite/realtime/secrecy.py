"""What may be said of the servers that the site uses: where they are, and never how to get in."""

from __future__ import annotations

import logging
import re

HIDDEN = "***"

# Greedy, for a password may have an @ of its own; but what is in the path may not be a password,
# which chatsite.realtime.layers.redis.hosts and the settings see to.
_USER_AND_PASSWORD = re.compile(r"""(?<=://)[^\s/?#"<>]*@""")

_SECRET_PARAMETER = re.compile(
    r"""\b([\w.-]{0,40}(?:pass(?:word|wd|phrase)?|pwd|secret|token)|(?:sentinel_)?user(?:name)?)
        (\s?=\s?)('[^']*'|[^\s&'",;#<>]+)""",
    re.IGNORECASE | re.VERBOSE,
)


def without_secrets(text: str) -> str:
    """The text, with the user and the password of every URL in it hidden, and every parameter
    that is one, as in ``?password=`` and in ``host=db password=``."""
    text = _USER_AND_PASSWORD.sub("", text)
    return _SECRET_PARAMETER.sub(rf"\1\2{HIDDEN}", text)


class SafeFormatter(logging.Formatter):
    """Lines, and the tracebacks under them, without secrets, whoever wrote what is in them."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        return without_secrets(super().format(record))
