from __future__ import annotations

import pytest

from bot.model import Move, Rate
from tests.unit.signals_samples import facts_of


def rates(title: str, lang: str = "en") -> list[tuple[float, str]]:
    return [(fact.value, fact.of) for fact in facts_of(Rate, title, lang=lang)]


def moves(title: str, body: str = "") -> list[tuple[str, str, float | None, str | None]]:
    return [(fact.instrument, fact.direction, fact.size, fact.unit) for fact in facts_of(Move, title, body)]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Minister sets 145% tariffs on bicycles", [(145.0, "tariff")]),
        ("Duties on most Chinese goods raised to 30 percent", [(30.0, "tariff")]),
        ("Fed lifts benchmark rate to 4.5%", [(4.5, "interest")]),
        ("Inflation slows to 2.3 per cent", [(2.3, "inflation")]),
        ("Unemployment rate climbs to 4.2%", [(4.2, "unemployment")]),
        ("Economy grew 1.8% last quarter", [(1.8, "growth")]),
        ("Profit rises 12% despite tariffs", []),
        ("Tariffs push prices up 5%", []),
        ("Fund buys 10% stake in steel maker hit by tariffs", []),
        ("Fed cuts rates by 0.25 percentage points", []),
        ("Stocks slide 3% as tariffs bite", []),
        ("Officials defend 999999% tariff", []),
        ("Plan would add 30% on cheese, a tariff first", []),
        ("Tariff plan would add 30% on cheese", [(30.0, "tariff")]),
        ("Duties rise from 10% to 25%", [(25.0, "tariff")]),
        ("Tariffs take effect, with a 40% rate on cheese", [(40.0, "tariff")]),
        ("Bank trims GDP growth forecast to 2. 1%", [(2.1, "growth")]),
        ("Tariffs range from 5% to 10%", [(10.0, "tariff")]),
        ("Economy shrinks 2%", []),
        ("Minister '100%' backs the tariff", []),
        ("Fed cuts rates by a quarter point", []),
    ],
)
def test_rates_belong_to_their_word(title: str, expected: list[tuple[float, str]]) -> None:
    assert rates(title) == expected


@pytest.mark.parametrize(
    ("title", "lang"),
    [
        ("对进口汽车征收25%的关税", "zh"),
        ("Arancel del 25% al acero", "es"),
        ("25 Prozent Zölle auf Autos", "de"),
        ("自動車に25%の関税", "ja"),
    ],
)
def test_tariff_rates_in_other_languages(title: str, lang: str) -> None:
    assert rates(title, lang) == [(25.0, "tariff")]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            "Dow futures were up 270 points, or 0.7%",
            [("Dow futures", "up", 270.0, "points"), ("Dow futures", "up", 0.7, "percent")],
        ),
        ("Nasdaq futures were 1% higher", [("Nasdaq futures", "up", 1.0, "percent")]),
        ("Nikkei closes 1,200 points lower", [("Nikkei", "down", 1200.0, "points")]),
        ("Brent crude rises more than 3% on supply fears", [("Brent", "up", 3.0, "percent")]),
        ("Oil surges to $100", [("oil", "up", None, None)]),
        ("Gold falls $12 to $1,950", [("gold", "down", 12.0, "usd")]),
        ("Gold and silver slip", [("gold", "down", None, None), ("silver", "down", None, None)]),
        ("Stocks tumble as dollar gains", [("stocks", "down", None, None), ("dollar", "up", None, None)]),
        ("Stocks could fall, says fund", []),
        ("Oil demand falls", []),
        ("Gold steady, dollar mixed", []),
        ("Bakery shares rise 4%", []),
        ("Dollar Tree rises 5%", []),
        ("If oil rises, airlines suffer", []),
        ("Gold medal hopes rise", []),
        ("Treasury yields up 5 basis points", [("Treasury yields", "up", None, None)]),
        ("Oil jumps 3%, Brent rises $2 to $80", [("oil", "up", 3.0, "percent"), ("Brent", "up", 2.0, "usd")]),
        ("Gold hits record high", [("gold", "up", None, None)]),
        ("Rupee closes at all-time low", [("rupee", "down", None, None)]),
        ("Dollar near record high", []),
        ("Nifty snaps three-day losing streak", [("Nifty", "up", None, None)]),
        ("Oil extends losses", [("oil", "down", None, None)]),
        ("Strong data drags down rupee", [("rupee", "down", None, None)]),
        ("Hopes lift European stocks", [("European stocks", "up", None, None)]),
        ("Hopes could lift European stocks", []),
        ("Asian shares lifted by chip makers", [("Asian stocks", "up", None, None)]),
        ("Investors push yen to 30-year low", [("yen", "down", None, None)]),
        ("Slump in oil prices weighs on Norway", [("oil", "down", None, None)]),
        ("Hopes of a rally in gold fade", []),
        ("Wall Street rally pauses", []),
        ("Oil slump hurts budget", []),
        ("Dow set for a 700-point drop", []),
        ("Nikkei heads for worst week since May", [("Nikkei", "down", None, None)]),
        ("Nikkei crosses 51,000 on chip hopes", [("Nikkei", "up", None, None)]),
        ("Nasdaq breaks below 20,000", [("Nasdaq", "down", None, None)]),
        ("Nikkei tops 5% growth", []),
        ("Sensex rushes to record high", [("Sensex", "up", None, None)]),
        ("Gold futures set new record", [("gold futures", "up", None, None)]),
        ("Pound hits highest level since March", [("pound", "up", None, None)]),
        ("Stronger euro weighs on exporters", [("euro", "up", None, None)]),
        ("Exporters want a weaker yen", []),
        ("Stock futures pull back", [("stock futures", "down", None, None)]),
        ("Farmers want trade deal and stocks rally", []),
        ("Rupee recovers some losses", []),
        ("Worries about surging dollar and sinking gold", []),
        ("Dow, Nasdaq climb more than 2%", [("Dow", "up", 2.0, "percent"), ("Nasdaq", "up", 2.0, "percent")]),
        ("U.S. Stocks Rally on Jobs Data", [("US stocks", "up", None, None)]),
        ("Sensex ends 1, 200 points higher", [("Sensex", "up", 1200.0, "points")]),
    ],
)
def test_moves_of_named_instruments(title: str, expected: list[tuple[str, str, float | None, str | None]]) -> None:
    assert moves(title) == expected


