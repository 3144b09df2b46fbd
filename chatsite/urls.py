"""Every URL of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from chatsite.passwords import PasswordChange, PasswordReset

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/password_change/", PasswordChange.as_view(), name="password_change"),
    path(
        "accounts/reset/<uidb64>/<token>/", PasswordReset.as_view(), name="password_reset_confirm"
    ),
    path("accounts/", include("django.contrib.auth.urls")),
    path("", include("conversations.urls")),
]

handler400 = "conversations.api.bad_request"
handler403 = "conversations.errorpages.permission_denied"
handler404 = "conversations.api.page_not_found"
handler500 = "conversations.api.server_error"
