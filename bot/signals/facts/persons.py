"""Officials and chiefs who act or speak, with their office where the text states it.

A name is taken from an office before it ("Treasury Secretary Scott Bessent"), an office after it ("Greer, the US
trade representative"), an institution ("the ECB's Rehn says"), or the list of known officials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from bot.model import Person
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import ACT_NOUNS, FINITE, GOODS, PRIVATE_NOUNS, SAYING, STATE_NOUNS, VERBS
from bot.signals.facts.clauses import between, clause_breaks, word
from bot.signals.facts.mentions import Mention
from bot.signals.facts.names import OF_COUNTRIES, display_name, family_name, inside_name, name_end, titled
from bot.signals.lexicon import Scan, Table, TermHit
from bot.signals.tokens import word_set

MAX_IN_SENTENCE = 16  # names: a sentence with more is a list
MAX_MENTIONS = 160  # in a text

_INSTITUTIONS = word_set(
    "fed ecb boe boj boc rba rbi rbnz snb pboc imf wto opec treasury house commission ustr nato oecd bundesbank "
    "riksbank bis"
)
# Words that are no family name: "the ECB's survey says".
_COMMON = STATE_NOUNS | PRIVATE_NOUNS | ACT_NOUNS | GOODS | VERBS


def find_mentions(document: Document) -> list[Mention]:
    """Every person named in the text, acting or not, in order."""
    mentions: list[Mention] = []
    for part, sentence in document.sentences():
        if sentence.hits("person") or sentence.hits("role") or _names_owner(sentence):
            named = islice(_sentence_mentions(part, sentence), MAX_IN_SENTENCE)
            mentions.extend(sorted(named, key=lambda mention: mention.first))
        if len(mentions) >= MAX_MENTIONS:
            break
    roles = {mention.family: mention.role for mention in reversed(mentions) if mention.role}
    return [replace(mention, role=mention.role or roles.get(mention.family)) for mention in mentions]


def find_persons(mentions: list[Mention], countries: frozenset[str]) -> Iterator[Person]:
    """Who acts or speaks. Who is only met counts where his office is named and his government is a party."""
    for mention in mentions:
        met = mention.counterpart and mention.sure and mention.country in countries
        if mention.acts or (met and mention.sentence.hits("meeting")):
            yield Person(value=mention.family, role=mention.role, span=mention.part.span(mention.first, mention.last))


def _sentence_mentions(part: Part, sentence: Sentence) -> Iterator[Mention]:
    known = {hit.first: hit for hit in sentence.hits("person")}
    taken: set[int] = set()
    for role in sentence.hits("role")[:MAX_IN_SENTENCE]:
        mention = _after_role(part, sentence, role, known)
        if mention is not None and mention.name not in taken:
            taken.update(range(mention.name, mention.last + 1))
            yield mention
    for first, hit in known.items():
        if first not in taken and not inside_name(sentence, hit):
            taken.update(range(first, hit.last + 1))
            yield _known(part, sentence, hit)
    yield from _of_countries(part, sentence, taken)
    yield from _of_institutions(part, sentence, taken)


def _known(part: Part, sentence: Sentence, hit: TermHit) -> Mention:
    term = hit.payload
    role = _role_after(part.scan, sentence, hit.last)
    return Mention(
        part=part,
        sentence=sentence,
        family=term.value,
        full=display_name(part.scan, hit.first, hit.last, term.value, term.country),
        role=part.scan.text[slice(*part.scan.quote(role.first, role.last))] if role else None,
        country=term.country,
        first=hit.first,
        last=hit.last,
        name=hit.first,
        end=role.last if role else hit.last,
        known=True,
        sure=role is not None,
    )


def _after_role(part: Part, sentence: Sentence, role: TermHit, known: dict[int, TermHit]) -> Mention | None:
    """The person whose name follows an office."""
    scan = part.scan
    first = role.last + 1
    if first >= sentence.stop or clause_breaks(scan, first) or scan.tokens[role.last].possessive:
        return None
    country = role.payload.country or _nationality(sentence, role)
    official = known.get(first)
    if official is not None:
        last, family, home = official.last, official.payload.value, official.payload.country
    else:
        end = name_end(sentence, first)
        if end is None or word(scan, first) in _COMMON:
            return None
        last, family, home = end, family_name(scan, first, end, country), country
    office = role.first - 1 if word(scan, role.first - 1) in {"former", "ex"} else role.first
    return Mention(
        part=part,
        sentence=sentence,
        family=family,
        full=display_name(scan, first, last, family, home),
        role=scan.text[slice(*scan.quote(office, role.last))],
        country=country or home,
        first=office,
        last=last,
        name=first,
        end=last,
        known=official is not None,
        sure=True,
    )


def _nationality(sentence: Sentence, role: TermHit) -> str | None:
    """The country an office is given: "Chinese Vice Premier", "Japan's trade minister"."""
    tables: tuple[Table, ...] = ("adjective", "country", "government")
    for table in tables:
        for hit in sentence.hits(table):
            if hit.last == role.first - 1:
                return hit.payload.value
    return None


def _role_after(scan: Scan, sentence: Sentence, last: int) -> TermHit | None:
    """The office that stands after a name and a comma: "Greer, the US trade representative"."""
    if last + 1 >= sentence.stop or "," not in between(scan, last + 1):
        return None
    first = last + 2 if word(scan, last + 1) in {"the", "a"} else last + 1
    for role in sentence.hits("role"):
        closed = role.last + 1 >= sentence.stop or clause_breaks(scan, role.last + 1)
        inside = any(clause_breaks(scan, at) for at in range(last + 2, role.first))
        if role.first in {first, first + 1} and closed and not inside:
            return role
    return None


def _of_countries(part: Part, sentence: Sentence, taken: set[int]) -> Iterator[Mention]:
    """Leaders named by their country: "South Korea's Lee"."""
    scan = part.scan
    for hit in sentence.hits("country"):
        at = hit.last + 1
        families = OF_COUNTRIES.get(hit.payload.value, frozenset())
        if at >= sentence.stop or at in taken or not scan.tokens[hit.last].possessive:
            continue
        name = scan.tokens[at]
        if name.capital and name.word in families and not _goes_on(sentence, at + 1):
            taken.add(at)
            yield Mention(
                part=part, sentence=sentence, family=name.text, full=name.text, role=None, country=hit.payload.value,
                first=at, last=at, name=at, end=at, known=True, sure=True,
            )  # fmt: skip


def _goes_on(sentence: Sentence, at: int) -> bool:
    """Whether a longer name goes on at token `at`: "Britain's May Day"."""
    scan = sentence.scan
    if at >= sentence.stop or clause_breaks(scan, at) or scan.tokens[at].word in FINITE:
        return False
    return scan.tokens[at].capital and not titled(sentence)


def _names_owner(sentence: Sentence) -> bool:
    """Whether an institution or a country has something: it may be a person."""
    scan = sentence.scan
    if any(token.possessive and token.word in _INSTITUTIONS for token in sentence.tokens):
        return True
    return any(scan.tokens[hit.last].possessive for hit in sentence.hits("country"))


def _of_institutions(part: Part, sentence: Sentence, taken: set[int]) -> Iterator[Mention]:
    """People named by where they sit: "the ECB's Rehn says", "… - Fed's Kaplan"."""
    scan = part.scan
    for at in range(sentence.first, sentence.stop - 1):
        token, name = scan.tokens[at], scan.tokens[at + 1]
        if not (token.possessive and token.word in _INSTITUTIONS) or at + 1 in taken or not name.capital:
            continue
        end = name_end(sentence, at + 1)
        if end is None or end > at + 3 or any(scan.tokens[place].word in _COMMON for place in range(at + 1, end + 1)):
            continue
        following = word(scan, end + 1) if end + 1 < sentence.stop else ""
        if following and following not in SAYING and (titled(sentence) or following not in FINITE):
            continue
        family = scan.tokens[end].text
        yield Mention(
            part=part, sentence=sentence, family=family, full=family, role=None, country=None,
            first=at + 1, last=end, name=at + 1, end=end,
        )  # fmt: skip
