"""Headlines invented by seed, in the mix of a news stream: nine in ten are nothing for a trade or market desk."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

Record = dict[str, Any]  # as `tradewire classify --jsonl` takes them

NEWS = 0.1  # share of headlines about trade or markets
FOREIGN = 0.08  # share of headlines that are not English
_FIRST_DAY = date(2025, 3, 3)

_SLOTS: Mapping[str, tuple[str, ...]] = {
    "who": (
        "Council", "Police", "A retired teacher", "The mayor", "Firefighters", "Researchers", "Two brothers",
        "Parents", "The museum", "A local bakery", "Volunteers", "The hospital", "Students", "The coach",
        "A former nurse", "Rangers", "The museum's director", "Neighbours", "The film's star", "Campaigners",
        "The airline", "Doctors",
    ),
    "place": (
        "Leeds", "Tucson", "Galway", "Perth", "Nairobi", "Lyon", "Osaka", "Halifax", "Bergen", "Cardiff", "Toledo",
        "Durban", "Porto", "Chennai", "Austin", "Ghent", "Hobart", "Quito", "Krakow", "Tampere", "Boise", "Split",
    ),
    "thing": (
        "a footbridge", "the old cinema", "a new library", "the school roof", "a rare orchid", "the night bus",
        "a lost violin", "the village pub", "a stolen van", "the harbour wall", "a food bank", "the town clock",
        "a wolf pup", "the skate park", "a comet", "the choir", "a swimming pool", "the allotments", "a chess club",
    ),
    "did": (
        "saves", "reopens", "finds", "celebrates", "paints", "argues over", "says goodbye to", "restores", "closes",
        "raises money for", "wins a prize for", "rescues", "complains about", "campaigns for", "names", "guards",
    ),
    "team": (
        "Rovers", "the Falcons", "United", "Wanderers", "the Comets", "Athletic", "the Pilots", "Rangers", "Dynamo",
        "the Otters", "City", "the Harriers", "Olympic", "the Badgers",
    ),
    "player": (
        "Okafor", "Lindqvist", "Marchetti", "Dubois", "Tanaka", "Alvarez", "O'Rourke", "Petrov", "Haddad", "Mbeki",
        "Novak", "Castillo", "Bergman", "Sato", "Fernandes", "Doyle", "Ibrahim", "Kowalski",
    ),
    "sport": ("cup tie", "derby", "semi-final", "opener", "relay", "marathon", "test match", "play-off", "road race"),
    "show": (
        "a period drama", "the baking contest", "her third album", "a quiet thriller", "the reality show",
        "his memoir", "an animated sequel", "the musical", "a cooking series", "the podcast", "a space comedy",
        "the reunion tour",
    ),
    "topic": (
        "sleep", "back pain", "a tidy kitchen", "long walks", "house plants", "screen time", "better coffee",
        "migraine", "packing light", "running shoes", "old cameras", "sourdough", "teenagers", "winter coats",
        "smart speakers",
    ),
    "animal": ("otters", "honeybees", "snow leopards", "eels", "puffins", "bats", "sharks", "hedgehogs", "cranes"),
    "weather": ("storm", "heatwave", "fog", "flooding", "early snow", "pollen count", "thunder", "drought", "gales"),
    "crime": ("burglary", "fraud", "arson", "a hit-and-run", "shoplifting", "forgery", "assault", "dog theft"),
    "country": (
        "China", "Canada", "Mexico", "Japan", "India", "Brazil", "Vietnam", "South Korea", "Switzerland", "the EU",
        "Britain", "Taiwan", "Indonesia", "Turkey", "Australia", "South Africa", "Thailand", "Norway",
    ),
    "goods": (
        "steel", "cars", "semiconductors", "lumber", "wine", "soybeans", "solar panels", "aluminium", "medicines",
        "copper", "batteries", "beef", "machine tools", "rare earths", "furniture", "trucks",
    ),
    "index": ("The Dow", "The Nasdaq", "The S&P 500", "The Nikkei", "The DAX", "European stocks", "The FTSE 100"),
    "bank": ("Fed", "ECB", "Bank of Japan", "Bank of England", "Bank of Canada", "Swiss National Bank", "Riksbank"),
    "commodity": ("Oil", "Gold", "Copper", "Natural gas", "Wheat", "Brent crude", "Silver", "Coffee"),
    "currency": ("Dollar", "Yen", "Euro", "Sterling", "Peso", "Yuan", "Rupee", "Bitcoin"),
    "firm": ("carmaker", "chipmaker", "airline", "bank", "drugmaker", "retailer", "insurer", "miner", "oil major"),
    "up": ("rises", "jumps", "climbs", "surges", "gains", "rallies"),
    "down": ("falls", "slides", "tumbles", "drops", "slips", "sinks"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}  # fmt: skip

_OTHER_ENGLISH = (
    "{who} in {place} {did} {thing}",
    "{who} {did} {thing} after {n} years",
    "{place}: {who} {did} {thing}",
    "{player} scores twice as {team} win {sport} in {place}",
    "{team} lose {sport} to {team2} after {n} minutes",
    "{player} signs new deal with {team}",
    "{team} weigh trade for {player} before deadline",
    "{player} out for {n} weeks with knee injury, {team} confirm",
    "Who is {player}, the surprise of the {sport}?",
    "Review: {show} is better than it has any right to be",
    "{player} on {show}: 'I cried for {n} days'",
    "{show} tops the charts in its {n}th week",
    "{player} and {player2} to host {show}",
    "The {n} best books about {topic}",
    "How I learned to stop worrying about {topic}",
    "{n} things nobody tells you about {topic}",
    "Is {topic} making us ill? What {n} doctors say",
    "Why {animal} are coming back to {place}",
    "Scientists count {animal} in {place} from space",
    "{animal} seen near {place} for the first time in {n} years",
    "{weather} warning for {place} on {day}",
    "{weather} leaves {n} homes in {place} without power",
    "Man, {n}, charged with {crime} in {place}",
    "Jury hears of {crime} at {place} care home",
    "{place} woman, {n}, wins appeal over {crime}",
    "Recipe: {n}-minute supper for {day}",
    "Quiz: how well do you know {place}?",
    "Train strike: what it means for {place} on {day}",
    "{place} to vote on {thing}",
    "{who} of {place} dies at {n}",
    "Photos of the week: {animal}, {weather} and {thing}",
    "Opinion: {place} does not need {thing}",
    "New telescope shows {n} moons nobody knew of",
    "Phone update fixes {n} bugs and breaks {topic}",
    "Police in {place} look for {crime} witnesses",
    "School in {place} bans phones, and pupils like it",
    "House prices in {place}: what {n} buyers told us",
    "{player} elected mayor of {place} by {n} votes",
    "Court in {place} rules on {thing}",
    "{n} charts on {topic}",
    "Protest in {place} over {thing} enters day {n}",
)

_NEWS_ENGLISH = (
    "US to impose {n}% tariff on {goods} from {country}",
    "{country} threatens tariffs on {goods} in retaliation",
    "{country} and {country2} agree trade deal that cuts tariffs on {goods}",
    "{country} suspends export controls on {goods}",
    "Trade talks with {country} collapse over {goods}",
    "Trade minister of {country} flies to Washington for tariff talks",
    "{country} brings WTO case over duties on {goods}",
    "White House pauses {n}% tariffs on {country} until {day}",
    "{firm2} warns that tariffs on {goods} will cost ${n} billion",
    "Court strikes down tariffs on {goods}",
    "{bank} raises rates by a quarter point, signals more",
    "{bank} cuts interest rates to {n}.5% as growth slows",
    "{bank} holds rates, chief warns on inflation",
    "{index} {down} {small}% as {bank} signals higher rates",
    "{index} {up} {small}% on hopes for talks with {country}",
    "{commodity} {up} {small}% after {country} cuts output",
    "{commodity} {down} to lowest in {n} months on demand worries",
    "{currency} {down} to {n}-year low against euro",
    "{currency} {up} {small}% after inflation surprise in {country}",
    "Inflation in {country} jumps to {small}%, above forecasts",
    "Unemployment in {country} {down} to {small}%",
    "{country}'s economy shrinks {small}% in second quarter",
    "{firm2} shares {down} {n}% after profit warning",
    "{firm2} to buy rival for ${n} billion",
    "OPEC+ agrees to raise output by {n}0,000 barrels a day",
    "{country} bans exports of {goods} to {country2}",
    "Breaking: {index} {down} {n}% as trade war with {country} widens",
    "{country} credit rating cut by one notch",
)

_OTHER_FOREIGN: Mapping[str, tuple[str, ...]] = {
    "es": (
        "{place}: vecinos celebran la reapertura de la biblioteca tras {n} años",
        "El equipo de {player} gana en {place} por {n} puntos",
        "Tormenta deja a {n} familias sin luz en {place}",
    ),
    "de": (
        "In {place} hat nach {n} Jahren das alte Kino wieder geöffnet",
        "{player} verpasst das Finale in {place}",
        "Polizei in {place} sucht nach {n} Zeugen",
    ),
    "zh": ("{place}市民庆祝图书馆重新开放，{n}人参加", "警方在{place}寻找{n}名证人"),
    "ja": ("{place}で{n}年ぶりに映画館が再開、市民が祝う", "{place}で花火大会、{n}万人が来場"),
}

_NEWS_FOREIGN: Mapping[str, tuple[str, ...]] = {
    "es": ("México impone aranceles del {n}% al acero de Asia", "La bolsa cae un {small}% por temor a la inflación"),
    "de": ("EU erhebt Zölle von {n} Prozent auf Autos", "DAX fällt um {small} Prozent nach Zinsentscheid"),
    "zh": ("美国宣布对进口汽车加征{n}%关税", "央行宣布降息，股市上涨{small}%"),
    "ja": ("日銀が利上げを決定、円は{n}銭上昇", "米国の関税{n}％に対抗措置、政府が発表"),
}

_SENTENCES = (
    "{who} in {place} spoke of a long week, and said that more would follow on {day}.",
    "It is the {n}th time this year, according to figures that were published on {day}.",
    "The decision came after {n} hours; nobody in {place} had expected it so soon.",
    "Here is what we know so far, and why {player} thinks that the hard part is still to come.",
    "A statement said that {n} people were asked, and that their answers would be heard in {place}.",
)


def invented(count: int, *, summaries: bool = False, seed: int = 5) -> list[Record]:
    """`count` headlines with declared languages, each with a sentence of summary or none; the same for a seed."""
    chance = random.Random(seed)
    return [_record(chance, number, summaries=summaries) for number in range(count)]


def invented_news(chance: random.Random) -> tuple[str, str]:
    """An English headline about trade or markets, and a sentence of summary."""
    return _filled(chance.choice(_NEWS_ENGLISH), chance), _filled(chance.choice(_SENTENCES), chance)


def _record(chance: random.Random, number: int, *, summaries: bool) -> Record:
    language, template = _template(chance)
    record: Record = {
        "id": f"h{number}",
        "title": _filled(template, chance),
        "date": (_FIRST_DAY + timedelta(days=number % 300)).isoformat(),
        "lang": language,
    }
    if summaries:
        record["summary"] = _filled(chance.choice(_SENTENCES), chance)
    return record


def _template(chance: random.Random) -> tuple[str, str]:
    """A language, and a headline in it with slots."""
    news, foreign = chance.random() < NEWS, chance.random() < FOREIGN
    if not foreign:
        return "en", chance.choice(_NEWS_ENGLISH if news else _OTHER_ENGLISH)
    by_language = _NEWS_FOREIGN if news else _OTHER_FOREIGN
    language = chance.choice(sorted(by_language))
    return language, chance.choice(by_language[language])


def _filled(template: str, chance: random.Random) -> str:
    values = {name: chance.choice(choices) for name, choices in _SLOTS.items()}
    again = {f"{name}2": chance.choice(_SLOTS[name]) for name in ("team", "player", "country", "firm")}
    numbers = {"n": str(chance.randint(2, 60)), "small": f"{chance.randint(3, 60) / 10:.1f}"}
    text = template.format_map(values | again | numbers)
    return text[0].upper() + text[1:]
