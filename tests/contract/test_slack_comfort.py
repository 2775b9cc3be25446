"""What Slack has beside text: menus, pictures, files, a shortcut on messages, and answers when a URL is spent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import pytest
from structlog.testing import capture_logs

from bot.commands.on_slack.answers import ANSWERS_FOR, MAX_ANSWERS, PICTURE_TRIES, Answers
from bot.commands.on_slack.files import SlackFiles
from bot.commands.on_slack.shortcut import WHY_SHORTCUT
from bot.commands.on_slack.zones import REMEMBER_FOR, REMEMBERED, SlackZones
from bot.commands.spec import Caller, Catalog, Command, Handler, Option
from bot.deliver.card import File, Menu, Reply
from bot.deliver.slack.blocks import card_payload
from bot.deliver.slack.client import make_client
from tests.fakes.slack_desk import chat_of, running
from tests.fakes.slack_service import ApiError, Dropped, Fault, Garbage, ServerError, SlackService
from tests.golden.test_slack_cards import TALKS

PNG = File(name="today.png", content=b"\x89PNG of today", alt="12 alerts today")
OPML = File(name="sources.opml", content=b"<opml/>")
PICTURE = Reply(title="Today", picture=PNG)
NO_KEYS = Garbage('{"ok": true}', "application/json")
EXPORT = Reply(title="Your sources", file=OPML)


class Desk:
    """Commands that answer with what `replies` has for them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Caller]] = []
        self.replies: dict[str, Reply] = {"summary": PICTURE, "sources": EXPORT}

    @cached_property
    def catalog(self) -> Catalog:
        item = Option(name="item", help="which")
        return Catalog(
            (
                Command(name="why", help="Why.", run=self._run("why"), options=(item,)),
                Command(name="summary", help="A picture.", run=self._run("summary")),
                Command(name="sources", help="A file.", run=self._run("sources")),
                Command(name="list", help="A menu.", run=self._run("list")),
            )
        )

    def _run(self, name: str) -> Handler:
        async def run(caller: Caller, arguments: Mapping[str, str]) -> Reply:
            self.asked.append((name, arguments.get("item", ""), caller))
            return self.replies.get(name, Reply(title=f"{name} {arguments.get('item', '')}".strip()))

        return run


@pytest.fixture
def desk() -> Desk:
    return Desk()


def uploads(slack: SlackService) -> list[str]:
    return [method for method, _ in slack.calls if method.startswith("files.")]


# --- menus ------------------------------------------------------------------------------------------------


async def test_what_is_chosen_from_a_menu_is_run_after_a_restart_too(slack: SlackService, desk: Desk) -> None:
    desk.replies["list"] = Reply(title="End", menu=Menu(label="Which", choices=(("The first", "why:1111"),)))
    async with running(chat_of(slack, desk)):
        shown = await slack.people.answer(await slack.people.command("list"))
    (select,) = shown["blocks"][-1]["elements"]
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.choose(select["options"][0]["value"]))
    assert (select["type"], answer["text"]) == ("static_select", "why 1111")


# --- pictures ---------------------------------------------------------------------------------------------


async def test_a_picture_is_uploaded_and_stands_in_the_answer(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("summary"))
    image = answer["blocks"][1]
    file = slack.files.by_id[image["slack_file"]["id"]]
    assert (image["type"], image["alt_text"]) == ("image", PNG.alt)
    assert (file.name, file.content, file.alt, file.shared_in) == ("today.png", PNG.content, PNG.alt, None)
    assert answer["response_type"] == "ephemeral"


async def test_a_picture_that_slack_has_not_looked_at_yet_is_tried_again(slack: SlackService, desk: Desk) -> None:
    slack.files.looks = PICTURE_TRIES - 1
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command("summary")
        answer = await slack.people.answer(asked)
    assert "slack_file" in answer["blocks"][1]
    assert asked.tries == PICTURE_TRIES


async def test_a_picture_that_slack_never_takes_is_told_in_words(slack: SlackService, desk: Desk) -> None:
    slack.files.looks = 99
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command("summary")
        answer = await slack.people.answer(asked)
    assert "slack_file" not in str(answer)
    assert PNG.alt in str(answer["blocks"])
    assert asked.tries <= MAX_ANSWERS


