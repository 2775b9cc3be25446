"""Simpler ways to judge an item, to see what the classifier gains over them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.model import Direction, Item, Label, Verdict
from bot.signals.document import read
from bot.signals.encoder import TOPICS
from bot.signals.facts import extract
from bot.signals.lexicon import Lexicon
from bot.signals.wordlist import read_words

# The trade-policy terms that economists count in earnings calls: Caldara, Iacoviello, Molligo, Prestipino and Raffo,
# "The economic effects of trade policy uncertainty", Journal of Monetary Economics 109 (2020), 38-59
# (https://www.matteoiacoviello.com/tpu.htm), as public code that repeats their count lists them. Their newspaper
# index also asks for a word of uncertainty, which here would only lower recall.
PUBLISHED = (
    "tariff*", "import dut*", "import barrier*", "import ban*", "import tax*", "import subsid*", "export ban*",
    "export tax*", "export subsid*", "government subsid*", "gatt", "wto", "world trade organization",
    "world trade organisation", "trade treat*", "trade agreement*", "trade polic*", "trade act",
    "trade relationship*", "free trade", "doha round", "uruguay round", "dumping", "border tax*",
)  # fmt: skip

# The rules of a typical alert bot: a word is in the text, or it is not.
TRADE = (
    "tariff*", "trade war", "trade deal*", "trade talks", "trade agreement*", "trade pact", "trade truce",
    "trade tensions", "trade dispute", "trade policy", "free trade", "import dut*", "customs dut*", "export control*",
    "export ban*", "import ban*", "protectionis*", "wto", "nafta", "usmca", "ustr",
    "关税", "贸易战", "贸易谈判", "贸易协定", "arancel*", "guerra comercial", "acuerdo comercial", "zoll", "zölle*",
    "handelskrieg", "handelsabkommen", "関税", "貿易戦争", "貿易協定",
)  # fmt: skip
MARKET = (
    "stock market*", "stocks", "shares", "wall street", "dow", "nasdaq", "s&p 500", "nikkei", "ftse", "dax",
    "bond yields", "treasur*", "oil price*", "crude", "opec", "gold price*", "bitcoin", "dollar", "yen", "fed",
    "federal reserve", "ecb", "central bank", "interest rate*", "rate cut*", "rate hike*", "inflation", "gdp",
    "jobs report", "unemployment", "recession", "bankruptcy", "default", "trade war",
    "股市", "央行", "加息", "降息", "通胀", "油价", "bolsa*", "inflación", "tipos de interés", "banco central",
    "aktien*", "börse*", "leitzins*", "inflation*", "株価", "日銀", "利上げ", "円安",
)  # fmt: skip
URGENT = (
    "breaking", "urgent", "imposes", "announces", "slaps", "plunge*", "crash*", "tumble*", "soar*", "surge*",
    "collapse*", "emergency", "halted", "defaults", "invades", "declares",
)  # fmt: skip
ESCALATION = (
    "threat*", "impose*", "retaliat*", "new tariff*", "raise*", "hike*", "ban*", "slap*", "escalat*", "trade war",
    "hit*", "warn*", "accus*", "collapse*",
)  # fmt: skip
DE_ESCALATION = (
    "deal*", "truce", "pause*", "suspend*", "cut*", "lower*", "exempt*", "talks", "agree*", "resume*", "ease*",
    "lift*", "delay*", "progress",
)  # fmt: skip


def pattern(terms: Iterable[str]) -> re.Pattern[str]:
    """Any of `terms`, in any case; `*` stands for any ending, Chinese and Japanese terms match anywhere."""
    return re.compile("|".join(map(_expression, terms)), re.IGNORECASE)


def _expression(term: str) -> str:
    text = re.escape(term).replace(r"\*", r"\w*").replace(r"\ ", r"[\s-]+")
    return text if "\u3040" <= term[0] <= "\u9fff" else rf"\b{text}\b"


_PUBLISHED, _TRADE, _MARKET, _URGENT = map(pattern, (PUBLISHED, TRADE, MARKET, URGENT))
_ESCALATION, _DE_ESCALATION = map(pattern, (ESCALATION, DE_ESCALATION))


def by_published_list(item: Item) -> Verdict:
    """Trade where a term of the published list is in title or summary; it says nothing else."""
    return Verdict(labels=("trade",) if _PUBLISHED.search(_text(item)) else ())


def by_keywords(item: Item) -> Verdict:
    """Each topic by its own words; urgent only with another topic; the direction with more words in the text."""
    text = _text(item)
    labels: list[Label] = []
    if _TRADE.search(text):
        labels.append("trade")
    if _MARKET.search(text):
        labels.append("market")
    if labels and _URGENT.search(text):
        labels.append("urgent")
    return Verdict(labels=tuple(labels), direction=_direction(text) if "trade" in labels else None)


def _direction(text: str) -> Direction:
    apart, together = len(_ESCALATION.findall(text)), len(_DE_ESCALATION.findall(text))
    if apart == together:
        return "neutral"
    return "escalation" if apart > together else "de-escalation"


def by_lexicon(item: Item, lexicon: Lexicon) -> Verdict:
    """What our own lexicon says alone: a topic where the log-odds of its votes are not below zero."""
    document = read(item, lexicon)
    if document is None:
        return Verdict()
    words = read_words(document, extract(document, lexicon), lexicon)
    over = [topic for topic in TOPICS if words.scores[topic] >= 0]
    labels = () if over == ["urgent"] else tuple(over)
    directions: tuple[Direction, ...] = ("neutral", "escalation", "de-escalation")  # of equals the first
    best = max(directions, key=lambda direction: words.directions[direction])
    return Verdict(labels=labels, direction=best if "trade" in labels else None)


def _text(item: Item) -> str:
    return f"{item.title}\n{item.summary}"
