"""Every URL of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path

from chatsite.passwords import PasswordChange, PasswordReset
from chatsite.signin.views import counted, named, nobody, own
from conversations.views import signup

password_change = counted(PasswordChange.as_view(), own)
password_reset = counted(PasswordReset.as_view(), nobody)

# Before those of Django's that they stand for, by the same names. chatsite.signin.gate knows them.
urlpatterns = [
    path("admin/login/", counted(admin.site.login, named)),
    path("admin/password_change/", counted(admin.site.password_change, own)),
    path("admin/", admin.site.urls),
    path("accounts/login/", counted(LoginView.as_view(), named), name="login"),
    path("accounts/signup/", counted(signup, nobody)),
    path("accounts/password_change/", password_change, name="password_change"),
    path("accounts/reset/<uidb64>/<token>/", password_reset, name="password_reset_confirm"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("", include("conversations.urls")),
]

handler400 = "conversations.api.bad_request"
handler403 = "conversations.errorpages.permission_denied"
handler404 = "conversations.api.page_not_found"
handler500 = "conversations.api.server_error"
