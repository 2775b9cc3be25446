"""Pictures and files for Slack, which takes them in three steps.

https://docs.slack.dev/messaging/working-with-files#upload: ask for an address, send the bytes there, complete. A
picture is completed without a channel, so that it stands in the message that shows it and nowhere else; a file to
keep is completed into a conversation, because an ephemeral message cannot hold one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.deliver.card import File

UPLOAD_WITHIN = 20.0  # seconds for all three steps
MAX_ALT = 1_000  # characters: https://docs.slack.dev/reference/methods/files.getUploadURLExternal

_NO_SCOPE = "add the scope {needed} under OAuth & Permissions and reinstall the app"
_CURES = {
    "not_allowed_token_type": "copy SLACK_BOT_TOKEN (xoxb-…) again from OAuth & Permissions",
    "storage_limit_reached": "the workspace has no room left for files: its administrator can delete some",
    "file_uploads_disabled": "the workspace does not allow files: ask its administrator",
    "file_uploads_except_images_disabled": "the workspace allows pictures only: ask its administrator",
    "not_in_channel": "invite the bot there: /invite @Tradewire",
}
_SEE = "see https://docs.slack.dev/reference/methods/files.completeUploadExternal#errors"

log = structlog.get_logger()


class UploadFailed(Exception):
    """The text is one line for a person and holds no secret."""


class SlackFiles:
    """`deadline` is in seconds, for one file."""

    def __init__(self, client: AsyncWebClient, *, deadline: float = UPLOAD_WITHIN) -> None:
        self._client = client
        self._deadline = deadline
        self._said: set[str] = set()

    async def upload(self, file: File, *, into: str | None = None) -> str:
        """The id of the uploaded file. `into`: the conversation that it is posted in.

        Raises UploadFailed. Why is in the log the first time it happens, with the cure.
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._upload(file, into)
        except SlackApiError as error:
            failure = _refusal(error)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            failure = UploadFailed(f"no answer from Slack ({type(error).__name__})")
        except (
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ):  # the SDK trips over a body that is no JSON object
            failure = UploadFailed("Slack's answer cannot be read")
        except UploadFailed as error:
            failure = error
        self._say(failure)
        raise failure

    async def _upload(self, file: File, into: str | None) -> str:
        place = await self._client.files_getUploadURLExternal(
            filename=file.name, length=len(file.content), alt_txt=file.alt[:MAX_ALT] or None
        )
        file_id = str(place["file_id"])
        await self._send(str(place["upload_url"]), file.content)
        await self._client.files_completeUploadExternal(files=[{"id": file_id, "title": file.name}], channel_id=into)
        return file_id

    async def _send(self, url: str, content: bytes) -> None:
        async with aiohttp.ClientSession() as session, session.post(url, data=content) as response:
            if response.status != 200:
                raise UploadFailed(f"Slack does not take the bytes of the file (HTTP {response.status})")

    def _say(self, failure: UploadFailed) -> None:
        """Once for each problem: a missing scope would be said with every summary."""
        problem = str(failure)
        if problem not in self._said:
            self._said.add(problem)
            log.warning("slack.file_not_sent", problem=problem)


def _refusal(error: SlackApiError) -> UploadFailed:
    data: Mapping[str, object] = {}
    if isinstance(error.response, AsyncSlackResponse) and isinstance(error.response.data, dict):
        data = error.response.data
    code = str(data.get("error") or "no reason given")
    cure = (
        _NO_SCOPE.format(needed=data.get("needed") or "files:write") if code == "missing_scope" else _CURES.get(code)
    )
    return UploadFailed(f"Slack refuses the file ({code}): {cure or _SEE}")
