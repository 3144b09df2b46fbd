"""The rows of the table, one file each; what is measured together is in one."""

from __future__ import annotations
