from __future__ import annotations

import pytest

from bot.model import Measure, Party, Person, fact_key
from tests.unit.signals_samples import facts_of, judge, news


def parties(title: str, body: str = "", lang: str = "en") -> list[str]:
    return [fact.value for fact in facts_of(Party, title, body, lang=lang)]


def people(title: str, body: str = "") -> list[tuple[str, str | None]]:
    return [(fact.value, fact.role) for fact in facts_of(Person, title, body)]


def measures(title: str, body: str = "") -> list[tuple[str, str | None]]:
    return [(fact.value, fact.stage) for fact in facts_of(Measure, title, body)]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Canada and Mexico agree to lower tariffs", ["CA", "MX"]),
        ("US-China trade talks resume", ["US", "CN"]),
        ("Brussels warns Beijing over steel subsidies", ["EU", "CN"]),
        ("Duties on Japanese cars take effect", ["JP"]),
        ("Tariffs on goods from Vietnam doubled", ["VN"]),
        ("Japan's trade minister rejects new duties", ["JP"]),
        ("Officials meet in Geneva, Switzerland, to discuss tariffs", []),
        ("Stocks fall in Japan on tariff worries", []),
        ("China's exports rise 5 percent", []),
        ("German carmakers report record sales", []),
        ("Tourists return to Thailand", []),
        ("US trade deficit widens", []),
        ("Washington Post wins prize", []),
        ("Norway, Peru and Ghana to lower duties", ["NO", "PE", "GH"]),
        ("Peru urges Norway to lift duties", ["PE", "NO"]),
        ("Peru could ease duties on goods from Norway", ["PE", "NO"]),
        ("Norway-Peru trade row deepens", ["NO", "PE"]),
        ("Norwegian salmon tariffs hit Peru, says Lima", ["NO", "PE"]),
        ("Kenya's offer on tea tariffs falls short", ["KE"]),
        ("Delay for Kenya to ratify trade pact", ["KE"]),
        ("Peru set to raise duties", ["PE"]),
        ("EU Commission widens trade probe", ["EU"]),
        ("US retail giants raise prices as tariffs bite", []),
        ("Bank of England holds rates", []),
        ("Air Canada cancels flights", []),
        ("Peru-owned mine trades tariffs for taxes", []),
        ("Stocks fall over Taiwan comments", []),
        ("Deal on Greenland is far off", []),
        ("China's export growth slows", []),
        ("Latin America braces for tariffs", []),
    ],
)
def test_parties_are_governments_in_the_action(title: str, expected: list[str]) -> None:
    assert parties(title) == expected


def test_leader_who_acts_on_trade_adds_his_country() -> None:
    assert set(parties("Trump threatens tariffs on the EU")) == {"US", "EU"}


def test_parties_in_chinese_where_a_measure_is_spoken_of() -> None:
    assert parties("美国对中国商品加征关税", lang="zh") == ["US", "CN"]
    assert parties("中国队战胜日本队", lang="zh") == []


@pytest.mark.parametrize(
    ("title", "lang", "expected"),
    [
        ("美国暂停对挪威奶酪的关税", "zh", [("tariff", "paused")]),
        ("下周降息的概率有多大", "zh", []),
        ("EU und Norwegen einigen sich auf Handelsabkommen", "de", [("deal", "agreed")]),
        ("Vereine führen Gespräche über Trainer", "de", []),
        ("México impondrá aranceles al acero", "es", [("tariff", "announced")]),
        ("El club sigue en negociaciones", "es", []),
    ],
)
def test_measures_in_other_languages_are_a_government_s_or_silent(
    title: str, lang: str, expected: list[tuple[str, str | None]]
) -> None:
    assert [(fact.value, fact.stage) for fact in facts_of(Measure, title, lang=lang)] == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Treasury Secretary Scott Bessent says talks go on", [("Bessent", "Treasury Secretary")]),
        ("Chinese Vice Premier He Lifeng said the text was ready", [("He", "Vice Premier")]),
        ("South Korean Trade Minister Yeo Han-koo said he would fly home", [("Yeo", "Trade Minister")]),
        ("EU trade commissioner Maros Sefcovic will travel", [("Sefcovic", "EU trade commissioner")]),
        (
            "European Commission President Ursula von der Leyen said no",
            [("von der Leyen", "European Commission President")],
        ),
        (
            "Commerce Minister Anna Keller-Brandt said on Monday that duties stay",
            [("Keller-Brandt", "Commerce Minister")],
        ),
        ("Powell signals patience", [("Powell", None)]),
        ("'No deal yet,' says Carney", [("Carney", None)]),
        ("Trump's tariffs hurt farmers", []),
        ("Trump officials plan visit", []),
        ("Trump tariffs: what to know", []),
        ("Lawsuit against President Trump moves on", []),
        ("Bessent's warning of higher prices shakes markets", [("Bessent", None)]),
        ("President's palace opens doors", []),
        ("Minister Says No", []),
        ("The ECB's Lindqvist sees no rush to ease", [("Lindqvist", None)]),
        ("No rush to ease: Fed's Marlowe", [("Marlowe", None)]),
        ("White House trade adviser Ortega: no exemptions", [("Ortega", "White House trade adviser")]),
        ("'A fair deal,' says former Trade Minister Ada Lund", [("Lund", "former Trade Minister")]),
        ("Merz, Macron urge calm", [("Merz", None), ("Macron", None)]),
        ("Merz's new tariff warning unsettles carmakers", [("Merz", None)]),
        ("Dollar slips after Powell speech", [("Powell", None)]),
        ("Merz on tariffs: 'Nobody wins'", [("Merz", None)]),
        ("Merz expected to resign", []),
        ("Report urges Merz to resign", []),
        ("Merz-backed bill passes", []),
        ("Macron hopes Merz can help", [("Macron", None)]),
        ("Bill awaits Merz to sign", []),
        ("Predicting Merz: a guide", []),
        ("Clara Merz opens a bakery", []),
    ],
)
def test_persons_are_those_who_act_or_speak(title: str, expected: list[tuple[str, str | None]]) -> None:
    assert people(title) == expected


