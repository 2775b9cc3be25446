"""Officials and chiefs who act or speak, with their office where the text states it.

A name is taken from an office before it ("Treasury Secretary Scott Bessent"), an office after it ("Greer, the US
trade representative"), or the list of known officials. It counts where the person does something: it is no
possession ("Trump's tariffs"), no label ("Trump officials"), and not merely who is spoken of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from bot.model import Person
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import ACTS, FAMILY_FIRST, NAME_PARTICLES, SPEECH
from bot.signals.facts.clauses import between, clause_breaks, word
from bot.signals.lexicon import Scan, Table, TermHit
from bot.signals.tokens import word_set

MAX_NAME = 4  # tokens of a name
MAX_ADVERBS = 2  # between a name and its verb: "Bessent also repeatedly said"
MAX_SUBJECT = 12  # tokens of a list of names before their verb

_OBJECT_AFTER = word_set("of under for against about from on like than over as toward towards around into")
_COUNTERPART_AFTER = word_set("with to and meet meets met meeting tells told")
_SPOKEN = word_set("warning remarks comments statement announcement decision pledge visit trip speech call")
_SAYS = frozenset({"says", "said", "say"})
_HONORIFICS = word_set("president mr ms mrs secretary minister chair chairman premier chancellor")
_FAMILY_FIRST_COUNTRIES = frozenset({"CN", "KR", "KP", "VN", "TW", "HK"})
_TITLED = 0.75  # share of capitalised words from which a sentence is written in title case


@dataclass(frozen=True)
class Mention:
    """A person named at tokens `first` to `last`, office included."""

    part: Part
    sentence: Sentence
    family: str
    full: str  # as a reader expects the name: "He Lifeng", else the family name
    role: str | None
    country: str | None
    first: int
    last: int
    name: int  # the first token of the name itself
    known: bool = False  # an official of the lexicon
    sure: bool = False  # the office or the given name stands with it

    @cached_property
    def acts(self) -> bool:
        """Whether the person does or says something here."""
        scan = self.part.scan
        if scan.tokens[self.last].possessive:
            return word(scan, self.last + 1) in _SPOKEN
        if self.object or word(scan, self.last + 1) in {"administration", "officials", "era", "team", "aides"}:
            return False
        if self.sure:
            return self.after not in {"with", "to"}
        return self._has_verb() or self._is_credited()

    @cached_property
    def after(self) -> str:
        """The word before the mention, in its clause."""
        if self.first == self.sentence.first:
            return ""
        return word(self.part.scan, self.first - 1)

    @cached_property
    def object(self) -> bool:
        """Whether the mention only says whose, about whom or from whom something is."""
        return self.after in _OBJECT_AFTER

    @cached_property
    def counterpart(self) -> bool:
        """Whether the mention is whom somebody else meets: "talks with Vice Premier He Lifeng"."""
        return self.after in _COUNTERPART_AFTER and not self.part.scan.tokens[self.last].possessive

    def _has_verb(self) -> bool:
        """Whether a verb follows, through adverbs and other listed names."""
        scan = self.part.scan
        stop = min(self.last + 1 + MAX_SUBJECT, self.sentence.stop)
        people = {at for hit in scan.within("person", self.last + 1, stop) for at in range(hit.first, hit.last + 1)}
        adverbs = 0
        for at in range(self.last + 1, stop):
            here = word(scan, at)
            if here in ACTS:
                return True
            if at in people or (here == "and" and at + 1 in people):
                continue
            if adverbs < MAX_ADVERBS and (here.endswith("ly") or here in {"also", "again", "then", "now", "both"}):
                adverbs += 1
                continue
            return False
        return False

    def _is_credited(self) -> bool:
        """Whether the mention says who said it: "…, says Trump", "… - Powell", "Bessent: …"."""
        scan = self.part.scan
        at_end = self.last + 1 == self.sentence.stop
        before, behind = between(scan, self.first), between(scan, self.last + 1) if not at_end else ""
        if self.after in _SAYS or (self.first == self.sentence.first and behind.startswith(":")):
            return True
        return at_end and self.first > self.sentence.first and any(mark in before for mark in ":-–—")


def find_mentions(document: Document) -> list[Mention]:
    """Every person named in the text, acting or not, in order."""
    mentions: list[Mention] = []
    for part, sentence in document.sentences():
        mentions.extend(sorted(_sentence_mentions(part, sentence), key=lambda mention: mention.first))
    roles = {mention.family: mention.role for mention in reversed(mentions) if mention.role}
    return [replace(mention, role=mention.role or roles.get(mention.family)) for mention in mentions]


def find_persons(mentions: list[Mention], countries: frozenset[str]) -> Iterator[Person]:
    """Who acts or speaks. Who is only met counts where his government is a party (one of `countries`)."""
    for mention in mentions:
        met = mention.counterpart and mention.country in countries and bool(mention.sentence.hits("meeting"))
        if mention.acts or met:
            yield Person(value=mention.family, role=mention.role, span=mention.part.span(mention.first, mention.last))


def _sentence_mentions(part: Part, sentence: Sentence) -> Iterator[Mention]:
    scan = part.scan
    known = {hit.first: hit for hit in sentence.hits("person")}
    taken: set[int] = set()
    for role in sentence.hits("role"):
        mention = _after_role(part, sentence, role, known)
        if mention is not None and mention.name not in taken:
            taken.update(range(mention.name, mention.last + 1))
            yield mention
    for first, hit in known.items():
        if first not in taken and not _inside_name(scan, sentence, hit):
            taken.update(range(first, hit.last + 1))
            yield _known(part, sentence, hit)


def _inside_name(scan: Scan, sentence: Sentence, hit: TermHit) -> bool:
    """Whether a bare family name is the end of somebody else's full name: "Eric Trump"."""
    if hit.payload.full_name or hit.first <= sentence.first + 1 or _titled(sentence):
        return False
    before = scan.tokens[hit.first - 1]
    return (
        before.capital
        and not before.possessive
        and before.word not in _HONORIFICS
        and not clause_breaks(scan, hit.first)
    )


