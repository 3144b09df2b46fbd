"""Logs each request that can't be parsed as one line, since anybody can send such requests."""

from __future__ import annotations

import logging
from http import HTTPStatus


class OneLine(logging.Filter):
    """Passes all records on, and removes the traceback of those that only say that a client sent
    something invalid. A traceback is for a bug of the site; such requests would fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Make it a warning in one line, if the client is at fault."""
        if record.exc_info and (_is_answered_with_4xx(record) or _is_text_not_in_utf8(record)):
            record.exc_info = record.exc_text = None
            record.levelno = min(record.levelno, logging.WARNING)
            record.levelname = logging.getLevelName(record.levelno)
        return True


def _is_answered_with_4xx(record: logging.LogRecord) -> bool:
    """Django notes the status of its answer beside the exception that led to it."""
    status = getattr(record, "status_code", 0)
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _is_text_not_in_utf8(record: logging.LogRecord) -> bool:
    """uvicorn logs the exception, and closes the connection with 1007."""
    error = record.exc_info[1] if record.exc_info else None
    return record.msg.startswith("Invalid UTF-8") and isinstance(error, UnicodeDecodeError)
