"""A new source does not flood: what was there before it was asked is history, and stays so."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.model import Notice, Reason
from bot.routing.first_poll import MOST_FRESH, MOST_OLD
from bot.store import audience, outbox
from bot.store.schema import decisions
from tests.fakes.web import item, rss
from tests.flow.desk import Desk

CONSOLE = '[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade"\n'
NOW = datetime(2025, 5, 7, 8, 0, tzinfo=UTC)
COUNTRIES = [
    "Albania", "Algeria", "Angola", "Armenia", "Bahrain", "Belize", "Benin", "Bolivia", "Botswana", "Brunei",
    "Burundi", "Cambodia", "Cameroon", "Chad", "Chile", "Colombia", "Croatia", "Cuba", "Cyprus", "Djibouti",
    "Dominica", "Ecuador", "Egypt", "Eritrea", "Estonia", "Ethiopia", "Fiji", "Gabon", "Gambia", "Georgia",
    "Ghana", "Grenada", "Guinea", "Guyana", "Haiti", "Honduras", "Hungary", "Iceland", "Iraq", "Ireland",
    "Jamaica", "Jordan",
]  # fmt: skip


def entry(number: int, published: datetime | None) -> str:
    """A trade item of its own; the title is its number's country."""
    return item(
        f"{COUNTRIES[number]} raises its tariff on imported steel to {number + 10}%",
        guid=f"post-{number}",
        link=f"https://wire.example/{number}",
        **({"pubDate": format_datetime(published)} if published else {}),
    )


FRESH = [entry(number, NOW - timedelta(minutes=number)) for number in range(30)]
OLD = [entry(number, NOW - timedelta(days=number)) for number in range(30, 40)]


@pytest.fixture
def most_fresh(monkeypatch: pytest.MonkeyPatch) -> int:
    """Fewer than in earnest, so that fewer items make the point."""
    monkeypatch.setattr("bot.routing.first_poll.MOST_FRESH", 6)
    return 6


def use(desk: Desk, *, first_poll: str = "") -> None:
    setting = f'first_poll = "{first_poll}"\n' if first_poll else ""
    source = f'[[source]]\nid = "wire"\nurl = "{desk.web.url("/feed")}"\n{setting}'
    desk.configure(sources=source, routes=CONSOLE)


async def poll(desk: Desk, *entries: str) -> None:
    desk.clock.advance(timedelta(minutes=10))
    desk.web.serve("/feed", rss(*entries))
    await desk.once()


async def decided(desk: Desk) -> list[Notice]:
    """Every decision so far, in the order in which they were taken."""
    async with desk.bot() as bot:
        rows = await bot.database.read(
            lambda connection: connection.execute(decisions.select().order_by(decisions.c.id)).all()
        )
    return [audience.notice_of(row) for row in rows]


def countries(desk: Desk) -> list[str]:
    return [title.partition(" ")[0] for _, title in desk.sent]


async def test_a_first_poll_tells_the_newest_and_says_of_the_rest_that_it_is_history(desk: Desk) -> None:
    use(desk)
    await poll(desk, *FRESH, *OLD)
    passed = {*COUNTRIES[:MOST_FRESH], *COUNTRIES[30 : 30 + MOST_OLD]}
    assert set(countries(desk)) <= passed
    held = [notice for notice in await decided(desk) if notice.reason is Reason.FLOOD_BRAKE]
    assert len(held) == len(FRESH) + len(OLD) - len(passed)
    assert {notice.detail for notice in held} == {"first poll of wire: 12 items are not told"}


async def test_what_a_first_poll_kept_quiet_is_never_told_later(desk: Desk, most_fresh: int) -> None:
    use(desk)
    await poll(desk, *FRESH[: most_fresh + 3], *OLD[:5])
    before = len(desk.sent)
    assert before == most_fresh + MOST_OLD
    await poll(desk, *FRESH[2 : most_fresh + 3], *OLD[:5])
    await poll(desk, entry(41, NOW + timedelta(minutes=25)), *OLD[:5])
    assert countries(desk)[before:] == [COUNTRIES[41]]


