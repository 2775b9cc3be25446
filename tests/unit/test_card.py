from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.country_names import country_name
from bot.deliver.card import (
    MAX_OFFICIALS,
    Action,
    Card,
    Run,
    also_line,
    build_card,
    fact_fields,
    human_dates,
    mark_line,
    plain,
    why_line,
)
from bot.model import (
    Destination,
    Fact,
    Item,
    ItemKey,
    Measure,
    Meeting,
    Move,
    Notice,
    Party,
    Person,
    Rate,
    Reason,
    SourceId,
    Span,
    Story,
    StoryId,
    Tier,
    Verdict,
)

HERE = Span(field="title", start=0, end=1)
SEEN = datetime(2025, 5, 6, 21, 30, tzinfo=UTC)
PUBLISHED = datetime(2025, 5, 6, 21, 0, tzinfo=UTC)
VERDICT = Verdict(
    trade=0.97,
    market=0.884,
    labels=("trade", "market"),
    kind="trade-policy",
    direction="de-escalation",
    facts=(Party(value="US", span=HERE), Party(value="CN", span=HERE)),
)


def card(
    *,
    reason: Reason = Reason.FIRST,
    detail: str = "",
    new_facts: tuple[Fact, ...] = (),
    url: str | None = None,
    story: Mapping[str, Any] | None = None,
) -> Card:
    item = Item(
        key=ItemKey("0123456789abcdef"),
        source_id=SourceId("wire"),
        title="Ministers to meet",
        url=url,
        outlet="Example Wire",
        published_at=PUBLISHED,
        seen_at=SEEN,
        content_hash="",
    )
    told = Story(
        id=StoryId("0123456789ab"),
        key="k",
        lead=item.key,
        title="Another headline of the story",
        verdict=VERDICT,
        tier=Tier.ALERT,
        first_at=SEEN,
        updated_at=SEEN,
        **(story or {}),
    )
    notice = Notice(
        destination=Destination("console"),
        story_id=told.id,
        item_key=item.key,
        route="desk",
        reason=reason,
        detail=detail,
        tier=Tier.URGENT,
        new_facts=new_facts,
        version=1,
        decided_at=SEEN,
    )
    return build_card(
        notice=notice,
        story=told,
        item=item,
        gist=("One.", "Two."),
        actions=(Action(label="Why", command="why:0123456789abcdef"),),
        item_url="https://board.example/items/0123456789abcdef",
    )


def test_a_card_holds_what_the_item_the_story_and_the_notice_say() -> None:
    assert card(url="https://news.example/a") == Card(
        title="Ministers to meet",
        url="https://news.example/a",
        outlet="Example Wire",
        at=PUBLISHED,
        tier=Tier.URGENT,
        direction="de-escalation",
        why="Trade negotiation · Market-moving · urgent",
        topics=("trade", "market"),
        kind="trade-policy",
        change=None,
        fields=fact_fields(VERDICT.facts),
        gist=("One.", "Two."),
        actions=(Action(label="Why", command="why:0123456789abcdef"),),
        reference="0123456789abcdef",
    )


def test_an_item_without_a_link_is_linked_to_its_page() -> None:
    assert card().url == "https://board.example/items/0123456789abcdef"


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (VERDICT, "Trade negotiation · Market-moving · alert"),
        (Verdict(trade=0.6, market=0.9, labels=("trade",), kind="macro"), "Trade negotiation · alert"),
        (Verdict(market=0.7, labels=("market",)), "Market-moving · alert"),
        (Verdict(trade=0.4), "Matches this route · alert"),
    ],
)
def test_the_why_line_names_the_topics_that_were_flagged(verdict: Verdict, expected: str) -> None:
    assert why_line(verdict, Tier.ALERT) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": Reason.FIRST, "detail": "x"}, None),
        ({"reason": Reason.HELD, "detail": "x"}, None),
        (
            {
                "reason": Reason.NEW_FACT,
                "new_facts": (Party(value="CN", span=HERE), Rate(value=145, of="tariff", span=HERE)),
            },
            "New: parties China; rates 145% tariff",
        ),
        ({"reason": Reason.NEW_FACT, "detail": "a date was named"}, "New: a date was named"),
        ({"reason": Reason.ESCALATED, "detail": "alert before"}, "Now urgent: alert before"),
        ({"reason": Reason.CORRECTION, "detail": "20%, not 25%"}, "CORRECTED: 20%, not 25%"),
        ({"reason": Reason.WITHDRAWN, "detail": "taken back"}, "WITHDRAWN: taken back"),
    ],
)
def test_the_change_line_says_what_is_new(changes: dict[str, Any], expected: str | None) -> None:
    assert card(**changes).change == expected


