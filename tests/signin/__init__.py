"""The door: who may try a password, and what it costs everybody else."""

from __future__ import annotations
