"""A Slack of one workspace, over real sockets on loopback.

    async with SlackService() as slack:
        slack.add_channel("C0123")
        slack.fail("chat.postMessage", RateLimited(1))       # the next call; then all is well again
        channel = SlackChannel(make_client(slack.bot_token, slack.api_url))
        ...
        assert [m.text for m in slack.messages("C0123")] == ["…"]
        chat = SlackChat(catalog=…, bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url)
        ...                                                  # run() in a task, then
        asked = await slack.people.command("status")         # over Socket Mode; see slack_people
        slack.assert_clean()                                 # every payload was one that Slack takes

It refuses what Slack refuses, with Slack's error codes: a wrong token, a missing scope (`slack.scopes`), a channel
that is unknown, archived or without the bot, a payload that the judge finds fault with. Faults are asked for call by
call with `fail`. What is posted stays, with metadata and threads, can be read back through the API, and can be
edited: `messages("C0123")[0].edits` counts. `slack.edit_window` is how long the workspace allows that.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.slack_faults import ApiError, Dropped, Fault, Garbage, RateLimited, ServerError, Slow
from tests.fakes.slack_files import Files
from tests.fakes.slack_people import People
from tests.fakes.slack_views import Views
from tests.judges.slack import judge

__all__ = [
    "ApiError", "Conversation", "Dropped", "Fault", "Garbage", "Posted", "RateLimited", "ServerError", "SlackService",
    "Slow",
]  # fmt: skip

Json = dict[str, Any]

ALL_SCOPES = {
    "chat:write", "im:write", "channels:history", "groups:history", "im:history", "commands",
    "users:read", "channels:read", "groups:read", "files:write",
}  # fmt: skip


# --- what is kept -----------------------------------------------------------------------------------------


@dataclass
class Posted:
    """A message that stands in a conversation."""

    ts: str
    text: str
    blocks: list[Json]
    metadata: Json | None
    thread_ts: str | None
    arguments: Json  # everything the call carried
    ours: bool = True  # False: another app's, or a person's
    edits: int = 0


@dataclass
class Conversation:
    id: str
    private: bool = False
    member: bool = True  # is the bot in it
    creator: str = "U0BOSS"
    archived: bool = False
    messages: list[Posted] = field(default_factory=list)

    @property
    def history_scope(self) -> str:
        if self.id.startswith("D"):
            return "im:history"
        return "groups:history" if self.private else "channels:history"


class Refusal(Exception):
    """An answer with ok: false."""

    def __init__(self, code: str, **more: str) -> None:
        super().__init__(code)
        self.body = {"ok": False, "error": code, **more}


class SlackService:
    """See the module."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.bot_token = "xoxb-bot-token-of-the-fake"
        self.app_token = "xapp-app-token-of-the-fake"
        self.signing_secret = "signing-secret-of-the-fake"
        self.scopes = set(ALL_SCOPES)
        self.calls: list[tuple[str, Json]] = []  # method and arguments, in the order they came
        self.violations: list[str] = []
        self.ephemeral: list[tuple[str, str, Json]] = []  # channel, person, and what was posted for them alone
        self.edit_window: float | None = None  # seconds
        self.people = People(self)
        self.files = Files(self)
        self.views = Views(self)
        self.admins: set[str] = set()
        self.zones: dict[str, str] = {}  # of persons
        self._clock = clock
        self._conversations: dict[str, Conversation] = {}
        self._persons: dict[str, str] = {}  # person -> their conversation with the bot
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._serial = 0
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        self.people.add_routes(app)
        self.files.add_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.people.hang_up()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    # --- for tests ------------------------------------------------------------------------------------------

    def add_channel(self, channel: str, *, private: bool = False, member: bool = True) -> Conversation:
        return self._conversations.setdefault(channel, Conversation(channel, private=private, member=member))

    def add_person(self, user: str) -> str:
        """Make `user` known; returns the id of their conversation with the bot, which `conversations.open` gives."""
        return self._persons.setdefault(user, f"D{user[1:]}")

    def messages(self, conversation: str) -> list[Posted]:
        return self._conversations[conversation].messages

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` meet these faults, one each."""
        self._faults[method].extend(faults)

    def assert_clean(self) -> None:
        assert not self.violations, "\n".join(self.violations)

    def judged(self, name: str, payload: Json) -> list[str]:
        """What the judge says of a payload with text and blocks; kept as a violation."""
        problems = [f"{name}: {problem}" for problem in judge(payload)]
        self.violations += problems
        return problems

    def next_ts(self) -> str:
        self._serial += 1
        return f"{int(self._clock())}.{self._serial:06d}"

    # --- the Web API ----------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append((method, {key: value for key, value in arguments.items() if key != "token"}))
        self.people.note()
        fault = self._faults[method].popleft() if self._faults[method] else None
        match fault:
            case RateLimited(seconds):
                headers = {} if seconds is None else {"Retry-After": str(seconds)}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case ApiError(code):
                return web.json_response({"ok": False, "error": code})
            case ServerError(status, done=False):
                return web.Response(status=status, text="upstream failed")
            case Dropped(done=False):
                return _broken(request)
        answer = self._answer(method, request, arguments)
        match fault:
            case ServerError(status):
                return web.Response(status=status, text="upstream failed")
            case Dropped():
                return _broken(request)
            case Slow(release):
                await release.wait()
            case Garbage(body, content_type):
                return web.Response(text=body, content_type=content_type)
        return web.json_response(answer, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _answer(self, method: str, request: web.Request, arguments: Json) -> Json:
        if method not in _METHODS:
            return {"ok": False, "error": "unknown_method"}
        try:
            self._check_token(method, request, arguments)
            return {"ok": True, **_METHODS[method](self, arguments)}
        except Refusal as refusal:
            return refusal.body

    def _check_token(self, method: str, request: web.Request, arguments: Json) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token")
        if not token:
            raise Refusal("not_authed")
        wanted = self.app_token if method == "apps.connections.open" else self.bot_token
        if token != wanted:
            raise Refusal("not_allowed_token_type" if token in {self.app_token, self.bot_token} else "invalid_auth")

    def refusal(self, code: str) -> Refusal:
        return Refusal(code)

    def need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _conversation(self, arguments: Json) -> Conversation:
        conversation = self._conversations.get(arguments.get("channel", ""))
        if conversation is None or (conversation.private and not conversation.member):
            raise Refusal("channel_not_found")
        return conversation

    def _auth_test(self, arguments: Json) -> Json:
        who = {"team": "Desk", "team_id": "T0001", "user": "tradewire", "user_id": "U0BOT", "bot_id": "B0001"}
        return {**who, "url": "https://desk.slack.example/"}

    def _open_socket(self, arguments: Json) -> Json:
        return {"url": self.people.new_link()}

    def _open(self, arguments: Json) -> Json:
        self.need("im:write")
        user = arguments.get("users", "")
        if user not in self._persons:
            raise Refusal("user_not_found")
        return {"channel": {"id": self.add_channel(self._persons[user]).id}}

    def _user_info(self, arguments: Json) -> Json:
        self.need("users:read")
        user = arguments["user"]
        zone = {"tz": self.zones[user]} if user in self.zones else {}
        return {"user": {"id": user, "is_admin": user in self.admins, "is_owner": False, **zone}}

    def _conversation_info(self, arguments: Json) -> Json:
        conversation = self._conversation(arguments)
        self.need("groups:read" if conversation.private else "channels:read")
        found = {"id": conversation.id, "name": f"channel-{conversation.id.lower()}", "creator": conversation.creator}
        return {"channel": {**found, "is_archived": conversation.archived, "is_member": conversation.member}}

    def check_may_post(self, channel: str) -> Conversation:
        conversation = self._conversation({"channel": channel})
        if not conversation.member:
            raise Refusal("not_in_channel")
        if conversation.archived:
            raise Refusal("is_archived")
        return conversation

    def _post_ephemeral(self, arguments: Json) -> Json:
        self.need("chat:write")
        conversation = self.check_may_post(arguments.get("channel", ""))
        self._check_message("chat.postEphemeral", arguments)
        self.ephemeral.append((conversation.id, arguments["user"], arguments))
        self.people.note()
        return {"message_ts": self.next_ts()}

    def _post(self, arguments: Json) -> Json:
        self.need("chat:write")
        conversation = self.check_may_post(arguments.get("channel", ""))
        self._check_message("chat.postMessage", arguments)
        posted = Posted(
            ts=self.next_ts(),
            text=arguments.get("text", ""),
            blocks=arguments.get("blocks", []),
            metadata=arguments.get("metadata"),
            thread_ts=arguments.get("thread_ts"),
            arguments=arguments,
        )
        conversation.messages.append(posted)
        self.people.note()
        return {"channel": conversation.id, "ts": posted.ts, "message": _as_read(posted, metadata=True)}

    def _update(self, arguments: Json) -> Json:
        self.need("chat:write")
        conversation = self._conversation(arguments)
        found = [posted for posted in conversation.messages if posted.ts == arguments.get("ts")]
        if not found:
            raise Refusal("message_not_found")
        if not found[0].ours:
            raise Refusal("cant_update_message")
        if self.edit_window is not None and self._clock() - float(found[0].ts) > self.edit_window:
            raise Refusal("edit_window_closed")
        self._check_message("chat.update", arguments)
        found[0].text, found[0].blocks = arguments.get("text", ""), arguments.get("blocks", [])
        found[0].metadata = arguments.get("metadata", found[0].metadata)
        found[0].arguments, found[0].edits = arguments, found[0].edits + 1
        return {"channel": conversation.id, "ts": found[0].ts, "text": found[0].text}

    def _check_message(self, method: str, arguments: Json) -> None:
        if not arguments.get("text") and not arguments.get("blocks"):
            raise Refusal("no_text")
        if self.judged(method, arguments) or self.files.problem(arguments.get("blocks") or []):
            raise Refusal("invalid_blocks")

    def _history(self, arguments: Json) -> Json:
        conversation = self._readable(arguments)
        return _page([posted for posted in reversed(conversation.messages) if posted.thread_ts is None], arguments)

    def _replies(self, arguments: Json) -> Json:
        conversation = self._readable(arguments)
        parent = [posted for posted in conversation.messages if posted.ts == arguments.get("ts")]
        if not parent:
            raise Refusal("thread_not_found")
        replies = [posted for posted in conversation.messages if posted.thread_ts == parent[0].ts]
        return _page(parent + replies, arguments)

    def _readable(self, arguments: Json) -> Conversation:
        conversation = self._conversation(arguments)
        self.need(conversation.history_scope)
        if not conversation.member:
            raise Refusal("not_in_channel")
        return conversation


_METHODS: dict[str, Callable[[SlackService, Json], Json]] = {
    "auth.test": SlackService._auth_test,
    "apps.connections.open": SlackService._open_socket,
    "conversations.open": SlackService._open,
    "conversations.info": SlackService._conversation_info,
    "users.info": SlackService._user_info,
    "conversations.history": SlackService._history,
    "conversations.replies": SlackService._replies,
    "chat.postMessage": SlackService._post,
    "chat.update": SlackService._update,
    "chat.postEphemeral": SlackService._post_ephemeral,
    "files.getUploadURLExternal": lambda slack, arguments: slack.files.get_upload_url(arguments),
    "files.completeUploadExternal": lambda slack, arguments: slack.files.complete(arguments),
    "views.open": lambda slack, arguments: slack.views.open(arguments),
    "views.update": lambda slack, arguments: slack.views.update(arguments),
    "views.publish": lambda slack, arguments: slack.views.publish(arguments),
}


async def _arguments(request: web.Request) -> Json:
    """Arguments as Slack takes them: in the query, as a form with JSON inside, or as JSON."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        arguments |= await request.json()
    elif request.method == "POST":
        arguments |= dict(await request.post())
    for key in ("blocks", "metadata", "files"):
        if isinstance(arguments.get(key), str):
            arguments[key] = json.loads(arguments[key])
    return arguments


def _broken(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _page(messages: list[Posted], arguments: Json) -> Json:
    """One page, with the cursor of the next: https://docs.slack.dev/apis/web-api/pagination"""
    oldest = float(arguments.get("oldest") or 0)
    recent = [posted for posted in messages if float(posted.ts) > oldest]
    start, limit = int(arguments.get("cursor") or 0), min(int(arguments.get("limit") or 100), 999)
    end = start + limit
    metadata = str(arguments.get("include_all_metadata", "")).lower() in {"1", "true"}
    return {
        "messages": [_as_read(posted, metadata=metadata) for posted in recent[start:end]],
        "has_more": end < len(recent),
        "response_metadata": {"next_cursor": str(end) if end < len(recent) else ""},
    }


def _as_read(posted: Posted, *, metadata: bool) -> Json:
    message: Json = {"type": "message", "ts": posted.ts, "text": posted.text, "blocks": posted.blocks}
    if posted.thread_ts:
        message["thread_ts"] = posted.thread_ts
    if metadata and posted.metadata:
        message["metadata"] = posted.metadata
    return message
