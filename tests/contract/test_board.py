"""What the pages of the board say, over real HTTP; its queries have a suite of their own on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.model import Evidence, ItemKey, Measure, Meeting, Reason, Source, SourceId, Span, StoryId
from bot.store import audience, feeds, news, outbox
from bot.store.engine import Database
from tests import samples
from tests.contract.board_site import KEY, PAGES, PERSON, Site, found, served, store, text_of
from tests.samples import DISCORD, NOW, SLACK


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with served(database) as each:
        yield each


async def test_the_wire_shows_a_told_story_with_its_facts_and_reason(database: Database, site: Site) -> None:
    store(database, SLACK)
    page = await site.page("/")
    (story,) = found(page, "article")
    headline = found(story, "h2//a")[0]
    assert (text_of(headline), headline.get("href")) == (samples.TITLE, "https://news.example/steel")
    said = text_of(story)
    for expected in (
        "Example Wire", "de-escalation", "Parties US", "Rates 25% tariff", "Trade negotiation", "alert",
        "08:00 UTC", "Both sides will keep talking",
    ):  # fmt: skip
        assert expected in said
    assert found(story, "time")[0].get("datetime") == "2025-05-07T08:00:00Z"
    assert found(story, "*.why//a")[0].get("href") == f"/items/{KEY}"


async def test_the_wire_says_what_is_new_and_what_is_held(database: Database, site: Site) -> None:
    late = NOW + timedelta(hours=2)
    store(database, SLACK, notice={"reason": Reason.HELD, "until": late})
    assert "held until 10:00 UTC" in text_of(found((await site.page("/")), "article")[0])
    correction = samples.notice(reason=Reason.CORRECTION, detail="the rate is 20 %")
    database.write_now(audience.save_decision, correction)
    assert "CORRECTED: the rate is 20 %" in text_of(found((await site.page("/")), "article")[0])


async def test_the_wire_is_narrowed_by_topic_and_paged(database: Database, site: Site) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(40):
            key = ItemKey(f"{number:016x}")
            labels = ("market",) if number % 8 == 0 else ("trade",)
            judged = samples.verdict(labels=labels)
            news.add_story(connection, samples.story(id=key[-12:], key=key, lead=key, verdict=judged))
            news.add_item(connection, samples.item(key=key, title=f"No. {number}"), StoryId(key[-12:]), judged)
            audience.save_decision(connection, samples.notice(story_id=key[-12:], item_key=key))

    database.write_now(fill)
    seen: list[str] = []
    path = "/?topic=trade"
    while path:
        page = await site.page(path)
        seen += [text_of(headline) for headline in found(page, "article//h2")]
        older = found(page, "a[@rel='next']")
        path = str(older[0].get("href")) if older else ""
        assert len(seen) <= 40
    assert seen == [f"No. {number}" for number in reversed(range(40)) if number % 8]
    market = await site.page("/?topic=market")
    assert [text_of(headline) for headline in found(market, "article//h2")][:2] == ["No. 32", "No. 24"]
    assert text_of(found(market, "*.choices//*[@aria-current]")[0]) == "Market"


async def test_stories_show_their_scores_flagged_or_not(database: Database, site: Site) -> None:
    store(database)
    page = await site.page("/stories")
    (row,) = found(page, "tbody//tr")
    assert [text_of(score) for score in found(row, "*.score")] == ["0.95", "0.70", "0.20"]
    assert [text_of(score) for score in found(row, "*.score.over")] == ["0.95", "0.70"]
    assert found((await site.page("/stories?show=flagged")), "tbody//tr")
    assert not found((await site.page("/stories?show=unflagged")), "tbody//tr")


async def test_stories_are_paged_without_loss(database: Database, site: Site) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(120):
            key = ItemKey(f"{number:016x}")
            news.add_story(connection, samples.story(id=key[-12:], key=key, lead=key, title=f"No. {number}"))
            news.add_item(connection, samples.item(key=key), StoryId(key[-12:]), samples.verdict())

    database.write_now(fill)
    seen: list[str] = []
    path = "/stories?show=flagged"
    while path:
        page = await site.page(path)
        seen += [text_of(headline) for headline in found(page, "tbody//th//a")]
        older = found(page, "a[@rel='next']")
        path = str(older[0].get("href")) if older else ""
        assert len(seen) <= 120
    assert seen == [f"No. {number}" for number in reversed(range(120))]


async def test_an_item_shows_its_text_with_the_evidence_marked(database: Database, site: Site) -> None:
    body = "Ministers agree to suspend steel duties.\n\nTalks go on in Lisbon."

    def quoted(text: str, weight: float, label: str) -> Evidence:
        start = body.index(text)
        return Evidence(field="body", start=start, end=start + len(text), text=text, weight=weight, label=label)

    def fill(connection: sa.Connection) -> None:
        evidence = (quoted("suspend steel duties", 2.0, "trade"), quoted("agree to suspend", 1.0, "de-escalation"))
        where = body.index("Lisbon")
        facts = (
            Meeting(where="Lisbon", span=Span(field="body", start=where, end=where + 6)),
            Meeting(span=Span(field="body", start=0, end=0)),
            Measure(value="tariff", stage="paused", span=Span(field="body", start=19, end=39)),
        )
        news.add_story(connection, samples.story())
        news.add_item(
            connection, samples.item(body=body), samples.story().id, samples.verdict(evidence=evidence, facts=facts)
        )

    database.write_now(fill)
    page = await site.page(f"/items/{KEY}")
    marks = found(page, "*.body//mark")
    assert [(str(mark.text), mark.get("class"), mark.get("title")) for mark in marks] == [
        ("agree to ", "de-escalation", "de-escalation +1.0"),
        ("suspend", "trade", "trade +2.0; de-escalation +1.0"),
        (" steel duties", "trade", "trade +2.0"),
    ]
    assert str(found(page, "*.body")[0].text_content()) == body
    facts = [text_of(row) for row in found(page, "*.facts-table//tbody//tr")]
    assert facts == ["Meeting Lisbon Lisbon", "Measures tariff (paused) suspend steel duties"]


async def test_an_item_shows_every_decision_on_it_and_the_other_reports(database: Database, site: Site) -> None:
    store(database, SLACK, notice={"route": "desk-route", "detail": "because of trade"})

    def more(connection: sa.Connection) -> None:
        silent = samples.notice(destination=DISCORD, reason=Reason.BELOW_THRESHOLD, detail="tier too low")
        audience.save_decision(connection, silent)
        other = samples.item(key=ItemKey("ff" * 8), outlet="Second Outlet", title="Steel duties on hold")
        news.add_item(connection, other, samples.story().id, samples.verdict())

    database.write_now(more)
    page = await site.page(f"/items/{KEY}")
    rows = [text_of(row) for row in found(page, "section[@aria-labelledby='decisions']//tbody//tr")]
    assert [("slack:C0TRADE" in rows[0], "first" in rows[0], "because of trade" in rows[0])] == [(True, True, True)]
    assert [("discord:4242" in rows[1], "below threshold" in rows[1], "tier too low" in rows[1])] == [(True,) * 3]
    reports = found(page, "*.reports//li")
    assert "Second Outlet" in text_of(reports[1])
    assert found(reports[1], "a")[0].get("href") == f"/items/{'ff' * 8}"


async def test_sources_say_in_words_what_is_wrong(database: Database, site: Site) -> None:
    def fill(connection: sa.Connection) -> None:
        sources = [Source(id=SourceId(name), name=name, url="https://x.example/") for name in ("bad", "good", "new")]
        feeds.sync(connection, sources, now=NOW)
        ours = [source.id for source in sources]
        feeds.claim_due(connection, ours, owner="me", now=NOW, lease=timedelta(minutes=1), limit=9)
        good_at = NOW - timedelta(minutes=5)
        feeds.save_cursor(connection, SourceId("good"), FetchState(), owner="me", now=good_at, brought_new=True)
        fault = Fault(kind=FaultKind.NOT_A_FEED, message="https://x.example/ is a <web> page; give its feed")
        feeds.save_fault(connection, SourceId("bad"), fault, FetchState(failures=3), owner="me", now=NOW)

    database.write_now(fill)
    rows = {text_of(found(row, "th")[0]): text_of(row) for row in found((await site.page("/sources")), "tbody//tr")}
    assert next(iter(rows)) == "bad"
    assert "failing, 3 times in a row" in rows["bad"]
    assert "not-a-feed : https://x.example/ is a <web> page; give its feed" in rows["bad"]
    assert "well 5 min ago 5 min ago" in rows["good"]
    assert "not polled yet never never" in rows["new"]


async def test_health_shows_parts_outbox_and_the_last_day(database: Database, site: Site) -> None:
    site.parts.set("intake", ok=True, detail="3 sources")
    site.parts.set("slack", ok=False, detail="token refused; make a new one")
    store(database, SLACK, SLACK, DISCORD)
    page = await site.page("/health")
    assert [text_of(part) for part in found(page, "*.parts//li")] == [
        "failing slack token refused; make a new one",
        "well intake 3 sources",
    ]
    outbox_rows = [text_of(row) for row in found(page, "section[@aria-labelledby='outbox']//tbody//tr")]
    assert sorted(outbox_rows) == ["discord:4242 1 just now", "slack:C0TRADE 2 just now"]
    assert "First 3" in text_of(found(page, "*.day")[0])
    assert text_of(found(page, "*.state")[0]) == "slack failing"


async def test_nothing_on_any_page_names_a_person_who_gets_direct_messages(database: Database, site: Site) -> None:
    store(database, SLACK, PERSON, notice={"route": "desk"})

    def fail(connection: sa.Connection) -> None:
        outbox.claim_due(connection, ["slack"], owner="me", now=NOW, lease=timedelta(minutes=1), limit=9)
        delivery = outbox.begin_next(connection, PERSON, owner="me", now=NOW, lease=timedelta(minutes=1))
        assert delivery is not None
        outbox.record_retry(connection, delivery, "U0SECRET is away", maybe_sent=False, owner="me", now=NOW)

    database.write_now(fail)
    for path in (*PAGES, "/metrics", "/readyz"):
        assert "U0SECRET" not in await (await site.get(path)).text(), path
    assert "Direct messages 1" in text_of(
        found((await site.page("/health")), "section[@aria-labelledby='outbox']")[0]
    )


async def test_empty_pages_say_where_to_look(database: Database, site: Site) -> None:
    for path in ("/", "/stories", "/sources"):
        assert found((await site.page(path)), "*.empty"), path
    assert "Empty: everything that was decided is delivered." in text_of(await site.page("/health"))
