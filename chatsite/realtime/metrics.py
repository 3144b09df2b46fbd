"""What a process counts of its stream, in Prometheus' terms."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

OPEN_SOCKETS = Gauge("chatsite_open_sockets", "Live connections of signed-in users")
FRAMES = Counter("chatsite_frames", "Frames received from clients")
REFUSED = Counter("chatsite_refused", "Frames answered with an error", ["code"])
CLOCK_DIFFERENCE = Gauge(
    "chatsite_clock_difference_seconds", "The database's clock minus that of this machine"
)
LAYER_ERRORS = Counter("chatsite_layer_errors", "Publishes that the channel layer did not take")