def story_card(*, reason: Reason = Reason.FIRST, **changes: Any) -> Card:
    return card(reason=reason, detail="20%, not 25%", story=changes)


def test_a_marked_story_marks_its_card_and_the_line_says_what_changed() -> None:
    marked = story_card(mark="corrected", mark_note="20%, not 25%")
    assert (marked.mark, marked.mark_note, mark_line(marked)) == (
        "corrected", "20%, not 25%", "CORRECTED: 20%, not 25%",
    )  # fmt: skip
    assert mark_line(story_card(mark="withdrawn")) == "WITHDRAWN"
    assert mark_line(story_card(mark_note="a note without a mark")) == ""


@pytest.mark.parametrize("reason", [Reason.CORRECTION, Reason.WITHDRAWN])
def test_a_mark_is_said_once(reason: Reason) -> None:
    assert story_card(reason=reason, mark="corrected").change is None


def test_a_reply_with_a_new_fact_is_no_correction_but_may_be_of_a_withdrawn_story() -> None:
    assert story_card(reason=Reason.NEW_FACT, mark="corrected", mark_note="x").mark is None
    assert story_card(reason=Reason.NEW_FACT, mark="corrected", mark_note="x").mark_note == ""
    assert story_card(reason=Reason.NEW_FACT, mark="withdrawn").withdrawn


@pytest.mark.parametrize(
    ("outlets", "line"),
    [
        ((), ""),
        (("Example Wire",), ""),
        (("Example Wire", "AP"), "also: AP"),
        (("AP", "Example Wire", "FT", "Reuters"), "also: AP, FT, Reuters"),
        (("A", "B", "C", "D", "E", "F"), "also: A, B, C, D, E, F"),
        (("A", "B", "C", "D", "E", "F", "G", "H"), "also: A, B, C, D, E, F +2"),
    ],
)
def test_others_that_report_it_are_named_up_to_six_and_counted(outlets: tuple[str, ...], line: str) -> None:
    assert also_line(story_card(outlets=outlets)) == line


def test_a_reply_names_no_others_for_the_message_above_it_does() -> None:
    assert story_card(reason=Reason.NEW_FACT, outlets=("AP", "FT")).also == ()


# --- facts ------------------------------------------------------------------------------------------------


def fields(*facts: Fact) -> dict[str, str]:
    return {field.label: field.value for field in fact_fields(facts)}


def test_facts_stand_in_the_order_in_which_a_reader_asks() -> None:
    shown = fields(
        Move(instrument="Dow futures", direction="up", size=270, unit="points", span=HERE),
        Move(instrument="Dow futures", direction="up", size=0.7, unit="percent", span=HERE),
        Move(instrument="S&P 500 futures", direction="up", size=0.8, unit="percent", span=HERE),
        Rate(value=145, of="tariff", span=HERE),
        Rate(value=4.25, of="interest", span=HERE),
        Rate(value=3, of="other", span=HERE),
        Measure(value="export-control", stage="in-force", span=HERE),
        Measure(value="talks", stage="talks", span=HERE),
        Measure(value="deal", span=HERE),
        Meeting(where="Geneva", when="2025-05-09/2025-05-12", who=("Bessent", "CN"), span=HERE),
        Person(value="Bessent", role="Treasury Secretary", span=HERE),
        Person(value="Greer", span=HERE),
        Party(value="US", span=HERE),
        Party(value="CN", span=HERE),
    )
    assert list(shown.items()) == [
        ("Parties", "US, China"),
        ("Officials", "Bessent (Treasury Secretary), Greer"),
        ("Meeting", "Bessent · China, Geneva, 9 to 12 May 2025"),
        ("Measures", "export control (in force), talks, deal"),
        ("Rates", "145% tariff, 4.25% interest rate, 3%"),
        ("Moves", "Dow futures ▲ +270 points / +0.7%, S&P 500 futures ▲ +0.8%"),
    ]


