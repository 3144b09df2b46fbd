"""The pages and the HTTP API."""

from __future__ import annotations

from django.urls import path, re_path, register_converter
from django.urls.converters import IntConverter

from conversations import api, invitation_views, media_views, people_views, views


class IdConverter(IntConverter):
    """An id that a database can hold: a longer number is no page, instead of an error."""

    regex = "[0-9]{1,18}"


register_converter(IdConverter, "id")

app_name = "conversations"

urlpatterns = [
    path("", views.chat, name="home"),
    path("conversations/<id:conversation_id>/", views.chat, name="conversation"),
    path("accounts/signup/", views.signup, name="signup"),
    path("api/conversations/", views.conversations),
    path("api/conversations/<id:conversation_id>/", views.conversation),
    path("api/conversations/<id:conversation_id>/messages/", views.messages),
    path("api/conversations/<id:conversation_id>/messages/<id:message_id>/", views.message),
    path("api/conversations/<id:conversation_id>/participants/", views.participants),
    path(
        "api/conversations/<id:conversation_id>/participants/<id:user_id>/",
        views.participant,
    ),
    path("api/invitations/", invitation_views.invitations),
    path("api/invitations/<id:conversation_id>/", invitation_views.invitation),
    path("api/presence/", people_views.presences),
    path("api/privacy/", people_views.privacy),
    path("api/people/", people_views.people),
    path("api/media/", media_views.upload),
    re_path(r"^api/(?:.*/)?$", api.nothing),
    path("media/<uuid:media_id>/", media_views.media),
    path("media/<uuid:media_id>/thumbnail/", media_views.thumbnail),
    path("healthz", views.healthz),
    path("metrics", views.metrics),
]