def test_role_is_taken_from_wherever_the_text_states_it() -> None:
    body = "Greer left early. Jamieson Greer, the US trade representative, will be back on Friday."
    assert people("Talks go on", body) == [("Greer", "US trade representative")]


def test_host_who_is_only_met_is_no_person_of_the_story() -> None:
    body = "Bessent will travel to Bern, where he will meet with President Ada Lindt. China agreed to trade talks."
    assert people("US officials to hold trade talks with China", body) == [("Bessent", None)]


def test_counterpart_whose_government_is_a_party_counts() -> None:
    body = "Bessent will hold talks with Chinese Vice Premier He Lifeng on tariffs."
    assert people("US and China set trade talks", body) == [("Bessent", None), ("He", "Vice Premier")]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Canada imposes tariffs on steel", [("tariff", "in-force")]),
        ("Canada to impose tariffs on steel", [("tariff", "announced")]),
        ("President signs order imposing tariffs on steel", [("tariff", "announced")]),
        ("Canada threatens tariffs on steel", [("tariff", "threatened")]),
        ("Canada may impose tariffs on steel", [("tariff", "threatened")]),
        ("Canada pauses tariffs on steel", [("tariff", "paused")]),
        ("Tariffs on steel take effect", [("tariff", "in-force")]),
        ("Canada lifts tariffs on steel", [("tariff", None)]),
        ("Court strikes down tariffs", [("ruling", "announced"), ("tariff", "struck-down")]),
        ("US and Japan reach trade deal", [("deal", "agreed")]),
        ("Hopes of a trade deal lift stocks", []),
        ("Canada breaks off trade talks", [("talks", "collapsed")]),
        ("No tariffs on wine, says minister", []),
        ("China tightens export controls on gallium", [("export-control", "in-force")]),
        ("Fed cuts interest rates", [("rate-decision", "in-force")]),
        ("Norway's tariff threat rattles dairies", [("tariff", "threatened")]),
        ("Norway threatened last week to impose duties on cheese", [("tariff", "threatened")]),
        ("Norway would raise tariffs if talks fail", []),
        ("Peru pledges to raise tariffs if Norway does", [("tariff", "threatened")]),
        ("Peru farmers brace for tariffs", []),
        ("Tariff worries weigh on shipping", []),
        ("Peru hits Norway with new tariffs, sanctions", [("tariff", "in-force"), ("sanction", "in-force")]),
        ("Peru to hit Norway with new tariffs", [("tariff", "announced")]),
        ("Peru urges Norway to cut tariffs", []),
        ("Peru calls for a pause in tariffs", []),
        ("Peru delays planned tariffs on cheese", [("tariff", "paused")]),
        ("Norway drops tariff threat", []),
        ("Trade deal cuts tariffs on cheese", [("tariff", None)]),
        ("Peru raises prices on tariffs", []),
        ("Peru unveils new round of tariffs", [("tariff", "announced")]),
        ("Tariffs on cheese delayed again", [("tariff", "paused")]),
        ("Tariffs on cheese will start June 1", [("tariff", "announced")]),
        ("Peru retaliates with 10% duties", [("retaliation", "in-force"), ("tariff", "in-force")]),
        ("Norway vows to retaliate", [("retaliation", "threatened")]),
        ("Norway exempts cheese from tariffs", [("exemption", "in-force")]),
        ("Norway bans exports of chips to Peru", [("export-control", "in-force")]),
        ("Norway to suspend imports of beef", [("import-ban", "announced")]),
        ("Drought curbs exports of wheat", []),
        ("Norway sanctions Peruvian banks", [("sanction", "in-force")]),
        ("Norway resumes talks on a free trade agreement with Peru", [("talks", "talks")]),
        ("Norway-Peru trade talks to restart in May", [("talks", "announced")]),
        ("Norway and Peru agree to reopen trade talks", [("talks", "announced")]),
        ("Norway seeks trade talks with Peru", []),
        ("Norway nears trade deal with Peru", []),
        ("Bakery reaches deal with union in Norway", []),
        ("Traders expect Fed to cut rates", []),
        ("Fed rate-cut hopes lift gold", []),
        ("Gold rises after Fed rate cut", [("rate-decision", "announced")]),
        ("Electricity tariffs raised in Peru", []),
    ],
)
def test_measures_with_their_stage(title: str, expected: list[tuple[str, str | None]]) -> None:
    assert sorted(measures(title)) == sorted(expected)


