from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.model import Direction, Item, Kind, Verdict
from bot.routing.learning import MOST, Shift
from bot.signals.classifier import GLANCE_AT_MOST
from tests.unit.signals_samples import classifier, judge, news

BODY_ON_GARDENS = "The rose garden opens at nine. Visitors walk under old trees and past the lake. " * 60


def check_offsets(item: Item, verdict: Verdict) -> None:
    for evidence in verdict.evidence:
        assert getattr(item, evidence.field)[evidence.start : evidence.end] == evidence.text
        assert evidence.text
    for fact in verdict.facts:
        assert 0 <= fact.span.start < fact.span.end <= len(getattr(item, fact.span.field))


@pytest.mark.parametrize(
    "title",
    [
        "Canada answers new steel duties with tariffs of its own",
        "Negotiators from Tokyo and Washington resume trade talks",
        "Brussels opens anti-dumping probe into electric cars from China",
        "Ratification of the free trade agreement with Chile delayed",
        "Export controls on chip tools tightened by the Netherlands",
        "WTO panel rules against import quotas on sugar",
    ],
)
def test_trade_policy_is_flagged(title: str) -> None:
    assert "trade" in judge(title).labels


@pytest.mark.parametrize(
    "title",
    [
        "Striker wants out before the trade deadline, says his coach",
        "Trade union calls off strike at the port",
        "Visitors crowd the annual trade show for kitchen makers",
        "Police break up drug trade ring in the harbour district",
        "Supplier raises electricity tariffs for households",
        "Shares trade higher after a quiet morning",
        "Chamber choir sings in the old town hall",
        "",
    ],
)
def test_other_trades_are_not_flagged(title: str) -> None:
    assert "trade" not in judge(title).labels


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Fed cuts interest rates by half a point in surprise move", "central-bank"),
        ("Payrolls rise less than expected as unemployment rate climbs to 4.6 percent", "macro"),
        ("Dow plunges 900 points as investors flee", "asset-move"),
        ("OPEC agrees output cut of a million barrels", "commodity"),
        ("White House imposes 30% tariffs on goods from Mexico", "trade-policy"),
        ("Boeing cuts profit forecast, shares tumble 9%", "corporate"),
        ("Government shutdown begins after Senate vote fails", "policy"),
    ],
)
def test_market_news_is_flagged_with_its_kind(title: str, kind: Kind) -> None:
    verdict = judge(title)
    assert "market" in verdict.labels
    assert verdict.kind == kind


@pytest.mark.parametrize(
    "title",
    [
        "Why your savings account pays so little",
        "Analyst raises price target on small toy maker to $14",
        "Ten recipes for a rainy weekend",
        "Gold little changed in quiet trading",
    ],
)
def test_routine_is_not_market_moving(title: str) -> None:
    verdict = judge(title)
    assert "market" not in verdict.labels
    assert verdict.kind is None


@pytest.mark.parametrize(
    ("title", "direction"),
    [
        ("White House imposes 30% tariffs on goods from Mexico", "escalation"),
        ("China threatens to retaliate against new duties on its steel", "escalation"),
        ("Trade talks collapse as ministers walk out", "escalation"),
        ("US and India sign trade deal after months of talks", "de-escalation"),
        ("Canada suspends duties on dairy for ninety days", "de-escalation"),
        ("Court strikes down tariffs on imported steel", "de-escalation"),
        ("Why tariffs matter: five questions for economists", "neutral"),
        ("Retailers count the cost of tariffs before the holidays", "neutral"),
    ],
)
def test_direction_of_trade_news(title: str, direction: Direction) -> None:
    assert judge(title).direction == direction


def test_negation_turns_the_direction() -> None:
    assert judge("China will not impose tariffs on wine").direction != "escalation"
    assert judge("Ministers end meeting without agreement on trade deal").direction != "de-escalation"


def test_direction_only_with_trade_and_kind_only_with_market() -> None:
    plain = judge("Museum reopens after repairs")
    assert (plain.direction, plain.kind, plain.labels) == (None, None, ())


def test_decision_is_urgent_and_commentary_is_not() -> None:
    assert "urgent" in judge("Trump announces 50% tariffs on all imports from Brazil").labels
    assert "urgent" not in judge("What the tariffs on Brazil could mean for coffee lovers").labels


def test_urgent_never_stands_alone() -> None:
    verdict = judge("Breaking: emergency surgery saves the goalkeeper in historic match")
    assert verdict.labels == ()


def test_trade_paragraph_deep_in_another_story_does_not_flag_it() -> None:
    body = BODY_ON_GARDENS + "Last year tariffs and a trade war between China and the US made bulbs dearer."
    assert judge("The rose garden opens again", body).labels == ()


def test_article_about_trade_is_flagged_by_its_body_under_a_vague_title() -> None:
    body = (
        "Ministers agreed on Friday to lower tariffs on steel. The trade deal follows a year of trade talks. "
        "Import duties on cars stay for now. "
    ) * 20
    assert "trade" in judge("It is done", body).labels


