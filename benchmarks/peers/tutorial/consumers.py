"""One consumer for every socket, and a group for the room named in the address."""

from __future__ import annotations

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class RoomConsumer(AsyncWebsocketConsumer):
    """Sends what anybody in the room says to everybody in it."""

    async def connect(self) -> None:
        """Join the room's group with this socket's channel."""
        self.group = f"room_{self.scope['url_route']['kwargs']['room']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the room's group."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pass what was said on to the group."""
        frame = json.loads(text_data or "")
        await self.channel_layer.group_send(
            self.group,
            {
                "type": "room.typing",
                "event": {
                    "type": "typing",
                    "conversationId": frame["conversationId"],
                    "senderId": frame["senderId"],
                    "senderName": frame["senderName"],
                    "isTyping": frame["isTyping"],
                },
            },
        )

    async def room_typing(self, event: dict[str, Any]) -> None:
        """Somebody in the room said something."""
        await self.send(text_data=json.dumps(event["event"]))