def _known(part: Part, sentence: Sentence, hit: TermHit) -> Mention:
    term = hit.payload
    role = _role_after(part.scan, sentence, hit.last)
    return Mention(
        part=part,
        sentence=sentence,
        family=term.value,
        full=_display(part.scan, hit.first, hit.last, term.value, term.country),
        role=role,
        country=term.country,
        first=hit.first,
        last=hit.last,
        name=hit.first,
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
        end = _name_end(scan, sentence, first)
        if end is None:
            return None
        last, family, home = end, _family(scan, first, end, country), country
    return Mention(
        part=part,
        sentence=sentence,
        family=family,
        full=_display(scan, first, last, family, home),
        role=scan.text[slice(*scan.quote(role.first, role.last))],
        country=country or home,
        first=role.first,
        last=last,
        name=first,
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


def _name_end(scan: Scan, sentence: Sentence, at: int) -> int | None:
    """The last token of the name that begins at `at`; None where there is none, or its end is not clear."""
    titled = _titled(sentence)
    last = None
    for place in range(at, min(at + MAX_NAME, sentence.stop)):
        token = scan.tokens[place]
        if place > at and clause_breaks(scan, place):
            break
        if token.word in ACTS or (titled and token.word in SPEECH):
            return last
        if token.number or not (token.capital or token.word in NAME_PARTICLES):
            break
        last = place
        if token.possessive:
            return last
    else:
        return None if titled else last
    if titled and last is not None and last + 1 < sentence.stop and not clause_breaks(scan, last + 1):
        return None
    return last if last is not None and scan.tokens[last].word not in NAME_PARTICLES else None


def _family(scan: Scan, first: int, last: int, country: str | None) -> str:
    """The family name of the name at `first` to `last`."""
    words = [token.word for token in scan.tokens[first : last + 1]]
    eastern = country is None or country in _FAMILY_FIRST_COUNTRIES
    if eastern and len(words) > 1 and words[0] in FAMILY_FIRST:
        return scan.tokens[first].text
    start = next((place for place in range(first + 1, last) if word(scan, place) in NAME_PARTICLES), last)
    while start > first and between(scan, start) == "-":
        start -= 1
    return scan.text[slice(*scan.quote(start, last))]


def _display(scan: Scan, first: int, last: int, family: str, country: str | None) -> str:
    """The name as readers know it: in full where the family name stands first, else the family name."""
    full = scan.text[slice(*scan.quote(first, last))]
    eastern = country is None or country in _FAMILY_FIRST_COUNTRIES
    return full if eastern and last > first and full.startswith(family) else family


def _role_after(scan: Scan, sentence: Sentence, last: int) -> str | None:
    """The office that stands after a name and a comma: "Greer, the US trade representative"."""
    if last + 1 >= sentence.stop or "," not in between(scan, last + 1):
        return None
    first = last + 2 if word(scan, last + 1) in {"the", "a"} else last + 1
    for role in sentence.hits("role"):
        if role.first in {first, first + 1} and not any(
            clause_breaks(scan, at) for at in range(last + 2, role.first)
        ):
            return scan.text[slice(*scan.quote(role.first, role.last))]
    return None


def _titled(sentence: Sentence) -> bool:
    """Whether a sentence is written In Title Case, where capitals say nothing about names."""
    words = [token for token in sentence.tokens if len(token.word) > 3 and not token.number]
    return len(words) > 3 and sum(token.capital for token in words) / len(words) >= _TITLED
