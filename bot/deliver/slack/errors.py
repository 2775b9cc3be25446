"""What Slack answered, as one of the four things the drain can act on.

The rule behind the tables: `TryLater` only where Slack says that it did nothing, `Closed` where a person has to act
first, `Refused` where this one message can never go, and everything in between is `UnknownOutcome`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.deliver.ports import Closed, PlatformClosed, Refused, SendError, TryLater, UnknownOutcome, Unreachable
from bot.retry_after import retry_after

LATE = timedelta(seconds=30)  # after a timeout Slack may still post: looking earlier would find nothing
MAX_WAIT = timedelta(hours=1)  # a longer Retry-After is asked about again after this

# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_TRY_LATER = {
    "ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable", "team_added_to_org",
    "request_timeout",
}  # fmt: skip
_UNKNOWN = {"internal_error", "fatal_error"}  # "some aspect of the operation may have succeeded"
_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}

_NEW_TOKEN = "reinstall the app and set SLACK_BOT_TOKEN to the new Bot User OAuth Token"  # noqa: S105 - a cure
_WRONG_TOKEN = "copy SLACK_BOT_TOKEN (xoxb-…) again from OAuth & Permissions"  # noqa: S105 - a cure
_ASK_ADMIN = "the workspace does not let this app post here: ask its administrator, or choose another channel"
_REPORT = "Tradewire made a message Slack does not accept: please report it with this line"
_PERSON = "check the person's id (profile, Copy member ID)"
_CLOSED = {
    "channel_not_found": "check the id; a private channel needs /invite @Tradewire first",
    "not_in_channel": "invite the bot there: /invite @Tradewire",
    "is_archived": "unarchive the channel, or take it out of routes.toml",
    "user_not_found": _PERSON,
    "users_not_found": _PERSON,
    "user_disabled": "the person's account is deactivated: take them out of routes.toml",
    "cannot_dm_bot": "a bot cannot be written to: name a person or a channel",
    "messages_tab_disabled": "turn on the Messages Tab of the app (App Home), or name a channel",
    "restricted_action": _ASK_ADMIN,
    "restricted_action_read_only_channel": _ASK_ADMIN,
    "restricted_action_thread_only_channel": _ASK_ADMIN,
    "access_denied": _ASK_ADMIN,
    "ekm_access_denied": _ASK_ADMIN,
    "no_permission": _ASK_ADMIN,
}
_NO_ENTRY = {  # whatever the destination
    "not_authed": "set SLACK_BOT_TOKEN",
    "invalid_auth": _WRONG_TOKEN,
    "not_allowed_token_type": _WRONG_TOKEN,
    "token_revoked": _NEW_TOKEN,
    "token_expired": _NEW_TOKEN,
    "account_inactive": _NEW_TOKEN,
    "two_factor_setup_required": "an administrator has to set up two-factor authentication for the workspace",
}
_UNREACHABLE = {
    "channel_not_found", "not_in_channel", "is_archived", "user_not_found", "users_not_found", "user_disabled",
    "cannot_dm_bot",
}  # fmt: skip
# The message is well, but not as an answer: what it belongs to is gone, or its thread is locked.
_NOT_THERE = {"thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked"}
_REFUSED = {
    **dict.fromkeys(_NOT_THERE, "the message this belongs to was deleted, or its thread is locked"),
    # https://docs.slack.dev/reference/methods/chat.update#errors
    "message_not_found": "the message that was to be edited has been deleted",
    "cant_update_message": "the message that was to be edited is not this app's",
    "edit_window_closed": "the workspace does not let messages be edited for so long",
    "msg_too_long": _REPORT,
    "no_text": _REPORT,
    "metadata_too_large": _REPORT,
    **dict.fromkeys(_BLOCKS, _REPORT),
}
_LOOK_IT_UP = "see https://docs.slack.dev/reference/methods/chat.postMessage#errors"


class UnknownCode(Closed):
    """A code we do not know. For a post that is a reason to wait, so that nothing is lost."""


class BlocksRefused(Refused):
    """Slack does not accept the blocks; the text alone may still go."""


class ThreadRefused(Refused):
    """Slack takes no answer to that message; in the channel itself it may still stand."""


def from_slack(error: SlackApiError, place: str, now: datetime) -> SendError:
    """`error` as Closed, Refused, TryLater or UnknownOutcome; `place` is named in the text.

    `now` is what a Retry-After date counts from.
    """
    response = error.response
    if not isinstance(response, AsyncSlackResponse):  # the SDK could not read the body as JSON
        return UnknownOutcome(f"{place}: Slack answered with something that is not JSON")
    data: Mapping[str, object] = response.data if isinstance(response.data, dict) else {}
    code = str(data.get("error", ""))
    if response.status_code == 429 or code in _TRY_LATER:
        wait = retry_after(response.headers.get("Retry-After"), now, most=MAX_WAIT)
        return TryLater(f"{place}: Slack asks to wait ({code or response.status_code})", wait)
    if response.status_code >= 500 or code in _UNKNOWN or (response.status_code == 200 and not code):
        return UnknownOutcome(f"{place}: Slack failed inside ({code or response.status_code})")
    return _closed(code, data, place) or _refused(code or str(response.status_code), place)


def _closed(code: str, data: Mapping[str, object], place: str) -> Closed | None:
    """What a person has to mend; None where it is the message that Slack does not take."""
    if code == "missing_scope":
        scope = data.get("needed", "that Slack names")
        cure = f"add the scope {scope} under OAuth & Permissions and reinstall the app ({code})"
        return PlatformClosed(f"Slack: {cure}") if scope == "chat:write" else Closed(f"{place}: {cure}")
    if code in _NO_ENTRY:  # of no place: whoever hears of it need not know where it was noticed
        return PlatformClosed(f"Slack lets nothing be posted ({code}): {_NO_ENTRY[code]}")
    if code in _CLOSED:
        closed = Unreachable if code in _UNREACHABLE else Closed
        return closed(f"{place}: Slack lets nothing be posted ({code}): {_CLOSED[code]}")
    return None


def _refused(code: str, place: str) -> SendError:
    known = Refused if code in _REFUSED else UnknownCode
    kind = BlocksRefused if code in _BLOCKS else ThreadRefused if code in _NOT_THERE else known
    return kind(f"{place}: Slack refused ({code}): {_REFUSED.get(code, _LOOK_IT_UP)}")


def from_network(error: Exception, place: str) -> SendError:
    """A call that got no answer. Only a connection that was never made proves that nothing was posted."""
    name = type(error).__name__
    if isinstance(error, aiohttp.InvalidURL):
        return PlatformClosed("Slack: SLACK_API_URL is not the address of a Web API, such as https://slack.com/api/")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryLater(f"{place}: no connection to Slack ({name})")
    late = LATE if isinstance(error, TimeoutError) else None
    return UnknownOutcome(f"{place}: no answer from Slack ({name})", late)