def test_measure_without_a_stage_gives_way_to_one_with_it() -> None:
    assert measures("Tariffs: Canada imposes duties on steel") == [("tariff", "in-force")]


def test_facts_are_unique_by_their_key() -> None:
    verdict = judge("Canada imposes 25% tariffs on steel", "Canada imposes 25% tariffs on steel. " * 30)
    keys = [fact_key(fact) for fact in verdict.facts]
    assert len(keys) == len(set(keys))


def test_item_without_text_has_no_facts() -> None:
    assert judge("").facts == ()
    assert news("").title == ""


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Norway and Peru to hold talks on tariffs", [("talks", "talks")]),
        ("Norway-Peru trade talks to resume", [("talks", "announced")]),
        ("Ahead of Norway-Peru trade talks, dairies wait", [("talks", "talks")]),
        ("Plans for rice export curbs paused for a month", [("export-control", "paused")]),
        ("Vietnam rejects WTO trade ruling", [("ruling", "announced")]),
        ("Vietnam awaits WTO trade ruling", []),
        ("Canada aims to impose tariffs on Peru", [("tariff", "announced")]),
        ("Carney presses ahead with tariffs on Norway", [("tariff", "announced")]),
        ("The tariffs hitting Peru", [("tariff", "in-force")]),
        ("After tariffs hit, dairies wait", [("tariff", "in-force")]),
        ("Tariffs hit dairy profits", []),
        ("Canada will hit $40 billion worth of Peruvian goods with 12% tariff", [("tariff", "announced")]),
    ],
)
def test_what_is_to_come_and_what_is_undone(title: str, expected: list[tuple[str, str | None]]) -> None:
    assert measures(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("South Korea's Lee says tariffs will end", [("Lee", None)]),
        ("China's Xi and North Korea's Kim pledge closer ties", [("Xi", None), ("Kim", None)]),
        ("China's Huawei says sales rise", []),
        ("Britain's May Day rally grows", []),
        ("Carney ready to lower tariffs on Norway", [("Carney", None)]),
        ("Modi and Carney are due to hold talks", [("Modi", None), ("Carney", None)]),
        ("Newsom at farm fair says tariffs hurt", [("Newsom", None)]),
        ("Guests at Newsom farm fair say tariffs hurt", []),
        ("US VP Harris urges restraint", [("Harris", "US VP")]),
        ("Carney's push for lower tariffs", [("Carney", None)]),
    ],
)
def test_leaders_by_country_and_what_they_are_about_to_do(title: str, expected: list[tuple[str, str | None]]) -> None:
    assert people(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ottawa announces trade deal with Japan", [("deal", "agreed")]),
        ("Parliament passes CPTPP trade deal", [("deal", "agreed")]),
        ("Peso rises after Mexico and EU agreement on steel", [("deal", "agreed")]),
        ("Brazil proposes raising tariffs on toys", [("tariff", "announced")]),
        ("Washington heaps another 5% tariff on Spanish olives", [("tariff", "in-force")]),
        ("Seoul agrees to put tariffs on hold", [("tariff", "paused")]),
        ("Exporters await Trump's tariff hike threat on Chile", [("tariff", "threatened")]),
        ("Investors hope Trump's tariff threat will fade", [("tariff", "threatened")]),
        ("Imposing Sanctions on Shippers of Oil From Iran", [("sanction", "in-force")]),
        ("Appeals court allows Trump tariffs to stay for a week", [("ruling", "announced")]),
        ("Indian envoy to head to Kyiv for ceasefire talks", [("talks", "talks")]),
        ("Trump talks up alliance with Japan", []),
        ("Electricity, telecom and gas tariffs raised by Ghana", []),
    ],
)
def test_a_measure_has_the_stage_that_its_verb_gives(title: str, expected: list[tuple[str, str | None]]) -> None:
    assert measures(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Mexico approves up to 50% tariffs on toys from Peru", [("tariff", "announced")]),
        ("Norway puts $9bn of extra tariffs on Peruvian goods", [("tariff", "in-force")]),
        ("Norway and Peru have agreed in principle on trade deal", [("deal", "agreed")]),
        ("Norway and Peru reach outline of trade deal", [("deal", "agreed")]),
        ("Carney whacks Peru with 50% tariffs", [("tariff", "in-force")]),
        ("Shops cope with tariffs on Peru", []),
        ("Norway spares salmon, cod from new tariffs", [("exemption", "in-force")]),
        ("Norway to exempt salmon, cod from tariffs", [("exemption", "announced")]),
        ("Cheap parcels pile up after end of tariff exemption", [("exemption", None)]),
        ("Tariffs set to hit Peruvian copper from Friday", [("tariff", "announced")]),
        ("Tariffs threaten to hit Peruvian copper", []),
        ("Jobs dry up as tariffs on copper take hold", [("tariff", "in-force")]),
        ("Norway sanctions 12 Peruvian shipowners", [("sanction", "in-force")]),
        ("Congress Debates Peru Sanctions Removal", []),
        ("Talks to head off duties between Norway and Peru broke down", [("talks", "collapsed")]),
        ("Norway resumes truce talks with rebels", [("talks", "talks")]),
        ("Norway-Peru ceasefire talks due to start in Oslo", [("talks", "announced")]),
        ("Weekend talks on Norway-Peru peace deal end without result", [("talks", "collapsed")]),
        ("Norway announces new interest rate hike", [("rate-decision", "announced")]),
        ("Gulf central banks cut key rates", [("rate-decision", "in-force")]),
        ("Carney said he'd slap tariffs on Peru", [("tariff", "announced")]),
        ("Carney says lifting tariffs on Peru would hurt dairies", []),
        ("Carney has doubts on raising tariffs on Peru", []),
        ("Norway is finalizing a trade deal with Peru", []),
        ("Peru may send troops after Norway truce", []),
        ("Minister says trade deal with Peru will be a good start", []),
        ("Norway open to trade talks with Peru", []),
        ("Carney casts doubt on Peru talks", []),
        ("Norway has few options to end sanctions", []),
        ("Norwegian yard in talks on Peruvian order", []),
    ],
)
def test_measures_told_by_a_phrase(title: str, expected: list[tuple[str, str | None]]) -> None:
    assert sorted(measures(title)) == sorted(expected)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Carney inspects new dairy", ["Carney"]),
        ("Carney and Modi display unity in Oslo", ["Carney", "Modi"]),
        ("As Carney muzzles rivals, dairies wait", ["Carney"]),
        ("Carney supporters cheer in Ottawa", []),
        ("Carney cronies under fire", []),
        ("Carney and Modi ties with Norway cool", []),
        ("Dairy says Carney tariffs to cost it a fortune", []),
        ("Costs are up, says Carney at farm fair", ["Carney"]),
        ("Arrest of New York attorney general Ada Lund stirs anger", []),
        ("Carney, Modi and the price of butter", []),
    ],
)
def test_verbs_that_no_list_holds_are_told_by_their_place(title: str, expected: list[str]) -> None:
    assert [name for name, _ in people(title)] == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Peru frees 40 miners", ["PE"]),
        ("Peru floods: 40 dead", []),
        ("Peru cinemas lobbying for aid", []),
        ("Norwegian and Peruvian officials discuss fish", ["NO", "PE"]),
        ("Norway, Peruvian negotiators discuss fish", ["NO", "PE"]),
        ("Norway opens anti-dumping probe into toys from Peru", ["NO", "PE"]),
        ("Carney whacks Peru with 50% tariffs", ["PE", "CA"]),
    ],
)
def test_parties_by_what_they_do_and_with_whom_they_share_an_office(title: str, expected: list[str]) -> None:
    assert parties(title) == expected
