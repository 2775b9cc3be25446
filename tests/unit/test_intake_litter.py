"""Page litter goes, sentences stay."""

from __future__ import annotations

import pytest

from bot.intake.litter import dateline_outlet, litter_kind, without_dateline, without_litter

LITTER = {
    "photo credit": [
        "Jane Doe/Getty Images via CNN Newsource",
        "Ann Other/AFP/Getty Images",
        "Photo by Jane Doe/Reuters",
        "Photo: Jane Doe",
        "Image credit: An agency",
        "Credit: Jane Doe, for the paper",
        "Reuters",
        "AP Photo",
        "File photo",
    ],
    "byline": [
        "By Jane Doe",
        "By Jane Doe, John Roe and Ann Other",
        "By Jane van der Berg and José Luís Pérez, Reuters",
        "By Jane Doe | AP",
        "By John O’Neil in Brussels",
    ],
    "contributors": [
        "Jane Doe and John Roe contributed to this report.",
        "Jane Doe and John Roe to this report.",
        "CNN’s Jane Doe contributed reporting to this story.",
        "The Associated Press contributed to this report.",
        "Jane Doe in Geneva contributed to this article",
        "(Reporting by Jane Doe in Geneva; Editing by John Roe)",
        "Additional reporting by Jane Doe, John Roe; Writing by Ann Other",
        "Our Standards: The Thomson Reuters Trust Principles.",
    ],
    "copyright": [
        "™ & © 2025 Example Network, Inc., an Example Company. All rights reserved.",
        "© 2025 The Paper",
        "Copyright 2025 The Paper. All rights reserved. This material may not be published or redistributed.",
        "(c) 2025 Paper",
        "All rights reserved.",
        "The Paper Ltd. All rights reserved",
    ],
    "wire mark": ["The-CNN-Wire", "-30-", "###", "(END)", "---"],
    "weather box": ["First Warning Neighborhood Weather", "Storm Team Weather", "Local Weather Forecast"],
    "update note": [
        "This story has been updated with additional details.",
        "This article was updated at 5 p.m.",
        "This is a developing story and will be updated.",
        "This is a breaking news story. Check back for updates.",
        "Updated May 6, 2025 at 5:32 PM ET",
        "Published: 6 May 2025, 10:15 GMT",
        "3 min read",
    ],
    "pointer": [
        "Read more: What the duties mean for carmakers",
        "RELATED | Steel makers cheer",
        "Sign up for our daily newsletter here.",
        "Subscribe to continue",
        "Click here for the full list",
        "Follow us on X for more",
        "The post Duties fall appeared first on The Paper.",
        "Story continues below advertisement",
    ],
    "counter": [
        "1,204 views · 56 comments · 3 hours ago",
        "Views: 1.2K",
        "56 Comments",
        "2h ago",
        "Comments (7)",
        "12 shares",
    ],
    "label": ["Close", "SHARE", "Advertisement", "Read more…", "Copy link", "Related articles"],
}

SENTENCES = [
    "By Friday, both sides had agreed to a pause.",
    "By contrast, copper fell.",
    "By Monday the duties were gone",
    "Weather delayed the shipments for a week.",
    "The Weather Service warned exporters.",
    "He said this story has been updated many times.",
    "This story has been corrected to say that the rate is 25 percent.",
    "This report was withdrawn.",
    "Close to 40 ministers attended the meeting.",
    "Share prices rose 2% after the announcement.",
    "He sold 5,000 shares.",
    "Two hours ago the ministers met.",
    "3 comments by the minister moved markets.",
    "Shares",
    "Updated forecasts show growth of 1.5% in 2026.",
    "Published data showed prices rose 0.3% in May.",
    "Reuters reported that talks would resume.",
    "Copyright law is part of the agreement.",
    "Reporting by the commission shows dumping margins of 30%.",
    "Reporting by Deutsche Bank shows weaker exports.",
    "Editing the text took negotiators all night.",
    "Sign-ups for the scheme doubled.",
    "Subscribers to the fund withdrew $3 billion.",
    "Read the full text and you find a quota, he said.",
    "Watch for the Fed on Wednesday.",
    "Related industries employ 40,000 people.",
    "EUR/USD was last seen trading at 1.0985.",
    "The 50/50 venture is owned by Acme and Umbrella.",
    "Jane Doe contributed $5 million to the campaign.",
    "The Post said the deal appeared likely.",
    "Follow the money, analysts say.",
    "“We don’t want to decouple,” she said.",
    "Dow futures were up 270 points, or 0.7%.",
    "中国商务部说，双方同意会谈。",
    "x" * 500,
    "© " + "x" * 500,
]


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, lines in LITTER.items() for line in lines])
def test_litter_is_known_by_its_form(kind: str, line: str) -> None:
    assert litter_kind(line) == kind


@pytest.mark.parametrize("line", SENTENCES)
def test_sentences_survive(line: str) -> None:
    assert litter_kind(line) is None


def test_only_litter_lines_are_taken_out() -> None:
    assert without_litter("By Jane Doe\n\nDuties fall.\n\nClose\nThe end.") == "\nDuties fall.\n\nThe end."


@pytest.mark.parametrize(
    ("paragraph", "outlet", "rest"),
    [
        ("(CNN) — Two officials will meet.", "CNN", "Two officials will meet."),
        ("(Reuters) - The dollar fell.", "Reuters", "The dollar fell."),
        ("NEW YORK (AP) — Stocks rose.", "AP", "Stocks rose."),
        ("GENEVA, May 6 (Reuters) - Talks begin.", "Reuters", "Talks begin."),
        ("BEIJING, Nov. 21 (Xinhua) -- Exports grew.", "Xinhua", "Exports grew."),
        ("SEOUL, South Korea (AP) — Steel.", "AP", "Steel."),
        ("LONDON/NEW YORK, May 6 (Reuters) – Oil.", "Reuters", "Oil."),
        ("(CNN) — (CNN) — Twice.", "CNN", "Twice."),
    ],
)
def test_a_dateline_names_the_outlet_and_goes(paragraph: str, outlet: str, rest: str) -> None:
    assert dateline_outlet(["A credit", paragraph]) == outlet
    assert without_dateline(paragraph) == rest


@pytest.mark.parametrize(
    "paragraph",
    [
        "GDP (Q1) – 2.5%, the office said.",
        "IBM (NYSE) - shares rose.",
        "(Optional) — bring a friend.",
        "(Corrects paragraph 3) - The rate is 25%.",
        "The agency (Reuters) - said.",
        "Reuters (AP) — no",
    ],
)
def test_other_brackets_are_no_dateline(paragraph: str) -> None:
    assert dateline_outlet([paragraph]) is None
    assert without_dateline(paragraph) == paragraph


def test_a_dateline_far_down_is_no_outlet() -> None:
    assert dateline_outlet([*["text"] * 6, "(CNN) — Quoted."]) is None


@pytest.mark.parametrize(
    "piece", ["A B, ", "A.-'’", "By A ", "/AP", "Mar 1 ", "in A ", "A van ", "™& ", " appeared first o", "A B and "]
)
def test_no_line_takes_long_to_judge(piece: str) -> None:
    """Every rule is tried on lines made to keep a regular expression busy; pytest's timeout is the judge."""
    for lead in ("", "By ", "Updated 1 ", "Reporting by ", "The post ", "WASHINGTON, "):
        for _ in range(20):
            litter_kind((lead + piece * 400)[:399] + "!")
            without_dateline((lead + piece * 400)[:399])
