"""Why something was refused, where a code alone stands for several causes."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Every ``reason`` that a refusal may have beside its code."""

    NUL_CHARACTER = "nul_character"
    UNKNOWN_PERSON = "unknown_person"
    TITLE_TOO_LONG = "title_too_long"
    LAST_ADMIN = "last_admin"
    PERSON_NOT_IN = "person_not_in"
    EMPTY_FILE = "empty_file"
    FILE_TOO_LARGE = "file_too_large"
    NOT_AN_IMAGE = "not_an_image"
    BROKEN_IMAGE = "broken_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    IMAGE_TOO_COSTLY = "image_too_costly"
    UNSENT_LIMIT = "unsent_limit"
    HOURLY_BYTES = "hourly_bytes"
    HOURLY_PIXELS = "hourly_pixels"
    IMAGES_BUSY = "images_busy"
    CONVERSATIONS_A_DAY = "conversations_a_day"
    ADDITIONS_A_DAY = "additions_a_day"
    TOO_MANY_AT_ONCE = "too_many_at_once"
    DECLINED_LATELY = "declined_lately"


MEANINGS = {
    Reason.NUL_CHARACTER: "The text holds the character NUL.",
    Reason.UNKNOWN_PERSON: "There is no active account with this id.",
    Reason.TITLE_TOO_LONG: "The title has too many characters.",
    Reason.LAST_ADMIN: "The person is the only admin of the group.",
    Reason.PERSON_NOT_IN: "The person whom the request names is not in the conversation.",
    Reason.EMPTY_FILE: "The file has no bytes.",
    Reason.FILE_TOO_LARGE: "The file has more bytes than an upload may have.",
    Reason.NOT_AN_IMAGE: "Its name or type says that the file is an image; its content does not.",
    Reason.BROKEN_IMAGE: "The image is truncated, or can't be decoded.",
    Reason.TOO_MANY_PIXELS: "The image has more pixels than an upload may have.",
    Reason.IMAGE_TOO_COSTLY: "Drawing the image takes too much time or memory.",
    Reason.UNSENT_LIMIT: "The person has uploaded as much without sending it as they may.",
    Reason.HOURLY_BYTES: "The person has uploaded as many bytes in an hour as they may.",
    Reason.HOURLY_PIXELS: "As many pixels were drawn for the person in an hour as may be.",
    Reason.IMAGES_BUSY: "Too many images wait to be drawn.",
    Reason.CONVERSATIONS_A_DAY: "The person started as many conversations in a day as they may.",
    Reason.ADDITIONS_A_DAY: "The person added as many people in a day as they may.",
    Reason.TOO_MANY_AT_ONCE: "The person starts conversations or adds people too fast.",
    Reason.DECLINED_LATELY: "The person declined an invitation to this group within the last day.",
}
"""What each reason says, for developers of clients."""
