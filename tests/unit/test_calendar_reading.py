"""What an item says of days to come, through the facts of the classifier; what is only wished or denied is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.calendar.events import Days, EventKind, Report, Says
from bot.calendar.reading import reports
from bot.model import Item, Verdict
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.document import read
from bot.signals.facts import extract
from bot.signals.lexicon import Lexicon
from tests import samples

WEDNESDAY = datetime(2025, 5, 7, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(default_directory() / LEXICON_FILE)


def read_title(lexicon: Lexicon, title: str, summary: str = "", labels: tuple[str, ...] = ("trade",)) -> list[Report]:
    item = samples.item(title=title, summary=summary, published_at=WEDNESDAY, seen_at=WEDNESDAY)
    return reports(item, verdict_on(lexicon, item, labels), samples.story().id, lexicon.atlas)


def verdict_on(lexicon: Lexicon, item: Item, labels: tuple[str, ...]) -> Verdict:
    document = read(item, lexicon)
    assert document
    return samples.verdict(facts=extract(document, lexicon), labels=labels)


def summed_up(report: Report) -> tuple[str, str, str | None, tuple[str, ...]]:
    days = f"{report.days.first}/{report.days.last}" if report.days else None
    return report.kind, report.says, days, report.parties


@pytest.mark.parametrize(
    ("title", "kind", "says", "days", "parties"),
    [
        ("Bessent to meet He Lifeng in Geneva on 10 May", "meeting", "set", "2025-05-10", ("CN", "US")),
        ("India and EU to hold trade talks in Brussels on May 12-16", "meeting", "set", "2025-05-12/2025-05-16",
         ("EU", "IN")),
        ("US and China to hold talks in London on Monday, June 9", "meeting", "set", "2025-06-09", ("CN", "US")),
        ("US tariffs on EU steel take effect on Tuesday, May 20", "effective", "set", "2025-05-20", ("EU", "US")),
        ("US extends EU tariff deadline to Friday (1 August)", "deadline", "moved", "2025-08-01", ("EU", "US")),
        ("US-Japan trade talks set for next week", "meeting", "set", "2025-05-12/2025-05-18", ("JP", "US")),
        ("Canada faces July 21 deadline for US trade deal", "deadline", "set", "2025-07-21", ("CA", "US")),
        ("US tariffs on Brazil to take effect on 1 August", "effective", "set", "2025-08-01", ("BR", "US")),
        ("China to impose 10% tariffs on Canada, starting Aug. 1", "effective", "set", "2025-08-01",
         ("CA", "CN")),
        ("US to impose tariffs on Mexican tomatoes from July 14", "effective", "set", "2025-07-14", ("MX", "US")),
        ("US suspends tariffs on Vietnam until 9 July", "deadline", "set", "2025-07-09", ("US", "VN")),
        ("US and China postpone trade talks to 20 May", "meeting", "moved", "2025-05-20", ("CN", "US")),
        ("US-India trade talks pushed back to June 3", "meeting", "moved", "2025-06-03", ("IN", "US")),
        ("US delays tariffs on EU goods until 9 July", "effective", "moved", "2025-07-09", ("EU", "US")),
        ("US extends EU tariff deadline to August 1", "deadline", "moved", "2025-08-01", ("EU", "US")),
        ("From June 4, US to impose 50% tariffs on Indian steel", "effective", "set", "2025-06-04", ("IN", "US")),
        ("US extends tariff truce with China to November 10", "deadline", "moved", "2025-11-10", ("CN", "US")),
        ("China calls off trade talks with US", "meeting", "cancelled", None, ("CN", "US")),
        ("US-Canada trade talks cancelled after TV advert", "meeting", "cancelled", None, ("CA", "US")),
        ("US cancels December 15 tariffs on Chinese goods", "effective", "cancelled", None, ("CN", "US")),
    ],
)  # fmt: skip
def test_what_is_said_of_a_day_to_come(
    lexicon: Lexicon, title: str, kind: str, says: str, days: str | None, parties: tuple[str, ...]
) -> None:
    (report,) = read_title(lexicon, title)
    wanted = None if days is None else Days.parse(days)
    assert (report.kind, report.says, report.days, report.parties) == (kind, says, wanted, parties)


@pytest.mark.parametrize(
    "title",
    [
        "US could delay tariffs on EU goods until 9 July",
        "Trump threatens to cancel talks with China on 20 May",
        "China denies it will postpone trade talks to 20 May",
        "Analysts urge US to push back tariffs to 1 August",
        "US not to delay tariffs on Brazil, due on 1 August",
        "US offers to cancel December 15 tariffs on Chinese goods",
        "US delays decision on car tariffs to 17 November",
        "Airlines cancel flights to China after trade talks",
        "US tariffs on China took effect on 9 April",
        "US and China met in Geneva on 3 May",
        "US extends tax filing deadline to July 15",
        "US tariffs on Brazil may take effect on 1 August",
        "Steel prices rise 5% from 1 August contract",
        "US Senate moves to block China tariffs until June 9",
        "Japan consultation on US tariffs begins on May 20",
        "India fiscal year begins on July 1 amid US tariffs",
        "Trump to travel from May 13 as China tariffs bite",
        "US data from May 12 to show the effect of China tariffs",
        "China tariffs hurt US ports; earnings season starts on May 12",
        "Japan carmakers suspend US shipments until May 30 over tariffs",
    ],
)
def test_what_is_only_wished_denied_past_or_about_something_else_is_no_event(lexicon: Lexicon, title: str) -> None:
    assert read_title(lexicon, title) == []


@pytest.mark.parametrize(
    "title",
    ["US-China tariff talks begin on May 10", "Talks on tariffs between US and China start on Saturday in Geneva"],
)
def test_talks_that_begin_are_no_measure_in_force(lexicon: Lexicon, title: str) -> None:
    assert EventKind.EFFECTIVE not in {report.kind for report in read_title(lexicon, title)}


def test_the_old_day_is_read_beside_the_new_one(lexicon: Lexicon) -> None:
    (report,) = read_title(lexicon, "US and China move trade talks from 12 May to 20 May")
    assert (report.was, report.days) == (Days.parse("2025-05-12"), Days.parse("2025-05-20"))
    (report,) = read_title(lexicon, "US, China agree to delay duties scheduled for May 15")
    assert (report.says, report.was, report.days) == (Says.MOVED, Days.parse("2025-05-15"), None)


@pytest.mark.parametrize("what", ["third round of tariff talks", "tariff summit", "talks on steel tariffs"])
def test_talks_about_a_measure_that_are_put_off_are_talks(lexicon: Lexicon, what: str) -> None:
    (report,) = read_title(lexicon, f"Japan and US postpone {what} to 16 May")
    assert (report.kind, report.says, report.days) == (EventKind.MEETING, Says.MOVED, Days.parse("2025-05-16"))


def test_what_moved_is_not_also_set_for_its_old_day(lexicon: Lexicon) -> None:
    found = read_title(
        lexicon,
        "US and China postpone trade talks to 20 May",
        "The two were to hold trade talks in Geneva on 12 May.",
    )
    assert [(each.says, each.days) for each in found] == [(Says.MOVED, Days.parse("2025-05-20"))]


def test_who_and_where_are_kept_with_the_countries_that_they_stand_for(lexicon: Lexicon) -> None:
    (report,) = read_title(lexicon, "Trump to meet Xi in Busan on 30 October")
    assert (report.people, report.parties, report.where, report.home) == (
        ("Trump", "Xi"), ("CN", "US"), "Busan", "KR",
    )  # fmt: skip


def test_unflagged_items_and_deadlines_of_no_trade_are_passed_over(lexicon: Lexicon) -> None:
    title = "US tariffs on Brazil to take effect on 1 August"
    assert read_title(lexicon, title, labels=()) == []
    assert read_title(lexicon, title, labels=("market",)) == []
    (fed,) = read_title(lexicon, "Fed to hold policy meeting on 17 June", labels=("market",))
    assert (fed.kind, fed.names) == (EventKind.MEETING, ("Fed",))


@pytest.mark.parametrize(
    "piece", ["from 1 May ", "moved to ", "call off talks ", "until ", ", 1 May", "push a b c d "]
)
def test_a_hostile_text_is_read_in_time_that_grows_with_its_length(lexicon: Lexicon, piece: str) -> None:
    long = "US tariffs " + piece * 400
    assert len(read_title(lexicon, long[:2_000], long[:4_000])) <= 6
