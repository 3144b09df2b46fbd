"""Pure rules of conversations."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

import regex

# As Unicode's report on emoji has it, but for what no keyboard sends.
_emoji = regex.compile(
    r"(?<part>\p{Regional_Indicator}{2}"
    r"|\p{Emoji}(?:\p{Emoji_Modifier}|\ufe0f?\u20e3|\ufe0f"
    r"|[\U000e0020-\U000e007e]+\U000e007f)?)(?:\u200d(?&part))*"
)
_pictograph = regex.compile(
    r"\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3"
)
# A blank Braille cell is drawn, but as nothing.
_UNSEEN = r"\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}\ufff9-\ufffb\u2800"
_blank = regex.compile(rf"[{_UNSEEN}]*+")
_nameless = regex.compile(rf"[{_UNSEEN}\p{{M}}]*+")
_media_url = regex.compile(r"/media/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: it is empty, or of invisible characters only."""
    return _blank.fullmatch(text) is not None


def names_nothing(text: str) -> bool:
    """Whether a name or a title is blank, or of combining marks only: they belong to a letter, and
    would be drawn on what stands before the name."""
    return _nameless.fullmatch(text) is not None


def is_emoji(text: str) -> bool:
    """Whether the text is a single emoji, however many code points it takes."""
    return (
        len(text) <= 32
        and _emoji.fullmatch(text) is not None
        and _pictograph.match(text) is not None
    )


def direct_key(user_ids: set[int]) -> str:
    """The name of the one direct conversation of two people, whoever asks for it."""
    low, high = sorted(user_ids)
    return f"{low}:{high}"


def may_type(*, participants: int, limit: int) -> bool:
    """Whether a conversation of this size has typing indicators."""
    return participants <= limit


def tells_presence(*, participants: int, limit: int) -> bool:
    """Whether people who share only a conversation of this size are told of each other's presence,
    and need not ask."""
    return participants <= limit


def digest_of(*, content: str, message_type: str, reply_to: int | None, media_url: str) -> str:
    """What a message says, in 64 characters: to know it again once it says something else.

    With an upload the type is that of the upload, whether the client names it or not."""
    said = json.dumps([content, None if media_url else message_type, reply_to, media_url])
    return hashlib.sha256(said.encode()).hexdigest()


def hidden_until(joined_sequence: int, *, history_visible: bool) -> int:
    """The sequence of the last message that a participant may not see; 0: they may see all."""
    return 0 if history_visible else joined_sequence


def url_of_media(media_id: UUID) -> str:
    """Where an upload is, for those who may see it."""
    return f"/media/{media_id}/"


def media_id_of(url: str) -> UUID | None:
    """The upload at this address, if it is one that ``url_of_media`` gave."""
    match = _media_url.fullmatch(url)
    return UUID(match[1]) if match else None
