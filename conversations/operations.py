"""Every request that the HTTP API answers, with what it takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chatsite.realtime.errors import ErrorCode
from chatsite.realtime.wire import Id
from conversations import invitation_views, media_views, people_views, shapes, views
from conversations.inbound import Sequence
from presence.policy import Privacy

Method = Literal["get", "post", "patch", "delete"]

# In place of a struct: an event of the stream, or what is not JSON.
MESSAGE = "message"
BYTES = "application/octet-stream"
TEXT = "text/plain"
PAGE = "text/html"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    name: str
    view: Callable[..., Any]
    method: Method = "get"
    summary: str
    answers: Mapping[int, Any]
    """Status to a struct, one of the words above, or ``None``: nothing."""
    asks: type[shapes.Asked] | None = None
    query: Mapping[str, Any] = {}
    """Parameter to its type; a description is in its ``Meta``."""
    refuses: tuple[ErrorCode, ...] = ()
    """Beside those that every request of the API may be refused by."""
    is_public: bool = False
    uploads: bool = False


Few = Annotated[
    int,
    Meta(ge=0, description="So many participants of a conversation are in it; all if left out."),
]
FEW = {"participants": Few}

NOT_IN = ErrorCode.NOT_A_PARTICIPANT
BAD = ErrorCode.INVALID_FRAME
FORBIDDEN = ErrorCode.NOT_ALLOWED

OPERATIONS = (
    Operation(
        name="listConversations",
        view=views.conversations,
        summary="The user's conversations, newest activity first: all, a page, or some.",
        query={
            "limit": Annotated[int, Meta(ge=0, description="A page of so many; at most 100.")],
            "after": Annotated[
                str, Meta(description="With limit: what the last page gave as next.")
            ],
            "ids": Annotated[str, Meta(description="These, comma separated; at most 100.")],
            "q": Annotated[
                str, Meta(description="The beginnings of words of titles and of names; at most 50.")
            ],
            **FEW,
        },
        answers={200: shapes.Conversations},
        refuses=(BAD,),
    ),
    Operation(
        name="startConversation",
        view=views.conversations,
        method="post",
        summary="Start a conversation; two people without a title have one for ever, and get it.",
        asks=shapes.NewConversation,
        query=FEW,
        answers={200: shapes.Conversation, 201: shapes.Conversation},
        refuses=(ErrorCode.CONVERSATION_FULL, ErrorCode.RATE_LIMITED),
    ),
    Operation(
        name="getConversation",
        view=views.conversation,
        summary="One of the user's conversations.",
        query=FEW,
        answers={200: shapes.Conversation},
        refuses=(NOT_IN, BAD),
    ),
    Operation(
        name="changeConversation",
        view=views.conversation,
        method="patch",
        summary="Change a group, as its admin.",
        asks=shapes.ConversationChange,
        query=FEW,
        answers={200: shapes.Conversation},
        refuses=(NOT_IN, FORBIDDEN),
    ),
    Operation(
        name="listMessages",
        view=views.messages,
        summary="A page of messages, newest first: the last, or those before, after or around.",
        query={
            "before": Annotated[Sequence, Meta(description="A sequence.")],
            "after": Annotated[Sequence, Meta(description="A sequence.")],
            "around": Annotated[Id, Meta(description="The id of a message.")],
            "limit": Annotated[Sequence, Meta(description="At most 100; 50 if left out.")],
        },
        answers={200: shapes.Page},
        refuses=(NOT_IN, BAD, ErrorCode.UNKNOWN_MESSAGE),
    ),
    Operation(
        name="getMessage",
        view=views.message,
        summary="One message.",
        answers={200: MESSAGE},
        refuses=(NOT_IN, ErrorCode.UNKNOWN_MESSAGE),
    ),
    Operation(
        name="listParticipants",
        view=views.participants,
        summary="A page of those in a conversation: its admins first, and then by their ids.",
        query={
            "limit": Annotated[int, Meta(ge=0, description="At most 500; 50 if left out.")],
            "after": Annotated[str, Meta(description="What the last page gave as next.")],
            "q": Annotated[
                str, Meta(description="Only active people with all these words in their names.")
            ],
        },
        answers={200: shapes.Participants},
        refuses=(NOT_IN, BAD),
    ),
    Operation(
        name="addParticipant",
        view=views.participants,
        method="post",
        summary="Let somebody into a group; whoever left it is invited to come back.",
        asks=shapes.NewParticipant,
        query=FEW,
        answers={201: shapes.Conversation, 202: shapes.Invited},
        refuses=(NOT_IN, FORBIDDEN, ErrorCode.CONVERSATION_FULL, ErrorCode.RATE_LIMITED),
    ),
    Operation(
        name="changeParticipant",
        view=views.participant,
        method="patch",
        summary="Make somebody an admin of a group, or no longer.",
        asks=shapes.ParticipantChange,
        query=FEW,
        answers={200: shapes.Conversation},
        refuses=(NOT_IN, FORBIDDEN),
    ),
    Operation(
        name="removeParticipant",
        view=views.participant,
        method="delete",
        summary="Remove somebody from a group, or leave it.",
        answers={204: None},
        refuses=(NOT_IN, FORBIDDEN),
    ),
    Operation(
        name="listInvitations",
        view=invitation_views.invitations,
        summary="The groups that the user left and is invited to come back to.",
        answers={200: shapes.Invitations},
    ),
    Operation(
        name="acceptInvitation",
        view=invitation_views.invitation,
        method="post",
        summary="Come back to a group.",
        query=FEW,
        answers={201: shapes.Conversation},
        refuses=(NOT_IN, BAD, ErrorCode.CONVERSATION_FULL),
    ),
    Operation(
        name="declineInvitation",
        view=invitation_views.invitation,
        method="delete",
        summary="Stay away from a group.",
        answers={204: None},
        refuses=(NOT_IN,),
    ),
    Operation(
        name="listPresences",
        view=people_views.presences,
        summary="How those appear whom the user asks about and may see.",
        query={"users": Annotated[str, Meta(description="Ids, comma separated; at most 500.")]},
        answers={200: shapes.Presences},
        refuses=(BAD,),
    ),
    Operation(
        name="getPrivacy",
        view=people_views.privacy,
        summary="What the user shows of themselves.",
        answers={200: Privacy},
    ),
    Operation(
        name="choosePrivacy",
        view=people_views.privacy,
        method="post",
        summary="Choose what to show from now on.",
        asks=shapes.PrivacyChoice,
        answers={200: Privacy},
    ),
    Operation(
        name="findPeople",
        view=people_views.people,
        summary="People with all these words in their names; at most 20.",
        query={"q": Annotated[str, Meta(description="The beginnings of words, in any order.")]},
        answers={200: shapes.People},
    ),
    Operation(
        name="upload",
        view=media_views.upload,
        method="post",
        summary="Upload a file, to be sent in a message.",
        uploads=True,
        answers={201: shapes.Uploaded, 413: shapes.Refusal},
        refuses=(BAD, ErrorCode.INVALID_MEDIA, ErrorCode.RATE_LIMITED),
    ),
    Operation(
        name="getMedia",
        view=media_views.media,
        summary="An upload, for its uploader and for who may see a message that carries it."
        " Answers Range and conditional requests.",
        answers={200: BYTES, 206: BYTES, 304: None, 404: PAGE, 416: None},
        is_public=True,
    ),
    Operation(
        name="getThumbnail",
        view=media_views.thumbnail,
        summary="The small picture of an upload.",
        answers={200: BYTES, 206: BYTES, 304: None, 404: PAGE, 416: None},
        is_public=True,
    ),
    Operation(
        name="getHealth",
        view=views.healthz,
        summary="Whether the process can serve.",
        answers={200: shapes.Health, 503: shapes.Health},
        is_public=True,
    ),
    Operation(
        name="getMetrics",
        view=views.metrics,
        summary="What the process counts, as Prometheus reads it.",
        answers={200: TEXT},
        is_public=True,
    ),
)