def test_a_fact_stated_twice_is_shown_once() -> None:
    assert fields(
        Party(value="US", span=HERE),
        Party(value="US", span=Span(field="body", start=3, end=5)),
        Move(instrument="oil", direction="down", size=2, unit="percent", span=HERE),
        Move(instrument="oil", direction="down", size=2, unit="percent", span=HERE),
    ) == {"Parties": "US", "Moves": "oil ▼ −2%"}


def test_an_official_is_named_once_with_the_office_that_any_mention_states() -> None:
    people = [Person(value="Greer", span=HERE), Person(value="Greer", role="Trade Representative", span=HERE)]
    assert fields(*people) == fields(*reversed(people)) == {"Officials": "Greer (Trade Representative)"}


def test_repeated_names_do_not_crowd_out_others() -> None:
    people = [Person(value=name, span=HERE) for name in ["Greer"] * MAX_OFFICIALS + ["Bessent"]]
    assert fields(*people) == {"Officials": "Greer, Bessent"}
    many = [Person(value=f"Official{n}", span=HERE) for n in range(MAX_OFFICIALS + 3)]
    assert len(fields(*many)["Officials"].split(", ")) == MAX_OFFICIALS


def test_meetings_are_kept_apart_and_empty_ones_left_out() -> None:
    assert fields(
        Meeting(where="Geneva", when="2025-05-09", span=HERE),
        Meeting(span=HERE),
        Meeting(who=("EU", "US"), span=HERE),
    ) == {"Meeting": "Geneva, 9 May 2025; EU · US"}
    assert fact_fields((Meeting(span=HERE),)) == ()


@pytest.mark.parametrize(
    ("direction", "size", "unit", "expected"),
    [
        ("up", None, None, "gold ▲ up"),
        ("down", None, None, "gold ▼ down"),
        ("up", 1_234_567, "points", "gold ▲ +1,234,567 points"),
        ("down", 39_872.12, "points", "gold ▼ −39,872.12 points"),
        ("up", 104_321.5, "usd", "gold ▲ +$104,321.5"),
        ("up", 0.1 + 0.2, "percent", "gold ▲ +0.3%"),
        ("down", 12, None, "gold ▼ −12"),
    ],
)
def test_a_move_shows_its_figure_in_full(direction: Any, size: float | None, unit: Any, expected: str) -> None:
    move = Move(instrument="gold", direction=direction, size=size, unit=unit, span=HERE)
    assert fields(move) == {"Moves": expected}


def test_the_same_instrument_in_both_directions_is_two_moves() -> None:
    assert fields(
        Move(instrument="oil", direction="up", size=2, unit="percent", span=HERE),
        Move(instrument="oil", direction="down", size=1, unit="percent", span=HERE),
    ) == {"Moves": "oil ▲ +2%, oil ▼ −1%"}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (None, ""),
        ("2025-05-09", "9 May 2025"),
        ("2025-05-09/2025-05-09", "9 May 2025"),
        ("2025-05-09/2025-05-12", "9 to 12 May 2025"),
        ("2025-05-30/2025-06-02", "30 May to 2 Jun 2025"),
        ("2025-12-30/2026-01-02", "30 Dec to 2 Jan 2026"),
        ("2025-05", "2025-05"),
        ("next week", "next week"),
        ("2025-05-09/soon", "2025-05-09/soon"),
    ],
)
def test_dates_are_written_as_people_write_them(when: str | None, expected: str) -> None:
    assert human_dates(when) == expected


def test_a_country_without_a_name_keeps_its_code() -> None:
    assert (country_name("CN"), country_name("EU"), country_name("ZZ")) == ("China", "EU", "ZZ")


def test_plain_text_is_the_lines_without_their_looks() -> None:
    moment = Run(text="6 May", when=SEEN)
    linked = Run(text="*b*", bold=True, url="https://news.example/")
    assert plain(((Run(text="a "), linked), (moment,))) == "a *b*\n6 May"
