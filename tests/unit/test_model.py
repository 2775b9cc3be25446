from __future__ import annotations

import pytest

from bot.model import (
    Destination,
    Fact,
    Measure,
    Meeting,
    Move,
    Party,
    Person,
    Rate,
    Reason,
    Span,
    Tier,
    fact_key,
)

HERE = Span(field="title", start=0, end=1)
THERE = Span(field="body", start=40, end=50)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slack:C0123", Destination("slack", "C0123")),
        ("slack:@U0123", Destination("slack", "U0123", person=True)),
        ("discord:123456789012345678", Destination("discord", "123456789012345678")),
        ("discord:@123", Destination("discord", "123", person=True)),
        ("console", Destination("console")),
    ],
)
def test_a_destination_is_read_and_written_in_one_form(text: str, expected: Destination) -> None:
    assert Destination.parse(f" {text}\n") == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "slack", "slack:", "slack:@", "slack:c0123", "slack:#trade", "slack:C01 23", "slack:@@U0123",
        "discord:", "discord:general", "discord:12a", "discord:@", "discord:١٢٣", "slack:Ç0123",
        "console:1", "teams:C0123", "Slack:C0123",
    ],
)  # fmt: skip
def test_what_is_no_destination_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a destination: use slack:C0123 .* or console"):
        Destination.parse(text)


FACTS: list[tuple[Fact, str]] = [
    (Party(value="CN", span=HERE), "party:cn"),
    (Person(value="Bessent", role="Treasury Secretary", span=HERE), "person:bessent"),
    (Measure(value="tariff", stage="paused", span=HERE), "measure:tariff:paused"),
    (Measure(value="tariff", span=HERE), "measure:tariff:"),
    (Rate(value=145.0, of="tariff", span=HERE), "rate:145:tariff"),
    (Rate(value=2.5, of="interest", span=HERE), "rate:2.5:interest"),
    (Move(instrument="S&P 500", direction="up", size=0.8, unit="percent", span=HERE), "move:s&p 500:up:0.8:percent"),
    (Move(instrument="oil", direction="down", span=HERE), "move:oil:down::"),
    (
        Meeting(where="Geneva", when="2025-05-09/2025-05-12", who=("Greer",), span=HERE),
        "meeting:geneva:2025-05-09/2025-05-12",
    ),
    (Meeting(span=HERE), "meeting::"),
]


@pytest.mark.parametrize(("fact", "key"), FACTS)
def test_a_fact_key_is_the_statement_alone(fact: Fact, key: str) -> None:
    assert fact_key(fact) == key


def test_the_place_in_the_text_and_the_office_do_not_make_another_fact() -> None:
    assert fact_key(Rate(value=10, of="tariff", span=HERE)) == fact_key(Rate(value=10.0, of="tariff", span=THERE))
    assert fact_key(Person(value="Greer", role="USTR", span=HERE)) == fact_key(Person(value="GREER", span=THERE))


def test_facts_that_differ_have_different_keys() -> None:
    keys = [key for _, key in FACTS]
    assert len(set(keys)) == len(keys)
    assert fact_key(Rate(value=10, of="tariff", span=HERE)) != fact_key(Rate(value=10, of="interest", span=HERE))


def test_tiers_rank_from_the_quietest_to_the_loudest() -> None:
    assert sorted([Tier.FLASH, Tier.DIGEST, Tier.URGENT, Tier.ALERT], key=lambda tier: tier.rank) == [
        Tier.DIGEST,
        Tier.ALERT,
        Tier.URGENT,
        Tier.FLASH,
    ]


def test_a_reason_tells_unless_it_keeps_the_destination_in_peace() -> None:
    silent = {Reason.NOTHING_NEW, Reason.BELOW_THRESHOLD, Reason.MUTED, Reason.FLOOD_BRAKE}
    assert {reason for reason in Reason if not reason.tells} == silent
