"""What PostgreSQL says went wrong: the codes of its documentation, without its driver."""

from __future__ import annotations

READ_ONLY_SQL_TRANSACTION = "25006"
DISK_FULL = "53100"
LOCK_NOT_AVAILABLE = "55P03"


def sqlstate_of(error: BaseException) -> str | None:
    """The code that the driver's error carries from which Django made this one; ``None``: it
    carries none, as with other databases."""
    code: str | None = getattr(error.__cause__, "sqlstate", None)
    return code
