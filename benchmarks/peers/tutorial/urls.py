"""No pages: its server only has to answer that it is there."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
