"""Every URL of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("", include("conversations.urls")),
]

handler400 = "conversations.api.bad_request"
handler404 = "conversations.api.page_not_found"
handler500 = "conversations.api.server_error"
