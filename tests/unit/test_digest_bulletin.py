"""A digest as it is read: grouped, one line a story, one message however much there is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.deliver.card import Bulletin, plain
from bot.deliver.digest import MOST_LISTED, Digested, digest_bulletin
from bot.deliver.discord.embeds import message_payload as discord_payload
from bot.deliver.slack.blocks import message_payload as slack_payload
from bot.model import Move, Party, StoryId, Tier
from bot.routing.holding import Why
from tests import samples
from tests.golden.hostile import hostile_texts
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import NOW

HOSTILE = hostile_texts("@everyone", "<!channel>", "<@U1>", "**", "](", "https://")
POST = ("/channels/{channel_id}/messages", "POST")


def digested(
    number: int = 0, why: Why = Why.QUIETER, url: str | None = "https://news.example/1", **changes: Any
) -> Digested:
    story = samples.story(id=StoryId(f"{number:012x}"), **changes)
    return Digested(story=story, url=url, why=why)


def made(*stories: Digested, braked: int = 0) -> Bulletin:
    bulletin = digest_bulletin(stories, braked=braked, at=NOW)
    assert bulletin is not None
    return bulletin


def judged(bulletin: Bulletin) -> list[str]:
    return [*judge_slack(slack_payload(bulletin)), *judge_discord(*POST, discord_payload(bulletin))]


def test_trade_comes_first_then_markets_then_the_rest_and_the_loudest_leads_its_group() -> None:
    bulletin = made(
        digested(1, title="Weather", verdict=samples.verdict(labels=())),
        digested(2, title="Stocks fall", verdict=samples.verdict(labels=("market",), facts=())),
        digested(3, title="Talks go on", outlets=("A",)),
        digested(4, title="Talks end", outlets=("A", "B", "C")),
        digested(5, title="Tariffs double", tier=Tier.URGENT, outlets=("A",)),
    )
    lines = [plain((line,)) for line in bulletin.lines]
    assert [line.partition(" · ")[0] for line in lines[:-1]] == [
        "Trade", "• Tariffs double", "• Talks end", "• Talks go on", "Markets", "• Stocks fall", "Other", "• Weather",
    ]  # fmt: skip
    assert bulletin.title == "Digest, Wed 7 May 08:00: 5 stories"


def test_a_line_has_the_linked_headline_its_facts_and_how_many_report_it() -> None:
    (_, line, _) = made(digested(outlets=("A", "B", "C"))).lines
    assert plain((line,)) == f"• {samples.TITLE} · US; tariff (paused); 25% tariff · 3 outlets"
    assert [run.url for run in line] == [None, "https://news.example/1", None]


def test_no_fact_is_cut_in_the_middle() -> None:
    moves = [
        Move(instrument=f"Index {number}", direction="up", size=11.5 + number, unit="percent", span=samples.span())
        for number in range(6)
    ]
    countries = [Party(value=code, span=samples.span()) for code in ("US", "CN", "JP", "DE", "FR", "IT", "BR", "IN")]
    bulletin = made(digested(verdict=samples.verdict(facts=(*countries, *moves))))
    line = plain(bulletin.lines[1:2])
    figures = re.findall(r"\+([\d.]+)", line)
    assert 1 < len(figures) < len(moves)
    assert figures == [f"{move.size:g}" for move in moves][: len(figures)]
    assert " …" in line


def test_a_corrected_story_says_so() -> None:
    (_, line, _) = made(digested(mark="corrected", mark_note="5%, not 50%")).lines
    assert plain((line,)).startswith("• CORRECTED Ministers")


def test_what_an_earlier_digest_told_wrongly_leads_and_says_what_was_wrong() -> None:
    gone = digested(1, Why.AMENDED, mark="withdrawn", mark_note="Daily has withdrawn it", outlets=("A",))
    _, line, *others = made(*(digested(number, tier=Tier.FLASH) for number in range(2, 40)), gone).lines
    assert plain((line,)).startswith("• WITHDRAWN Ministers")
    assert plain((line,)).endswith(" · Daily has withdrawn it · US; tariff (paused); 25% tariff · A")
    assert [run.strike for run in line] == [False, False, True, False]
    assert "1 put right since a digest told it" in plain(tuple(others))
    note = made(
        digested(1, Why.AMENDED, mark="corrected", mark_note="@everyone <!channel> ](https://evil.example " * 50)
    )
    assert judged(note) == []


def test_it_says_why_its_stories_were_not_told_at_once() -> None:
    bulletin = made(digested(1), digested(2, Why.QUIET), digested(3, Why.CAP), digested(4, Why.CAP), braked=12)
    assert plain(bulletin.lines[-2:]) == (
        "Here are: 1 quieter than what is posted at once, 1 from quiet hours, 2 more than the cap of a day.\n"
        "New sources brought 12 stories that were there before: /wire latest 7d"
    )
    assert plain(made(braked=1).lines).startswith("New sources brought 1 story that was there before")


def test_where_there_is_nothing_to_say_there_is_no_message() -> None:
    assert digest_bulletin([], braked=0, at=NOW) is None


def test_two_hundred_stories_are_one_message_that_counts_what_it_does_not_list() -> None:
    stories = [
        digested(number, title=f"Story {number} " + "on and on " * 20, updated_at=NOW + timedelta(minutes=number))
        for number in range(200)
    ]
    bulletin = made(*stories)
    shown = plain(bulletin.lines)
    listed = shown.count("• ")
    assert 10 <= listed <= MOST_LISTED
    assert f"and {200 - listed} more: /wire latest" in shown
    assert "Story 199" in shown, "of equals the newest"
    assert judged(bulletin) == []
    for payload in (slack_payload(bulletin), discord_payload(bulletin)):
        assert "do not fit" not in str(payload), "what is counted is counted by the digest"


@pytest.mark.parametrize("url", ["https://news.example/" + "a" * 3_000, None])
def test_a_link_that_is_too_long_is_left_out(url: str | None) -> None:
    assert all(run.url is None for line in made(digested(url=url)).lines for run in line)


@settings(deadline=None, max_examples=30)
@given(st.lists(HOSTILE, min_size=1, max_size=25), HOSTILE)
def test_whatever_feeds_write_both_platforms_take_it(titles: list[str], url: str) -> None:
    stories = [digested(number, title=title, url=url, outlets=(title,)) for number, title in enumerate(titles)]
    assert judged(made(*stories)) == []
