"""What all layers have in common.

A process owns one channel and joins it to many groups, so it must be told which of them a
message was sent to. Whoever sends, by ``publish`` or by a bare ``group_send``, sends through
the configured layer, which stamps the name of the group on the message.
"""

from __future__ import annotations

GROUP_KEY = "group"

LOST = "stream.lost"
"""Control message to a group that may have missed something."""
