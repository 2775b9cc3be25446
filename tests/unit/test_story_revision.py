"""What a publisher's change makes of an item, and what a headline says about itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Fact, Item, Mark, Measure, Meeting, Move, Party, Person, Rate, Tier, Verdict, fact_key
from bot.stories.cluster import marked
from bot.stories.fingerprint import bare_title, story_key
from bot.stories.revision import HEAD, NOTE, Revision, declared, revision
from tests import samples
from tests.samples import NOW

SPAN = samples.span()
TITLE = "Norland cuts duties on copper pipes to 10% from June"
LEDE = "The cabinet in Skarhavn voted late on Tuesday."
RATE, INFLATION = Rate(value=10.0, of="tariff", span=SPAN), Rate(value=4.5, of="inflation", span=SPAN)


def _item(title: str = TITLE, summary: str = LEDE, **changes: object) -> Item:
    return samples.item(title=title, summary=summary, **changes)


def _verdict(*facts: Fact) -> Verdict:
    return samples.verdict(facts=facts)


def _revised(
    title: str = TITLE, summary: str = LEDE, was: tuple[Fact, ...] = (RATE,), now: tuple[Fact, ...] = (RATE,)
) -> Revision | None:
    """What becomes of an item with the headline `TITLE`."""
    return revision(_item(), _verdict(*was), _item(title, summary), _verdict(*now))


TAKEN_BACK = (
    "WITHDRAWN: ", "WITHDRAWN-", "(WITHDRAWN) ", "[RETRACTED] ", "RETRACTION: ", "KILL: ", "MANDATORY KILL-",
    "STORY REMOVED: ", "UPDATE 2-WITHDRAWN-", "This story has been withdrawn. ")  # fmt: skip
PUT_RIGHT = (
    "CORRECTED-", "CORRECTED 2-", "UPDATE 1-CORRECTED-", "REFILE-CORRECTED-", "CORRECTION: ",
    "CORRECTED (OFFICIAL)-", "[CORRECTION] ", "CLARIFICATION: ", "(Corrects the rate in the headline) ")  # fmt: skip
LABELS = (
    "UPDATE 1-", "UPDATE 2-CORRECTED-", "CORRECTED-", "CORRECTION: ", "WITHDRAWN: ", "MANDATORY KILL-",
    "BREAKING: ", "JUST IN – ", "[EXCLUSIVE] ", "Update: ", "Correction: ", "Retraction - ")  # fmt: skip

# --- what an item says of itself --------------------------------------------------------------------------


@pytest.mark.parametrize("label", TAKEN_BACK)
def test_the_words_by_which_a_desk_takes_a_story_back_are_seen_in_headline_and_first_line(label: str) -> None:
    assert declared(_item(label + TITLE)) == "withdrawn"
    assert declared(_item(summary=label + TITLE)) == "withdrawn"


def test_a_notice_that_the_story_was_withdrawn_is_seen_within_the_first_line() -> None:
    notice = "This article was retracted on Wednesday."
    assert declared(_item(summary=notice)) == "withdrawn"
    assert declared(_item(summary="", body=notice)) == "withdrawn"


@pytest.mark.parametrize("label", PUT_RIGHT)
def test_the_words_of_a_correction_are_seen_in_headline_and_first_line(label: str) -> None:
    assert declared(_item(label + TITLE)) == "corrected"
    assert declared(_item(summary=label + TITLE)) == "corrected"


def test_a_notice_of_a_correction_is_seen_within_the_first_line() -> None:
    assert declared(_item(summary="This article was corrected on Wednesday.")) == "corrected"


def test_what_is_taken_back_and_corrected_is_taken_back() -> None:
    assert (
        declared(_item("WITHDRAWN: Norland cuts duties", summary="CORRECTION: it was never voted on.")) == "withdrawn"
    )


def test_the_words_further_down_say_nothing_of_the_story() -> None:
    far = "Background. ".ljust(HEAD, "x") + " This story has been corrected."
    assert declared(_item(summary=far)) is None
    assert declared(_item(summary=far[-HEAD:])) == "corrected", "and nearer they do"


@pytest.mark.parametrize(
    "title",
    [
        "Kill Bill returns to cinemas across Norland",
        "KILL BILL prequel sells out in Skarhavn",
        "Kill-switch rule for chips alarms importers",
        "KILLED: 12 miners in Norland's oldest copper pit",
        "Senate withdraws bill on copper quotas",
        "Norland says the report was withdrawn after protests",
        "Delegates agree: the item was removed from the agenda",
        "Withdrawn troops return to Skarhavn",
        "WITHDRAWN TROOPS RETURN TO SKARHAVN",
        "Norland's real wages, corrected for inflation, fall 2%",
        "Real wages (corrected for inflation) fall 2% in Norland",
        "Fed corrects course",
        "Copper corrects 3% - and now?",
        "Correction in copper goes on as stocks build",
        "Correct the imbalance or face duties, minister says",
        "Norland says retraction of its offer is possible",
        "Court strikes down copper duties",
    ],
)
def test_what_only_looks_like_such_words_is_news(title: str) -> None:
    assert declared(_item(title)) is None
    assert declared(_item(summary=title)) is None


# --- the bare headline ------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", LABELS)
def test_a_headline_is_the_same_without_its_labels(label: str) -> None:
    assert bare_title(label + TITLE) == TITLE
    assert story_key(_item(label + TITLE)) == story_key(_item())


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        "Update on the copper talks expected on Friday",
        "BREAKING ranks, Norland lowers duties",
        "Exclusive fishing zone widened by Norland",
        "Corrected figures show a wider trade gap",
    ],
)
def test_a_headline_without_labels_stays_as_it_is(title: str) -> None:
    assert bare_title(title) == title


def test_a_headline_of_nothing_but_labels_is_not_emptied() -> None:
    assert bare_title("BREAKING:") == "BREAKING:"


# --- a change ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        _item(TITLE.upper()),
        _item("Norland cuts duties on “copper pipes” to 10%, from June!"),
        _item(f"UPDATE 1-{TITLE}"),
        _item("Norland cut duties on its copper pipes to 10% in June"),
        _item(body="A further paragraph on how the duties came about.\n\nAnd one more."),
        _item(published_at=NOW + timedelta(hours=3)),
        _item(url="https://news.example/copper?ref=home", author="A. Person"),
    ],
    ids=["case", "punctuation", "label", "wording", "paragraph", "date", "link"],
)
def test_a_cosmetic_change_is_none(changed: Item) -> None:
    assert revision(_item(), _verdict(RATE), changed, _verdict(RATE)) is None


def test_a_name_or_country_that_comes_or_goes_is_cosmetic() -> None:
    names = (Party(value="NO", span=SPAN), Person(value="Aasen", role="minister", span=SPAN))
    assert _revised(was=(RATE, names[0]), now=(RATE, names[1])) is None


def test_the_same_fact_elsewhere_in_the_text_is_cosmetic() -> None:
    assert _revised(now=(Rate(value=10.0, of="tariff", span=samples.span(30, 34)),)) is None


def test_a_figure_that_is_only_left_out_is_cosmetic() -> None:
    assert _revised(was=(RATE, Measure(value="tariff", stage="announced", span=SPAN))) is None


@pytest.mark.parametrize(
    ("was", "now", "note"),
    [
        (Rate(value=1250.5, of="tariff", span=SPAN), RATE, "1,250.5% tariff became 10% tariff"),
        (
            Move(instrument="copper", direction="up", size=2.0, unit="percent", span=SPAN),
            Move(instrument="copper", direction="down", size=2.0, unit="percent", span=SPAN),
            "copper up 2% became copper down 2%",
        ),
        (
            Meeting(where="Lund", when="2025-06-03", span=SPAN),
            Meeting(where="Lund", when="2025-06-04", span=SPAN),
            "meeting Lund 2025-06-03 became meeting Lund 2025-06-04",
        ),
    ],
    ids=["rate", "move", "day"],
)
def test_a_changed_figure_is_a_correction_that_names_both(was: Fact, now: Fact, note: str) -> None:
    assert _revised(was=(was,), now=(now,)) == Revision("corrected", note, frozenset({fact_key(now)}))


def test_a_correction_without_a_changed_figure_says_what_the_headline_was_or_who_corrected() -> None:
    other = "CORRECTED-Norland's vote on pipes postponed"
    assert _revised(other) == Revision("corrected", f"was: {TITLE}")
    assert _revised(summary=f"CORRECTION: {LEDE}") == Revision("corrected", "Example Wire has corrected it")


def test_a_correction_that_was_corrected_is_one_more() -> None:
    before, after = _item(f"CORRECTED-{TITLE}"), _item(f"CORRECTED-{TITLE}")
    revised = revision(before, _verdict(RATE), after, _verdict(INFLATION))
    assert revised == Revision("corrected", "10% tariff became 4.5% inflation", frozenset({fact_key(INFLATION)}))


def test_a_correction_that_stood_there_before_is_not_made_again() -> None:
    before, after = _item(f"CORRECTED-{TITLE}"), _item(f"CORRECTED-{TITLE}", body="One more paragraph.")
    assert revision(before, _verdict(RATE), after, _verdict(RATE)) is None


@pytest.mark.parametrize(
    "title", ["Skarhavn strikers block harbour after vote", "Norland cuts duties on copper pipes to 12% from June"]
)
def test_a_headline_that_says_something_else_is_an_update(title: str) -> None:
    assert _revised(title) == Revision("updated", f"was: {TITLE}")


@pytest.mark.parametrize("was", [(RATE,), ()], ids=["in addition", "the first"])
def test_a_figure_that_takes_the_place_of_none_is_an_update(was: tuple[Fact, ...]) -> None:
    assert _revised(was=was, now=(*was, INFLATION)) == Revision("updated", "adds 4.5% inflation")


@pytest.mark.parametrize(
    ("was", "now", "note"),
    [
        (RATE, INFLATION, "adds 4.5% inflation"),
        (
            Measure(value="tariff", stage="threatened", span=SPAN),
            Measure(value="tariff", stage="in-force", span=SPAN),
            "adds tariff (in-force)",
        ),
    ],
    ids=["another sort", "a further stage"],
)
def test_a_story_that_goes_on_is_no_correction(was: Fact, now: Fact, note: str) -> None:
    assert _revised(was=(was,), now=(now,)) == Revision("updated", note)


def test_a_figure_changed_under_other_words_is_news_unless_a_correction_is_declared() -> None:
    higher = Rate(value=35.0, of="tariff", span=SPAN)
    title = "Skarhavn strikers block harbour after vote"
    assert _revised(title, now=(higher,)) == Revision("updated", f"was: {TITLE}")
    corrected = _revised(f"CORRECTED-{title}", now=(higher,))
    assert corrected == Revision("corrected", "10% tariff became 35% tariff", frozenset({fact_key(higher)}))


def test_a_story_is_withdrawn_whatever_else_changed_and_by_whom_is_said() -> None:
    assert _revised(f"WITHDRAWN: {TITLE}", now=()) == Revision("withdrawn", "Example Wire has withdrawn it")
    nobody, wording = _item(outlet=""), _item(f"KILL: {TITLE}", outlet="")
    assert revision(nobody, _verdict(), wording, _verdict()) == Revision("withdrawn", "wire has withdrawn it")


def test_what_is_withdrawn_is_not_withdrawn_again() -> None:
    before, after = _item(f"WITHDRAWN: {TITLE}"), _item(f"WITHDRAWN: {TITLE}", body="The desk regrets.")
    assert revision(before, _verdict(RATE), after, _verdict(RATE)) is None


@pytest.mark.parametrize("mark", ["corrected", "updated", "withdrawn"])
def test_a_story_stays_withdrawn_whatever_comes_later(mark: Mark) -> None:
    withdrawn = marked(samples.story(tier=Tier.URGENT), "withdrawn", "it was never so", NOW)
    assert marked(withdrawn, mark, "another note", NOW + timedelta(hours=1)) == withdrawn


def test_a_mark_gives_way_to_a_graver_one_only() -> None:
    corrected = marked(marked(samples.story(), "updated", "more", NOW), "corrected", "10% became 35%", NOW)
    assert (corrected.mark, corrected.mark_note, corrected.version) == ("corrected", "10% became 35%", 3)
    assert marked(corrected, "updated", "more", NOW) == corrected


titles = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=400)
figures = st.lists(
    st.one_of(
        st.builds(Rate, value=st.floats(0, 1e9), of=st.just("growth"), span=st.just(SPAN)),
        st.builds(Meeting, where=titles, span=st.just(SPAN)),
    ),
    max_size=6,
).map(tuple)


@settings(max_examples=60)
@given(titles, titles, figures, figures)
def test_a_note_is_one_line_of_bounded_length(
    title: str, other: str, was: tuple[Fact, ...], now: tuple[Fact, ...]
) -> None:
    revised = revision(_item(title), _verdict(*was), _item(other), _verdict(*now))
    if revised is not None:
        assert 0 < len(revised.note) <= NOTE
        assert "\n" not in revised.note


def test_a_note_that_was_cut_shows_it() -> None:
    long = "Norland " + "and its many neighbours " * 20
    revised = revision(_item(long), _verdict(), _item("Copper falls in Lund"), _verdict())
    assert revised is not None
    assert (revised.note[:12], revised.note[-1], len(revised.note)) == ("was: Norland", "…", NOTE)
