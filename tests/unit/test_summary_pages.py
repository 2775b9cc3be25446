"""A summary on as many pages as it needs, each of which both platforms take, whatever the feeds write."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.views import summary as views
from bot.commands.views.summary import PAGE_STORIES, Page, Shown
from bot.deliver.card import File, Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import Mark, Tier, fact_key
from bot.summary.entries import Entry
from bot.summary.figures import figures
from bot.summary.grouping import grouped
from bot.summary.written import Sentence, Written
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import NOW
from tests.summary_stories import DAY, a_week, entry, move, party, story, tariff

ANSWER = ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "PATCH")
UTC_ZONE = ZoneInfo("UTC")
PICTURE = File(name="summary.png", content=b"png", alt="a picture")
HOSTILE = (
    "@everyone <!channel> **bold** [link](https://evil.example) `code` ||spoiler||",
    "*_~|`[]<>\\" * 40,
    "关税" * 200,
    "\u202eright to left\u202c\x00 \n\n# heading",
    "🚨" * 300,
    "",
    "<https://evil.example|click> &lt;@U0123&gt; <@&42>",
)


def pages_of(entries: list[Entry], *, with_writing: bool = False) -> list[Page]:
    return views.paged(grouped(entries), with_writing=with_writing)


def in_order(pages: list[Page]) -> list[Entry]:
    return [each for page in pages for _, group in page for each in group]


def first(entries: list[Entry], *, written: Written | None = None, seen: bool = False, left_out: int = 0) -> Reply:
    pages = pages_of(entries, with_writing=written is not None)
    counted = figures(entries, since=NOW - 7 * DAY, until=NOW, zone=UTC_ZONE)
    shown = shown_of(pages, 1, seen=seen)
    return views.first_page(shown, counted, in_order(pages), left_out=left_out, written=written, picture=PICTURE)


def shown_of(pages: list[Page], page: int, *, seen: bool = False) -> Shown:
    return Shown(
        number=999_999_999,
        title=views.title("the last 7 days", "tariff* " * 40),
        page=page,
        pages=len(pages),
        first=1 + len(in_order(pages[: page - 1])),
        sections=pages[page - 1],
        last=NOW - DAY if seen else None,
    )


def replies(entries: list[Entry]) -> list[Reply]:
    pages = pages_of(entries)
    return [first(entries), *(views.further_page(shown_of(pages, page)) for page in range(2, len(pages) + 1))]


def text_of(reply: Reply) -> str:
    return f"{reply.title}\n{plain(reply.lines)}"


def judge(reply: Reply) -> None:
    assert judge_slack(slack_payload(reply)) == []
    assert judge_discord(*ANSWER, discord_payload(reply)) == []


def hostile(count: int, length: int) -> list[Entry]:
    """`count` stories whose words and links are as bad as can be."""
    entries = []
    for number in range(count):
        bad = HOSTILE[number % len(HOSTILE)]
        told = story(
            number,
            *(party(code) for code in (("US", "CN"), ("US", "EU"), ())[number % 3]),
            move(bad[:40] or "Dow"),
            *(tariff(percent) for percent in range(number % 9)),
            title=f"{bad} {number}",
            labels=(("trade",), ("market",), ("urgent",))[number % 3],
            tier=list(Tier)[number % 4],
            outlets=number % 7,
            mark=_mark(number),
        )
        url = f"https://news.example/{'关' * length}{number}?{'a%20b' * length}"
        entries.append(replace(entry(told), url=url))
    return entries


def _mark(number: int) -> Mark | None:
    return "withdrawn" if number % 11 == 0 else "corrected" if number % 5 == 0 else None


@pytest.mark.parametrize("length", [0, 15, 100, 900])
def test_two_hundred_hostile_stories_are_pages_that_both_platforms_take(length: int) -> None:
    entries = hostile(200, length)
    answers = replies(entries)
    assert len(answers) >= 200 / PAGE_STORIES
    for reply in answers:
        judge(reply)


def test_nothing_is_lost_on_the_way_to_either_platform() -> None:
    """Each page has all its stories there: none is cut off or counted instead."""
    entries = hostile(200, 12)
    numbers = set[int]()
    for reply in replies(entries):
        said = "".join(embed.get("description", "") for embed in discord_payload(reply)["embeds"])
        blocks = str(slack_payload(reply)["blocks"])
        on_page = [int(line[0].text[:-2]) for line in reply.lines if line[0].text.rstrip(". ").isdigit()]
        for number in on_page:
            assert f"{number}\\. " in said or f"{number}. " in said
            assert f"'{number}. '" in blocks
        assert "not fit" not in said
        numbers.update(on_page)
    assert numbers == set(range(1, 201))


def test_pages_hold_every_story_once_and_name_the_group_that_goes_on() -> None:
    us, china = party("US"), party("CN")
    entries = [entry(story(number, us, china, direction="escalation")) for number in range(25)]
    pages = pages_of(entries)
    assert [len(in_order([page])) for page in pages] == [10, 10, 5]
    assert [page[0][0] for page in pages] == [
        "Trade · China: 25 escalation",
        "Trade · China: 25 escalation (continued)",
        "Trade · China: 25 escalation (continued)",
    ]
    assert in_order(pages) == entries


def test_a_new_group_on_a_new_page_is_not_continued() -> None:
    entries = [entry(story(number, party("CN"))) for number in range(10)]
    entries += [entry(story(number, move("Dow"), labels=("market",))) for number in range(10, 12)]
    assert [page[0][0] for page in pages_of(entries)] == ["Trade · China", "Markets · Dow"]


def test_a_line_says_what_there_is_to_know() -> None:
    reply = first([entry(story(1, party("CN"), tariff(25), direction="escalation", tier=Tier.URGENT, outlets=4))])
    assert plain(reply.lines).splitlines() == [
        "1 story from 4 outlets: 1 trade · 1 escalation, 0 de-escalation",
        "Trade · China: 1 escalation",
        "1. URGENT Story 1 of the day · 25% tariff · escalation · 4 outlets",
    ]
    headline = next(run for line in reply.lines for run in line if run.url)
    assert (headline.text, headline.url) == ("Story 1 of the day", f"https://news.example/{1:012x}")
    assert reply.picture == PICTURE


def test_what_is_new_to_the_reader_is_marked_unless_it_is_their_first() -> None:
    old = story(1, party("CN"), tariff(25))
    grown = entry(story(2, party("CN"), tariff(10), tariff(30)), seen=frozenset(map(fact_key, (tariff(10),))))
    entries = [entry(old, seen=entry(old).fact_keys), grown, entry(story(3, party("CN")))]
    lines = plain(first(entries, seen=True).lines).splitlines()
    assert lines[1] == "1 new to you and 1 with new facts since your last summary, 2025-05-06 08:00 UTC"
    assert lines[3:] == [
        "1. Story 1 of the day · 25% tariff · 1 outlet",
        "2. Story 2 of the day · new: 30% tariff · 10% tariff, 30% tariff · 1 outlet",
        "3. NEW Story 3 of the day · China · 1 outlet",
    ]
    assert "NEW" not in text_of(first(entries))


def test_nothing_new_is_said() -> None:
    old = story(1, tariff(25))
    assert "Nothing new to you since your last summary" in text_of(
        first([entry(old, seen=entry(old).fact_keys)], seen=True)
    )


def test_withdrawn_stories_are_struck_and_stand_last() -> None:
    reply = first([entry(each) for each in a_week()])
    last = reply.lines[-1]
    assert plain((last,)).startswith("6. WITHDRAWN Story 6")
    assert [run.text for run in last if run.strike] == ["Story 6 of the day"]


def test_buttons_turn_the_pages_and_say_so_in_words() -> None:
    pages = pages_of([entry(story(number)) for number in range(25)])
    commands = [
        [(action.label, action.command) for action in views.further_page(shown_of(pages, page)).actions]
        for page in (1, 2, 3)
    ]
    number = 999_999_999
    assert commands == [
        [("Next", f"summary:page={number}/2")],
        [("Previous", f"summary:page={number}/1"), ("Next", f"summary:page={number}/3")],
        [("Previous", f"summary:page={number}/2")],
    ]
    assert f"/wire summary page={number}/2" in text_of(views.further_page(shown_of(pages, 1)))
    assert "Next page" not in text_of(views.further_page(shown_of(pages, 3)))


def test_each_story_of_a_page_can_be_opened() -> None:
    pages = pages_of([entry(story(number)) for number in range(25)])
    menu = views.further_page(shown_of(pages, 2)).menu
    assert menu is not None
    assert len(menu.choices) == 10
    assert menu.choices[0] == ("11. Story 10 of the day", f"story:{10:012x}")


def test_what_did_not_fit_into_one_summary_is_counted() -> None:
    assert "1,234 more stories, reported earlier, left out" in text_of(first([entry(story(1))], left_out=1_234))
    assert "1 more story, reported earlier, left out" in text_of(first([entry(story(1))], left_out=1))


# --- written ----------------------------------------------------------------------------------------------


def test_sentences_stand_above_the_stories_with_what_they_rest_on() -> None:
    entries = [entry(story(number, party("CN"))) for number in range(1, 4)]
    written = Written(sentences=(Sentence("Talks go on.", (entries[2], entries[0])),), model="tiny")
    reply = first(entries, written=written)
    lines = plain(reply.lines).splitlines()
    assert lines[1:3] == ["Talks go on. [3] [1]", "Written by tiny; in brackets the stories it rests on."]
    assert [run.url for run in reply.lines[1]] == [None, entries[2].url, entries[0].url]


def test_why_there_is_no_written_summary_is_said_in_one_line() -> None:
    reply = first([entry(story(1))], written=Written(why_not="the service answered HTTP 500"))
    said = "No written summary: the service answered HTTP 500. These are the stories themselves."
    assert plain(reply.lines).splitlines()[1] == said


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=280), max_size=6))
def test_whatever_a_model_writes_the_page_is_one_that_both_platforms_take(texts: list[str]) -> None:
    entries = hostile(30, 20)
    kept = in_order(pages_of(entries, with_writing=True))
    found = tuple(Sentence(text, tuple(kept[:6])) for text in texts)
    reply = first(entries, written=Written(sentences=found, model="@everyone " * 30))
    judge(reply)
    assert "not fit" not in str(discord_payload(reply))


# --- nothing ----------------------------------------------------------------------------------------------


def test_an_empty_time_says_so_and_offers_the_next_longer() -> None:
    reply = views.nothing("the last 24 hours", "China", "China", "since=week")
    assert (
        text_of(reply) == "No stories about China in the last 24 hours.\nFurther back: /wire summary since=week China"
    )
    assert [(action.label, action.command) for action in reply.actions] == [("Last week", "summary:since=week China")]
    assert views.nothing("today", "", "", "since=24h").title == "No stories today."
    assert views.nothing("the last 90 days", "", "", None).actions == ()


@given(st.text(max_size=400))
def test_an_empty_answer_is_one_that_both_platforms_take(about: str) -> None:
    judge(views.nothing("since Monday", about, about, "since=30d"))


def test_pages_do_not_shift_with_the_marks_of_a_reader() -> None:
    """Room is left for the mark on every line, so what is new to one is on the page where it is for another."""
    entries = [entry(story(number, title="w" * 100), seen=frozenset()) for number in range(30)]
    marked = [replace(each, seen=None) for each in entries]
    sizes = [[len(in_order([page])) for page in pages_of(each)] for each in (entries, marked)]
    assert sizes[0] == sizes[1]
    assert all(one >= other for one, other in pairwise(sizes[0]))
