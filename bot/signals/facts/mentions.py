"""A person named in a text, and whether he or she acts there.

The person does or says something: it is no possession ("Trump's tariffs"), no label ("Trump officials"), and not
merely who is spoken of, asked or expected to act.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bot.signals.document import Part, Sentence
from bot.signals.english import ADVERBS, BASES, FINITE, PASTS, PREPOSITIONS, PROGRESSIVES, VERBS
from bot.signals.facts.clauses import between, clause_breaks, word
from bot.signals.facts.names import OF_COUNTRIES
from bot.signals.facts.unlisted import OPENERS, may_be_verb
from bot.signals.lexicon import Scan, Table
from bot.signals.tokens import word_set

MAX_ADVERBS = 2  # between a name and its verb: "Bessent also repeatedly said"
MAX_SUBJECT = 12  # tokens of a list of names before their verb
MAX_INTRODUCTION = 4  # words before a name that opens with a colon: "White House trade adviser Navarro: ..."
MAX_EVENT = 6  # words of the event at which somebody speaks
MAX_MODIFIERS = 4  # between a name and what the person said: "Trump's 100% China tariff threat"

_OBJECT_AFTER = word_set(
    "of under for against about from on like than over toward towards around into between versus vs by with to "
    "amid through despite without behind per beyond via not"
)
_COUNTERPART_AFTER = word_set("with to and meet meets met meeting tells told")
_GUESS_AFTER = word_set(
    "expect expects hope hopes fear fears think thinks believe believes bet bets wants want see sees if"
)
_STATES_BEING = word_set("is are was were isn't wasn't aren't")
_DUE = word_set("set due scheduled ready prepared poised about")  # "is due to meet"
_BEFORE_OFFICE = word_set("new top senior outgoing acting veteran then incoming")
_HAVE = word_set("has have had")
# What a person says or decides, as a noun: "Bessent's warning", "Powell speech".
_SAID = word_set(
    "warning warnings remarks comments comment statement announcement decision pledge visit trip speech call "
    "threat threats vow promise testimony tweet tweets refusal demand demands claim claims order offer push plan "
    "plans resignation proposal bid veto"
)
_SAID_BARE = word_set("speech comments remarks testimony tweets warning press")
_NOT_WHO = word_set("administration officials era team aides admin official appointee ally allies adviser advisers")
_AFTER_QUOTE = word_set("as and while who but when it he she they there")
_SAYS = frozenset({"says", "said", "say", "citing", "cites", "per"})
# Participles that are done to somebody: "Trump expected to", "Trump named in".
_DONE_TO = word_set(
    "expected seen named forced urged asked told pressed accused likely set poised sworn charged blamed elected "
    "sued hit slammed criticised criticized praised ousted fired appointed picked tapped nominated pictured "
    "quoted booed indicted ordered sentenced jailed arrested banned barred freed convicted invited"
)


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
    end: int  # the last token of an office that stands behind the name, else `last`
    known: bool = False  # an official of the lexicon
    sure: bool = False  # the office or the given name stands with it

    @cached_property
    def acts(self) -> bool:
        """Whether the person does or says something here."""
        scan = self.part.scan
        if scan.tokens[self.last].possessive:
            return self._said_as_noun(_SAID, MAX_MODIFIERS)
        if self.is_label:
            return False
        if self.credited:
            return True
        if self.known and self._said_as_noun(_SAID_BARE, 0):
            return True
        return not self._is_object() and self._has_verb()

    @cached_property
    def is_label(self) -> bool:
        """Whether the name only says whose somebody is: "Trump officials", "Trump-backed"."""
        scan, at = self.part.scan, self.last + 1
        if word(scan, at) in _NOT_WHO:
            return True
        return between(scan, at) == "-" and bool(word(scan, at)) and not scan.tokens[at].capital

    @cached_property
    def after(self) -> str:
        """The word before the mention, or before the list of names in which it stands, in its sentence."""
        at = self._list_start()
        return word(self.part.scan, at - 1) if at > self.sentence.first else ""

    def _list_start(self) -> int:
        """The first token of the list of names that ends with this one: "Trump, Xi", "Trump and Xi"."""
        scan, start = self.part.scan, self.first
        people = {hit.last: hit.first for hit in self.sentence.hits("person")}
        tables: tuple[Table, ...] = ("country", "adjective", "place")  # "New York attorney general"
        states = {hit.last: hit.first for table in tables for hit in self.sentence.hits(table)}
        while start > self.sentence.first:
            if word(scan, start - 1) in _BEFORE_OFFICE:
                start -= 1
                continue
            if start - 1 in states:  # "Chinese Vice Premier", "China's Xi"
                start = states[start - 1]
                continue
            before = start - 1 - (word(scan, start - 1) == "and")
            if before not in people or between(scan, before + 1).strip() not in {"", ",", "-"}:
                break
            start = people[before]
        return start

    @cached_property
    def counterpart(self) -> bool:
        """Whether the mention is whom somebody else meets: "talks with Vice Premier He Lifeng"."""
        return self.after in _COUNTERPART_AFTER and not self.part.scan.tokens[self.last].possessive

    def _is_object(self) -> bool:
        """Whether something is about, from or asked of the person: "against Trump", "asks Powell to resign"."""
        scan = self.part.scan
        if not self.after or clause_breaks(scan, self._list_start()):
            return False
        if self.after in _OBJECT_AFTER or self.after in _GUESS_AFTER:
            return True
        return self.after in VERBS and word(scan, self.end + 1) == "to"

    def _said_as_noun(self, nouns: frozenset[str], modifiers: int) -> bool:
        """Whether what follows the name is what the person said: "Bessent's warning", "Powell's rate remarks"."""
        scan = self.part.scan
        for at in range(self.last + 1, min(self.last + 2 + modifiers, self.sentence.stop)):
            if clause_breaks(scan, at):
                return False
            here = word(scan, at)
            if here in nouns:
                return True
            if here in FINITE or here in _NOT_WHO:
                return False
        return False

    def _has_verb(self) -> bool:
        """Whether a verb follows, through adverbs and other listed names."""
        scan = self.part.scan
        stop = min(self.end + 1 + MAX_SUBJECT, self.sentence.stop)
        people = _tokens_of_names(scan, self.end + 1, stop)
        adverbs, listed = 0, self._list_start() < self.first
        for at in range(self.end + 1, stop):
            here, gap = word(scan, at), between(scan, at)
            if any(mark in gap for mark in ":;—–|(") or " - " in gap:
                return False
            if at in people or (here == "and" and (at + 1 in people or self._joins_stranger(at))):
                listed = True
                continue
            if listed and here not in FINITE and word(scan, at - 1) == "and" and scan.tokens[at].capital:
                continue
            if here == "ready" or (here == "at" and self._says_at(at)):  # "Trump ready for", "Powell at summit says"
                return True
            if here in FINITE or (here in BASES and listed) or (here in PROGRESSIVES and not clause_breaks(scan, at)):
                return self._is_active(at)
            if adverbs < MAX_ADVERBS and (here.endswith("ly") or here in ADVERBS):
                adverbs += 1
                continue
            return not gap.strip() and self._opens_clause() and may_be_verb(self.sentence, at, plural=listed)
        return False

    def _opens_clause(self) -> bool:
        """Whether nothing leads to the name, or to the list in which it stands, but "as" and its like."""
        return not self.after or self.after in OPENERS or clause_breaks(self.part.scan, self._list_start())

    def _joins_stranger(self, at: int) -> bool:
        """Whether "and" at token `at` joins a name that no table holds: "Carney and Nenshi to meet"."""
        scan = self.part.scan
        return word(scan, at + 2) == "to" and scan.tokens[at + 1].capital and word(scan, at + 3) in BASES

    def _says_at(self, at: int) -> bool:
        """Whether what follows "at" some event, at most a few words on, is what the person says there."""
        scan = self.part.scan
        for place in range(at + 1, min(at + 1 + MAX_EVENT, self.sentence.stop)):
            here = word(scan, place)
            if clause_breaks(scan, place) or any(hit.first == place for hit in self.sentence.hits("person")):
                return False
            if here in FINITE:
                return here in {"says", "said", "warns", "calls", "urges"}
        return False

    def _is_active(self, at: int) -> bool:
        """Whether the verb at token `at` is what the person does, not what is done to the person."""
        here, following = word(self.part.scan, at), word(self.part.scan, at + 1)
        if here == "to":
            return following in BASES or following.endswith("ly") or following in ADVERBS
        if here in _STATES_BEING or here in _HAVE:
            ahead = [word(self.part.scan, place) for place in range(at + 1, min(at + 4, self.sentence.stop))]
            forms = PROGRESSIVES if here in _STATES_BEING else PASTS
            due = len(ahead) > 1 and ahead[0] in _DUE and ahead[1] == "to"
            return due or any(said in forms for said in ahead[:2])
        if here in _DONE_TO and following in {"to", "in", "by", "as", "of", "over", "for", "with"}:
            return here == "set" and following == "to"
        return not (here.endswith("ed") and following == "by")

    @cached_property
    def beside_meeting(self) -> bool:
        """Whether the person is named as one who meets: "Trump-Xi summit", "after Xi Jinping meeting"."""
        scan, at = self.part.scan, self.last + 1
        people = {hit.first: hit.last for hit in self.sentence.hits("person")}
        while at in people or (word(scan, at) == "and" and at + 1 in people):
            at = people.get(at, at) + 1
        meets = {hit.first for hit in self.sentence.hits("meeting")}
        return at in meets and word(scan, at) not in {"meets", "met"} and not clause_breaks(scan, at)

    @cached_property
    def credited(self) -> bool:
        """Whether the mention says who said it: "…, says Trump", "… - Powell", "Bessent: …"."""
        scan, first = self.part.scan, self.first
        if self.after in _SAYS and self._closes_quote():
            return True
        stop = self.end + 1 == self.sentence.stop
        behind = "" if stop else between(scan, self.end + 1)
        if first == self.sentence.first and self._titles_a_quote():
            return True
        if behind.startswith(":") and first - self.sentence.first <= MAX_INTRODUCTION:
            words = [word(scan, at) for at in range(self.sentence.first, first)]
            if not any(here in FINITE or here in PREPOSITIONS or here in PROGRESSIVES for here in words):
                return True
        while (
            first - 1 > self.sentence.first and scan.tokens[first - 1].possessive and not clause_breaks(scan, first)
        ):
            first -= 1  # ": Germany's Altmaier", ": U.S. Treasury's Mnuchin"
        before = between(scan, first)
        marked = first > self.sentence.first and (":" in before or any(mark in before for mark in (" -", "–", "—")))
        return marked and (stop or ":" in behind or " -" in behind or word(scan, self.end + 1) in {"on", "to"})

    def _closes_quote(self) -> bool:
        """Whether nothing of the name's own follows: "says Trump", not "says Trump tariffs hurt"."""
        scan, at = self.part.scan, self.end + 1
        if at >= self.sentence.stop or clause_breaks(scan, at) or not between(scan, at).isspace():
            return True
        return word(scan, at) in PREPOSITIONS or word(scan, at) in _AFTER_QUOTE

    def _titles_a_quote(self) -> bool:
        """ "Trump on China: 'They called us'"."""
        scan = self.part.scan
        if word(scan, self.end + 1) != "on":
            return False
        for at in range(self.end + 2, min(self.end + 10, self.sentence.stop)):
            if ":" in between(scan, at):
                return any(mark in between(scan, at) for mark in "'‘\"“")
        return False


def _tokens_of_names(scan: Scan, first: int, stop: int) -> set[int]:
    """The tokens of names and offices between `first` and `stop`: "and US Trade Representative Jamieson Greer"."""
    tables: tuple[Table, ...] = ("person", "role", "adjective")
    found = {
        at for table in tables for hit in scan.within(table, first, stop) for at in range(hit.first, hit.last + 1)
    }
    for hit in scan.within("country", first, stop):  # "and North Korea's Kim"
        named = hit.last + 1 in found or word(scan, hit.last + 1) in OF_COUNTRIES.get(hit.payload.value, frozenset())
        if scan.tokens[hit.last].possessive and named:
            found.update(range(hit.first, hit.last + 2))
    return found
