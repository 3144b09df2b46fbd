"""A chat in the shape that the Channels documentation teaches: a channel for every socket."""

from __future__ import annotations
