"""Django's own reports of errors, which show settings and variables, without secrets."""

from __future__ import annotations

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.views.debug import SafeExceptionReporterFilter

from chatsite.realtime.secrecy import HIDDEN, without_secrets

SECRET_NAME = re.compile("pass|secret|token|credential|conninfo", re.IGNORECASE)


class SecretsFilter(SafeExceptionReporterFilter):
    """Hides secrets by what a value holds too, where Django knows them by their names alone."""

    def cleanse_setting(self, key: str | int, value: Any) -> Any:
        """Hide what is in a URL."""
        return _without(super().cleanse_setting(key, value))

    def get_traceback_frame_variables(
        self, request: Any, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Hide passwords among the variables of the frames that connect to a service."""
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: self._hidden(name, value) for name, value in variables}.items()

    def _hidden(self, name: str, value: Any) -> Any:
        return self.cleansed_substitute if SECRET_NAME.search(name) else _without(value)


def _without(value: Any) -> Any:
    """The value, or a copy of it without secrets, to any depth."""
    match value:
        case str():
            return without_secrets(value)
        case dict():
            return {
                key: HIDDEN if _is_secret(key) else _without(inner) for key, inner in value.items()
            }
        case list():
            return [_without(inner) for inner in value]
        case tuple():
            return tuple(_without(inner) for inner in value)
        case _:
            return value


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and SECRET_NAME.search(name) is not None
