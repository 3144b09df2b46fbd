"""What is measured beside this project, each in a process of its own."""

from __future__ import annotations
