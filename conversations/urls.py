"""The pages and the HTTP API."""

from __future__ import annotations

from django.urls import path

from conversations import views

app_name = "conversations"

urlpatterns = [
    path("", views.chat, name="home"),
    path("conversations/<int:conversation_id>/", views.chat, name="conversation"),
    path("accounts/signup/", views.signup, name="signup"),
    path("api/conversations/", views.conversations),
    path("api/conversations/<int:conversation_id>/messages/", views.messages),
    path("api/conversations/<int:conversation_id>/participants/", views.participants),
    path(
        "api/conversations/<int:conversation_id>/participants/<int:user_id>/",
        views.participant,
    ),
    path("api/presence/", views.presences),
    path("api/privacy/", views.privacy),
    path("api/people/", views.people),
    path("healthz", views.healthz),
    path("metrics", views.metrics),
]