async def test_old_items_of_a_later_poll_are_told(desk: Desk) -> None:
    use(desk)
    await poll(desk, FRESH[0])
    await poll(desk, FRESH[0], *OLD[:6])
    assert set(countries(desk)) == {COUNTRIES[0], *COUNTRIES[30:36]}


async def test_undated_items_count_as_fresh_and_the_first_in_the_document_as_the_newest(
    desk: Desk, most_fresh: int
) -> None:
    use(desk)
    await poll(desk, *(entry(number, None) for number in range(most_fresh + 4)))
    held = [notice for notice in await decided(desk) if notice.reason is Reason.FLOOD_BRAKE]
    assert len(held) == 4
    assert set(countries(desk)) <= set(COUNTRIES[:most_fresh])


@pytest.mark.parametrize(
    ("first_poll", "told", "said"),
    [
        ("sample", COUNTRIES[:1], "7 items are not told (first_poll is sample)"),
        ("none", [], "8 items are not told (first_poll is none)"),
        ("all", [*COUNTRIES[:3], *COUNTRIES[30:35]], None),
    ],
)
async def test_a_source_may_ask_for_another_first_poll(
    desk: Desk, first_poll: str, told: list[str], said: str | None
) -> None:
    use(desk, first_poll=first_poll)
    await poll(desk, *FRESH[:3], *OLD[:5])
    assert sorted(countries(desk)) == sorted(told)
    reasons = {notice.detail for notice in await decided(desk) if notice.reason is Reason.FLOOD_BRAKE}
    assert reasons == ({f"first poll of wire: {said}"} if said else set())
    await poll(desk, entry(41, NOW + timedelta(minutes=15)), *FRESH[:3], *OLD[:5])
    assert countries(desk)[len(told) :] == [COUNTRIES[41]]


async def test_a_document_without_entries_is_no_first_poll(desk: Desk) -> None:
    use(desk)
    await poll(desk)
    await poll(desk, *OLD)
    assert sum(notice.reason is Reason.FLOOD_BRAKE for notice in await decided(desk)) == len(OLD) - MOST_OLD


@pytest.mark.parametrize("survived", [0, 3, 7])
async def test_a_first_poll_that_a_crash_cut_short_goes_on_within_its_limits(
    desk: Desk, survived: int, most_fresh: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program dies when so many alerts are in the outbox; what its portion held is decided again."""
    entries, newer = [*FRESH[2:10], *OLD[:5]], FRESH[:2]
    monkeypatch.setattr("bot.pipeline.PORTION", 9)  # the old ones and half of the fresh ones

    class Killed(BaseException):
        pass

    use(desk)
    enqueue, calls = outbox.enqueue_all, Counter[str]()

    def dying(*args: object) -> object:
        calls["enqueue"] += 1
        if calls["enqueue"] > survived:
            raise Killed
        return enqueue(*args)  # type: ignore[arg-type]  # whatever the caller gave

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "enqueue_all", dying)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever way the kill comes out
            await poll(desk, *entries)
    await poll(desk, *newer, *entries)
    reasons = Counter(notice.reason for notice in await decided(desk))
    assert reasons[Reason.FLOOD_BRAKE] == len(newer) + len(entries) - most_fresh - MOST_OLD
    assert reasons.total() == len(newer) + len(entries), "every item was decided on once"


async def test_one_old_article_in_a_folder_is_told_and_an_archive_is_not(desk: Desk) -> None:
    folder = desk.folder / "articles"
    folder.mkdir()
    desk.configure(sources=f'[[source]]\nid = "files"\npath = "{folder}"\n', routes=CONSOLE)
    for number in range(30, 40):
        day = NOW - timedelta(days=number)
        title = f"{COUNTRIES[number]} raises its tariff on imported steel to {number}%"
        (folder / f"{day:%Y-%m-%d}-{number}.txt").write_text(f"{title}\n\nMinister number {number} said so.\n")
    await desk.once()
    assert sorted(countries(desk)) == COUNTRIES[30 : 30 + MOST_OLD]
