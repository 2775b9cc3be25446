"""The files of the fake Slack: asked for, sent, completed, looked at, and only then fit to be shown.

https://docs.slack.dev/messaging/working-with-files. As at Slack, completing is not the end: a file that was just
completed is refused in a message (`invalid_blocks`) until Slack has looked at it, which here takes `looks` tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.slack_service import SlackService

Json = dict[str, Any]


@dataclass
class Uploaded:
    """A file on its way or there."""

    id: str
    name: str
    length: int
    alt: str
    content: bytes | None = None
    complete: bool = False
    shared_in: str | None = None
    looks_left: int = 0


class Files:
    """See the module."""

    def __init__(self, service: SlackService) -> None:
        self._service = service
        self.by_id: dict[str, Uploaded] = {}
        self.looks = 0  # messages with a new file that are refused before one is taken
        self.closed = False  # true: the upload address takes nothing

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/upload/{id}", self._upload)

    def get_upload_url(self, arguments: Json) -> Json:
        self._service.need("files:write")
        if not arguments.get("filename") or not str(arguments.get("length", "")).isdigit():
            raise self._service.refusal("invalid_arguments")
        file_id = f"F{len(self.by_id) + 1:010}"
        self.by_id[file_id] = Uploaded(
            file_id, arguments["filename"], int(arguments["length"]), arguments.get("alt_txt", "")
        )
        return {"upload_url": f"{self._service.base_url}/upload/{file_id}", "file_id": file_id}

    async def _upload(self, request: web.Request) -> web.Response:
        file, content = self.by_id.get(request.match_info["id"]), await request.read()
        if file is None or self.closed:
            return web.Response(status=404, text="no such upload")
        if len(content) != file.length:
            return web.Response(status=400, text="length does not match")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    def complete(self, arguments: Json) -> Json:
        self._service.need("files:write")
        files = [self.by_id.get(each["id"]) for each in arguments.get("files") or []]
        if not files or any(file is None or file.content is None for file in files):
            raise self._service.refusal("file_not_found")
        channel = arguments.get("channel_id")
        if channel:
            self._service.check_may_post(channel)
        for file in files:
            assert file is not None
            file.complete, file.shared_in, file.looks_left = True, channel, self.looks
        return {"files": [{"id": file.id, "title": file.name} for file in files if file]}

    def problem(self, blocks: list[Json]) -> str | None:
        """Why blocks that show files cannot be posted now; None where they can."""
        for block in blocks:
            file_id = (block.get("slack_file") or {}).get("id")
            if file_id is None:
                continue
            file = self.by_id.get(file_id)
            if file is None or not file.complete:
                return "invalid slack file"
            if file.looks_left:
                file.looks_left -= 1
                return "invalid slack file"
        return None