async def test_without_the_scope_the_words_come_and_the_cure_is_said_once(slack: SlackService, desk: Desk) -> None:
    slack.scopes.discard("files:write")
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            for _ in range(2):
                answer = await slack.people.answer(await slack.people.command("summary"))
                assert PNG.alt in str(answer["blocks"])
    (said,) = [line for line in logs if line["event"] == "slack.file_not_sent"]
    assert "add the scope files:write under OAuth & Permissions" in said["problem"]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize(
    "fault",
    [
        ApiError("storage_limit_reached"),
        ServerError(500),
        Dropped(done=False),
        Dropped(done=True),
        Garbage("<html>captive portal</html>"),
        NO_KEYS,
    ],
    ids=repr,
)
async def test_an_upload_that_fails_at_a_step_leaves_the_words(
    slack: SlackService, desk: Desk, method: str, fault: Fault
) -> None:
    slack.fail(method, fault)
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("summary"))
    nothing_more_to_know = method == "files.completeUploadExternal" and fault == NO_KEYS
    assert ("slack_file" in str(answer)) == nothing_more_to_know
    assert PNG.alt in str(answer["blocks"])


async def test_bytes_that_slack_does_not_take_leave_the_words(slack: SlackService, desk: Desk) -> None:
    slack.files.closed = True
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            answer = await slack.people.answer(await slack.people.command("summary"))
    assert PNG.alt in str(answer["blocks"])
    assert "HTTP 404" in str(logs)
    assert "files.completeUploadExternal" not in uploads(slack)


# --- files ------------------------------------------------------------------------------------------------


async def test_a_file_goes_into_the_direct_messages(slack: SlackService, desk: Desk) -> None:
    conversation = slack.add_person("U0123")
    slack.add_channel("C0123")
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("sources"))
    (file,) = slack.files.by_id.values()
    assert (file.content, file.shared_in) == (OPML.content, conversation)
    assert "sources.opml stands in your direct messages with me" in str(answer)


async def test_typed_between_two_people_a_file_goes_into_the_direct_messages_with_the_app(
    slack: SlackService, desk: Desk
) -> None:
    conversation = slack.add_person("U0123")
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("sources", channel="D0ANNBOB"))
    assert [file.shared_in for file in slack.files.by_id.values()] == [conversation]
    assert "in your direct messages with me" in str(answer)


async def test_direct_messages_that_slack_does_not_name_are_said(slack: SlackService, desk: Desk) -> None:
    slack.fail("conversations.open", NO_KEYS)
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("sources"))
    assert "sources.opml could not be sent: Slack’s answer cannot be read" in str(answer)


async def test_a_file_that_cannot_be_sent_is_named_with_the_cure(slack: SlackService, desk: Desk) -> None:
    slack.add_person("U0123")
    slack.scopes.discard("files:write")
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("sources"))
    assert "sources.opml could not be sent" in str(answer)
    assert "add the scope files:write" in str(answer)


# --- a response URL that is spent ---------------------------------------------------------------------------


async def test_after_half_an_hour_the_answer_is_an_ephemeral_message(slack: SlackService, desk: Desk) -> None:
    slack.add_channel("C0123")
    slack.people.urls_expired = True
    async with running(chat_of(slack, desk)):
        await slack.people.command("why 1")
        await slack.people.until(lambda: bool(slack.ephemeral), "an ephemeral message")
    ((channel, user, body),) = slack.ephemeral
    assert (channel, user, body["text"]) == ("C0123", "U0123", "why 1")
    assert slack.messages("C0123") == []


async def test_where_the_app_is_not_in_the_channel_it_is_a_direct_message(slack: SlackService, desk: Desk) -> None:
    conversation = slack.add_channel(slack.add_person("U0123"))
    slack.add_channel("C0123", member=False)
    slack.people.urls_expired = True
    async with running(chat_of(slack, desk)):
        await slack.people.command("why 1")
        await slack.people.until(lambda: bool(conversation.messages), "a direct message")
    assert [posted.text for posted in conversation.messages] == ["why 1"]
    assert slack.ephemeral == []


