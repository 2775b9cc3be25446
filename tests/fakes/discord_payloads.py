"""The JSON of the fake Discord: what its REST answers and gateway events look like.

Forms: https://docs.discord.com/developers/resources and /events/gateway-events. Only this file knows them, so that
the service and the gateway read as behaviour.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

Json = dict[str, Any]

APPLICATION_ID = 900
BOT_ID = 901
GUILD_ID = 700
GUILD_CHANNEL_ID = 123
PERSON_ID = 555

_EPOCH_MS = 1_420_070_400_000  # https://docs.discord.com/developers/reference#snowflakes
_EPHEMERAL = 64
_counter = itertools.count(1)


def snowflake() -> str:
    """An id that holds the time of its making, as Discord's do, and is never given twice."""
    return str(((int(time.time() * 1000) - _EPOCH_MS) << 22) | (next(_counter) & 0x3FFFFF))


def user(user_id: int, name: str, *, bot: bool = False) -> Json:
    return {
        "id": str(user_id),
        "username": name,
        "discriminator": "0",
        "global_name": name.title(),
        "avatar": None,
        "bot": bot,
        "public_flags": 0,
    }


BOT_USER = user(BOT_ID, "tradewire", bot=True)


def application() -> Json:
    return {
        "id": str(APPLICATION_ID),
        "name": "Tradewire",
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "00",
        "flags": 0,
        "owner": user(1, "owner"),
        "summary": "",
    }


def channel(channel_id: int, *, direct: bool = False) -> Json:
    if direct:
        return {
            "id": str(channel_id),
            "type": 1,
            "last_message_id": None,
            "flags": 0,
            "recipients": [user(PERSON_ID, "ann")],
        }
    return {
        "id": str(channel_id),
        "type": 0,
        "guild_id": str(GUILD_ID),
        "name": f"channel-{channel_id}",
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "parent_id": None,
        "topic": None,
        "flags": 0,
    }


def thread(thread_id: int) -> Json:
    """A public thread of the channel GUILD_CHANNEL_ID."""
    return {
        **channel(thread_id),
        "type": 11,
        "parent_id": str(GUILD_CHANNEL_ID),
        "owner_id": str(PERSON_ID),
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": "2025-05-06T20:15:00+00:00",
            "locked": False,
        },
    }


def guild(channel_ids: list[int]) -> Json:
    return {
        "id": str(GUILD_ID),
        "name": "The desk",
        "icon": None,
        "owner_id": "1",
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "system_channel_flags": 0,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [_everyone_role()],
        "channels": [channel(channel_id) for channel_id in channel_ids],
        "threads": [],
        "members": [_member(BOT_USER)],
        "member_count": 2,
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "joined_at": "2025-01-01T00:00:00+00:00",
        "large": False,
    }


def _everyone_role() -> Json:
    return {
        "id": str(GUILD_ID),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": "8",
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def _member(of: Json) -> Json:
    return {
        "user": of,
        "nick": None,
        "roles": [],
        "joined_at": "2025-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": "8",
    }


def message(channel_id: int, body: Json, *, message_id: str | None = None, flags: int = 0) -> Json:
    """A message of the bot from the request that made it. The nonce is not part of it: see `FakeDiscord`."""
    made = message_id or snowflake()
    reference = body.get("message_reference")
    return {
        "id": made,
        "channel_id": str(channel_id),
        "author": BOT_USER,
        "content": body.get("content") or "",
        "timestamp": "2025-05-06T20:15:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": _mentions_everyone(body),
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [{"type": "rich", **embed} for embed in body.get("embeds") or []],
        "components": body.get("components") or [],
        "pinned": False,
        "type": 19 if reference else 0,
        "flags": flags,
        **({"message_reference": reference} if reference else {}),
    }


def _mentions_everyone(body: Json) -> bool:
    """Messages mention everyone unless told not to."""
    allowed = body.get("allowed_mentions")
    return "@everyone" in (body.get("content") or "") and (allowed is None or "everyone" in allowed.get("parse", ()))


def command_as_shown(command: Json) -> Json:
    """A registered command with what Discord adds to it."""
    return {
        "id": snowflake(),
        "application_id": str(APPLICATION_ID),
        "version": snowflake(),
        "default_member_permissions": None,
        "nsfw": False,
        "name_localizations": None,
        "description_localizations": None,
        **command,
    }


def interaction(kind: int, data: Json, *, token: str, where: Json, shown: Json | None, rights: int) -> Json:
    """An INTERACTION_CREATE in the channel `where`: 2 is a command, 3 a component of the message `shown`."""
    person = user(PERSON_ID, "ann")
    member = {**_member(person), "permissions": str(rights)}
    direct = where["type"] == 1
    who: Json = {"user": person} if direct else {"guild_id": str(GUILD_ID), "member": member}
    return {
        "id": snowflake(),
        "application_id": str(APPLICATION_ID),
        "type": kind,
        "data": data,
        "channel_id": where["id"],
        "channel": where,
        "token": token,
        "version": 1,
        "app_permissions": "8",
        "locale": "en-GB",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 1 if direct else 0,
        "attachment_size_limit": 10_485_760,
        **who,
        **({"message": shown} if shown else {}),
    }


def acknowledgement(given: Json, *, shown: Json | None) -> Json:
    """The answer to a callback `with_response`."""
    return {
        "interaction": {
            "id": given["id"],
            "type": given["type"],
            "response_message_id": shown["id"] if shown else None,
            "response_message_loading": shown is not None,
            "response_message_ephemeral": bool(shown and shown["flags"] & _EPHEMERAL),
        }
    }