def test_body_gives_only_moves_with_a_size() -> None:
    body = "Stocks have been rising for weeks. The Nasdaq rose 1.2% on the news."
    assert moves("Ministers speak", body) == [("Nasdaq", "up", 1.2, "percent")]


def test_move_without_a_size_gives_way_to_the_same_with_one() -> None:
    assert moves("Dow falls", "The Dow fell 2.5% at the close.") == [("Dow", "down", 2.5, "percent")]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Canada to double tariffs on steel imports to 50%", [(50, "tariff")]),
        ("Peru on path to 3.5-4% growth this year", [(3.5, "growth"), (4, "growth")]),
        ("Polish economy grew at a modest 2.4% annual rate", [(2.4, "growth")]),
        ("Wholesale inflation down to 14 - month low 3.1%", [(3.1, "inflation")]),
        ("Chinese carmaker group targets 20% growth", []),
        ("Streaming service sees 20% growth", []),
    ],
)
def test_a_rate_is_found_beside_ranges_goods_and_bare_growth(title: str, expected: list[tuple[float, str]]) -> None:
    assert rates(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Silver and Gold Futures Slide", [("gold futures", "down"), ("silver futures", "down")]),
        ("Drillers cut spending after oil price slump", [("oil", "down")]),
        ("Drillers brace for more amid oil price slump fears", []),
        ("SGX Nifty up 80 points", [("SGX Nifty", "up")]),
    ],
)
def test_a_move_keeps_the_name_the_text_gives_it(title: str, expected: list[tuple[str, str]]) -> None:
    assert sorted((name, side) for name, side, _, _ in moves(title)) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Dow, Nasdaq eke out new closing highs", [("Dow", "up", None, None), ("Nasdaq", "up", None, None)]),
        ("Dow briefly hits record high", [("Dow", "up", None, None)]),
        ("Dow deepens losses on war fears", [("Dow", "down", None, None)]),
        ("Dow leads losses as banks sink", [("Dow", "down", None, None)]),
        ("Dow closes in the red", [("Dow", "down", None, None)]),
        ("Dow ends choppy session higher", [("Dow", "up", None, None)]),
        ("Dow ends year with 4% gains", [("Dow", "up", 4.0, "percent")]),
        ("Dow posts 500-point drop", [("Dow", "down", 500.0, "points")]),
        ("Dow falls down by 90 points", [("Dow", "down", 90.0, "points")]),
        ("Crude prices continue to fall", [("oil", "down", None, None)]),
        ("Yields pull down gold", [("gold", "down", None, None)]),
        ("Gold exceeds $3,000", [("gold", "up", None, None)]),
        ("Dollar takes a hit after jobs report", [("dollar", "down", None, None)]),
        ("Storm sets off sharp fall on US stock market", [("US stocks", "down", None, None)]),
        ("Rupee sees wild swings, drops against dirham", [("rupee", "down", None, None)]),
        ("Dow futures, bitcoin fall", [("Dow futures", "down", None, None), ("bitcoin", "down", None, None)]),
        ("Dow close to a record", []),
        ("Dow gains & losses today: who rose", []),
        ("Oil firms in Norway cut jobs", []),
        ("Gold firms as supply tightens", [("gold", "up", None, None)]),
        ("Nasdaq cracks down on small listings", []),
        ("Crop fears grip global markets, Dow falls", [("Dow", "down", None, None)]),
    ],
)
def test_moves_told_in_other_ways(title: str, expected: list[tuple[str, str, float | None, str | None]]) -> None:
    assert moves(title) == expected


def test_instrument_that_has_moved_does_not_move_back_without_a_size() -> None:
    assert moves("Gold climbs", "Gold climbs. The fall in gold prices was over.") == [("gold", "up", None, None)]