def test_same_words_count_less_in_a_summary_than_in_the_title() -> None:
    title = judge("Ministers meet", summary="They spoke of steel quotas and duties").trade
    summary = judge("They spoke of steel quotas and duties", summary="Ministers meet").trade
    assert 0 < title < summary


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("欧盟宣布对进口钢铁加征关税", "zh"),
        ("La Unión Europea impone aranceles al acero importado", "es"),
        ("EU verhängt Strafzölle auf Stahlimporte", "de"),
        ("政府、鉄鋼への追加関税を発表", "ja"),
    ],
)
def test_trade_is_found_in_other_languages(title: str, lang: str) -> None:
    assert "trade" in judge(title, lang=lang).labels
    assert "trade" in judge(title, lang=f"{lang}-XX").labels


def test_language_by_script_where_none_is_given() -> None:
    assert "trade" in judge("欧盟宣布对进口钢铁加征关税", lang=None).labels
    assert "trade" in judge("政府が追加の関税を発表した", lang=None).labels
    assert "trade" in judge("Ministers impose tariffs on steel", lang=None).labels
    assert judge("Пошлины на сталь повышены tariffs", lang=None) == Verdict(model=classifier().name)


@pytest.mark.parametrize("lang", ["fr", "ru", "ar", "xx"])
def test_other_languages_get_no_verdict(lang: str) -> None:
    assert judge("Tariffs on steel rise to 50%", lang=lang) == Verdict(model=classifier().name)


def test_evidence_quotes_what_drove_the_decision() -> None:
    item = news("Canada imposes tariffs on steel", summary="Shares fell as the duties on imports took effect.")
    verdict = classifier().classify(item)
    check_offsets(item, verdict)
    assert any(piece.label == "trade" and piece.text == "tariffs" and piece.weight > 1 for piece in verdict.evidence)
    assert any(piece.label == "escalation" for piece in verdict.evidence)


def test_evidence_against_a_topic_has_a_negative_weight() -> None:
    verdict = judge("Why stocks plunge 4%: explained")
    assert any(piece.label == "market" and piece.weight < 0 for piece in verdict.evidence)


def test_text_without_a_word_for_it_has_no_evidence() -> None:
    assert judge("The choir sings tonight").evidence == ()


@pytest.mark.parametrize(
    "title",
    [
        "Canada imposes tariffs on steel",
        "Fed cuts interest rates by half a point in surprise move",
        "Oil soars as tankers burn in the strait",
    ],
)
def test_evidence_carries_the_decision(title: str) -> None:
    """Without the quoted words the topic is less likely than without as many other words."""
    verdict = judge(title)
    topic = verdict.labels[0]
    quoted = [piece for piece in verdict.evidence if piece.label == topic and piece.weight > 0]
    words = {word for piece in quoted for word in piece.text.split()}
    without = judge(" ".join(word for word in title.split() if word not in words))
    assert getattr(without, topic) < getattr(verdict, topic) / 2


def test_same_item_always_gets_the_same_verdict() -> None:
    item = news("Japan and the US agree trade deal; Nikkei jumps 3%")
    assert classifier().classify(item) == classifier().classify(item)


@pytest.mark.parametrize(
    "title",
    [
        "tariff " * 150_000,
        "关税" * 500_000,
        "A" * 1_000_000,
        "(" * 1_000_000,
        "U.S. " * 200_000,
        "9" * 1_000_000,
        "%" * 10_000,
        "\u202etariffs\u202c \u200f\u0000 <@U123> @everyone",
        "🔥" * 1_000 + "tariffs",
        "\ud800",
        "Dow up 1e309% or 9999999999999999999999 points",
        "'" * 100_000,
    ],
    ids=lambda title: repr(title[:8]),
)
def test_hostile_titles_are_judged_in_bounded_work(title: str) -> None:
    item = news(title, body=title, summary=title)
    verdict = classifier().classify(item)
    check_offsets(item, verdict)
    assert 0 <= verdict.trade <= 1


FRAGMENTS = (
    'Trump says tariffs on China 25% to 10 percent , . ; : " ( ) May 9 to 12 31 June February Dow futures rose 0.7% '
    "or 270 points U.S. U. President Vice Premier He Lifeng in Geneva Monday next cuts rates not no talks with deal "
    "gold and silver fell $12 higher won't China's EU's - – 's 关税 月 日 25 % \n 。 \u202e 😀 court blocks meet by"
)
WORDS = st.sampled_from(FRAGMENTS.split(" "))


@given(
    st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200),
    st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200),
    st.sampled_from(["en", "zh", "es", "de", "ja", None]),
)
@example("Dow", "on", "en")
def test_no_text_raises_and_every_span_stands_in_its_field(title: str, body: str, lang: str | None) -> None:
    item = news(title, body, summary=body, lang=lang)
    verdict = classifier().classify(item)
    check_offsets(item, verdict)
    assert set(verdict.labels) <= {"trade", "market", "urgent"}
    assert (verdict.direction is not None) == ("trade" in verdict.labels)


def test_what_only_a_glance_was_taken_at_is_below_every_shifted_threshold() -> None:
    verdict = judge("The choir sings tonight")
    assert verdict.evidence == ()
    assert max(verdict.trade, verdict.market, verdict.urgent) <= GLANCE_AT_MOST
    lowest = Shift(steps=-MOST).threshold(min(classifier().thresholds["trade"], classifier().thresholds["market"]))
    assert lowest > GLANCE_AT_MOST