async def test_a_response_url_is_used_five_times_and_for_half_an_hour(slack: SlackService) -> None:
    now = 0.0
    slack.add_channel("C0123")
    asked = slack.people.invent()
    client = make_client(slack.bot_token, slack.api_url)
    answers = Answers(client, SlackFiles(client), pause=0, now=lambda: now)
    asker = answers.asker("U0123", "C0123", asked.payload["response_url"])
    for number in range(MAX_ANSWERS + 1):
        await answers.answer(asker, Reply(title=f"answer {number}"))
    assert [answer["text"] for answer in asked.answers] == [f"answer {number}" for number in range(MAX_ANSWERS)]
    assert asked.tries == MAX_ANSWERS

    late = answers.asker("U0123", "C0123", slack.people.invent().payload["response_url"])
    now = ANSWERS_FOR
    await answers.answer(late, Reply(title="late"))
    assert [body["text"] for _, _, body in slack.ephemeral] == [f"answer {MAX_ANSWERS}", "late"]


async def test_an_answer_that_nobody_knows_the_end_of_is_not_sent_twice(slack: SlackService) -> None:
    slack.add_channel("C0123")
    client = make_client(slack.bot_token, slack.api_url)
    answers = Answers(client, SlackFiles(client), pause=0)
    with capture_logs() as logs:
        await answers.answer(answers.asker("U0123", "C0123", "http://127.0.0.1:1/response/1"), Reply(title="x"))
    assert slack.ephemeral == []
    assert "slack.answer_lost" in [line["event"] for line in logs]


# --- the shortcut -------------------------------------------------------------------------------------------


async def test_why_is_asked_of_a_message_by_its_button(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        message = {"ts": "1746555120.000100", **card_payload(TALKS)}
        answer = await slack.people.answer(await slack.people.shortcut(WHY_SHORTCUT, message))
    assert answer["text"] == "why 00112233445566ff"
    assert answer["response_type"] == "ephemeral"


async def test_of_a_message_without_the_button_the_link_is_asked_about(slack: SlackService, desk: Desk) -> None:
    async with running(chat_of(slack, desk)):
        message = {"ts": "1746555120.000100", "text": "hello"}
        answer = await slack.people.answer(await slack.people.shortcut(WHY_SHORTCUT, message))
    assert answer["text"] == "why https://slack.com/archives/C0123/p1746555120000100"


# --- zones --------------------------------------------------------------------------------------------------


async def test_a_caller_is_asked_for_their_zone_only_by_a_command_that_needs_it(
    slack: SlackService, desk: Desk
) -> None:
    slack.zones["U0123"] = "Europe/Berlin"
    async with running(chat_of(slack, desk)):
        await slack.people.answer(await slack.people.command("why 1"))
        assert "users.info" not in [method for method, _ in slack.calls]
        ((_, _, caller),) = desk.asked
        assert await caller.zone() == "Europe/Berlin"


async def test_a_zone_is_remembered_for_an_hour_and_for_so_many(slack: SlackService) -> None:
    now = 0.0
    slack.zones["U0123"] = "Europe/Berlin"
    zones = SlackZones(make_client(slack.bot_token, slack.api_url, pause=0), deadline=20, now=lambda: now)
    assert [await zones.zone("U0123") for _ in range(3)] == ["Europe/Berlin"] * 3
    assert len(slack.calls) == 1
    slack.zones["U0123"], now = "Asia/Tokyo", REMEMBER_FOR
    assert await zones.zone("U0123") == "Asia/Tokyo"
    for number in range(REMEMBERED + 3):
        zones._remember(f"U{number}", None)
    assert len(zones._known) == REMEMBERED


@pytest.mark.parametrize(
    "fault", [ApiError("missing_scope"), ServerError(500), Garbage("[1]", "application/json")], ids=repr
)
async def test_a_zone_that_slack_does_not_say_is_none_and_is_asked_again(slack: SlackService, fault: Fault) -> None:
    slack.zones["U0123"] = "Europe/Berlin"
    slack.fail("users.info", *[fault] * 2)  # one for the SDK's second try
    zones = SlackZones(make_client(slack.bot_token, slack.api_url, pause=0), deadline=20)
    assert await zones.zone("U0123") is None
    slack._faults["users.info"].clear()
    assert await zones.zone("U0123") == "Europe/Berlin"
