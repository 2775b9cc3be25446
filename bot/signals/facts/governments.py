"""Whether a country's name is its government: by what stands around it.

"Canada imposes", "Chinese officials", "tariffs on Brazil", "US-China tensions" speak of governments; "US retail
giants", "over Taiwan comments" and "China-owned" do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.signals.document import Part, Sentence
from bot.signals.english import (
    ACT_NOUNS,
    ADVERBS,
    BASES,
    FINITE,
    GOODS,
    MODALS,
    PREPOSITIONS,
    PRIVATE_NOUNS,
    PROGRESSIVES,
    STATE_NOUNS,
)  # fmt: skip
from bot.signals.facts.clauses import between, clause_breaks, word, word_after
from bot.signals.facts.unlisted import may_be_verb
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

MAX_MODIFIERS = 4  # words between a name and the measure it modifies: "Chinese retaliatory 25% steel tariffs"
MAX_ADVERBS = 2  # between a name and its verb
BARRIER_REACH = 6  # tokens before "on Brazil" in which the measure that falls on it ends

# --- verbs of the name: "Canada imposes" ---
# "Demands China slash": who stands before makes a plain form a verb of the name.
_HAVE_IT = word_set("insist demands demand wants lets says insists asks makes sees helps hopes")
_INTENDS = word_set("set likely unlikely ready poised close eager keen willing determined due about prepared able")
_FEELINGS = word_set("worries fears concerns bets woes hopes doubts risks")  # nouns, unless "to" or "for" follows
_BEING = word_set("is are was were has had remains remain becomes became looks seems")
_DOING = PROGRESSIVES - word_set(
    "trading spending meeting ruling holding building testing opening lending sitting standing"
)
_CONJUNCTIONS = word_set("as after before since while until with when if because but and")

# --- verbs and prepositions that lead to the name: "warns Canada", "talks with Canada" ---
_ADDRESSES = word_set(
    "assures reassures calls labels brands designates names declares keeps leaves warns warned tells told urges "
    "urged accuses accused presses asks"
)
_STRIKES = word_set(
    "threatens threatened hits hit targets targeted slams blasts sanctions punishes attacks strikes bombs"
)
_RELATIONS = (
    _ADDRESSES
    | _STRIKES
    | word_set(
        "with against between at threaten target targeting blames versus vs hitting exempts exempt punish "
        "slam slaps ask wants blacklists pressures pressure sues backs supports joins helps than invades "
        "courts beats offers gives grants invites thanks praises rebukes criticises criticizes condemns"
    )
)
# What "on Brazil" falls from, beside measures: "pressure on".
_FALLS = word_set(
    "pressure war attack attacks crackdown curbs ban strikes blockade squeeze heat focus rate rates levy duty tax"
)

_STRIKING = frozenset({"tariff", "sanction", "quota", "export-control", "import-ban"})

# --- nouns of the name: "Chinese officials" ---
_MODIFIERS = word_set("top senior vice deputy new own trade economic foreign commerce finance chief former")
_TRADED = word_set("imports exports goods products")
_FIGURES = word_set(
    "deficit surplus gap balance data figures bonds debt bloc growth orders volumes prices slump boom rush sector"
)  # "US trade deficit"
_NOT_GOVERNMENT = word_set("post times journal dc d.c based consensus area state born bureau correspondent")
# What stands between two governments: "US-China tensions".
BETWEEN_NOUNS = word_set(
    "tension tensions relations relationship ties war wars dispute spat row friction frictions rift clash "
    "conflict standoff feud summit border fight battle talks trade deal agreement meeting accord pact truce "
    "tariff tariffs thaw rivalry alliance negotiations fta detente nuclear economic call showdown"
)
_NOT_A_NOUN = (
    PREPOSITIONS
    | FINITE
    | MODALS
    | word_set("and or but as if while that which who when not is are was were after before until amid because")
)
_NOT_ITS_NOUN = PRIVATE_NOUNS | _NOT_GOVERNMENT
_LEADING = word_set("the both all")


@dataclass(frozen=True, slots=True)
class Context:
    """A sentence, and what it says beside its names."""

    part: Part
    sentence: Sentence
    measures: frozenset[int]  # where a tariff, deal, talks or the like is spoken of

    @classmethod
    def of(cls, part: Part, sentence: Sentence) -> Context:
        trade = (hit for hit in sentence.hits("measure") if hit.payload.value not in ("rate-decision", "ruling"))
        return cls(part, sentence, frozenset(hit.first for hit in trade))

    @property
    def scan(self) -> Scan:
        return self.part.scan

    @property
    def measured(self) -> bool:
        """Whether trade is spoken of."""
        text = self.sentence.text.casefold()
        return bool(self.measures) or "trade" in text or "dumping" in text

    def names(self) -> Iterator[TermHit]:
        yield from self.sentence.hits("country")
        yield from self.sentence.hits("government")
        yield from self.sentence.hits("adjective")

    def before(self, hit: TermHit) -> str:
        """The word before a name, over "the" and "both", in the same clause."""
        at = hit.first - 1
        while at >= self.sentence.first and word(self.scan, at) in _LEADING:
            at -= 1
        if at < self.sentence.first or clause_breaks(self.scan, hit.first):
            return ""
        return word(self.scan, at)

    def behind(self, hit: TermHit) -> str:
        """The characters between a name and the next word."""
        return between(self.scan, hit.last + 1) if hit.last + 1 < self.sentence.stop else ""


def is_office(context: Context, hit: TermHit) -> bool:
    """Whether the name of an office or palace speaks for its government: "White House", not "White House stocks"."""
    return word_after(context.sentence, hit.last) not in _NOT_ITS_NOUN


def is_government(context: Context, hit: TermHit) -> bool:
    """Whether the name of a country or capital is its government here."""
    following = word_after(context.sentence, hit.last)
    if not context.measured and (following in _BEING or word(context.scan, hit.first) == "europe"):
        return False
    if context.scan.tokens[hit.last].possessive:
        return _owns(context, hit)
    if following in _NOT_ITS_NOUN or (context.behind(hit).startswith("-") and not _paired(context, hit)):
        return False  # "US stocks", "China-owned"
    if _acts(context, hit) or has_state_noun(context, hit) or _paired(context, hit):
        return True
    return _is_acted_on(context, hit, following)


def _owns(context: Context, hit: TermHit) -> bool:
    """Whether what the name owns makes it one: "China's Xi", "China's offer", "threatens Colombia's alliance"."""
    if any(other.first == hit.last + 1 for other in context.sentence.hits("person")) or has_state_noun(context, hit):
        return True
    return context.part.field == "title" and context.before(hit) in _STRIKES


# --- what it does -------------------------------------------------------------------------------------------


def _acts(context: Context, hit: TermHit) -> bool:
    """Whether a verb of the name follows: "Canada imposes", "China to halt", "US again rejects"."""
    scan, before = context.scan, context.before(hit)
    if (
        before in PREPOSITIONS and before not in _CONJUNCTIONS
    ):  # not "over Taiwan comments", but "for the US to ratify"
        to = before in {"for", "on"} and word(scan, hit.last + 1) == "to"
        return to and word(scan, hit.last + 2) in BASES
    if context.behind(hit).strip() or not word_after(context.sentence, hit.last):
        return False
    at = _over_adverbs(context, hit.last + 1)
    here, following = word(scan, at), word(scan, at + 1)
    if here == "to":
        return following in BASES or following.endswith("ly")
    if here in _INTENDS and following == "to":
        return True
    if here in _FEELINGS:
        return following in {"to", "for", "that", "it", "over"} and here != "worries"
    if here in FINITE or here in MODALS or here in _DOING:
        return True
    opens = hit.first == context.sentence.first and hit.payload.table == "country"
    if opens and at == hit.last + 1 and _is_unlisted_verb(context, at):
        return True
    return here in BASES and (_ends_list(context, hit) or word(scan, hit.first - 1) in _HAVE_IT)


def _is_unlisted_verb(context: Context, at: int) -> bool:
    """Whether a verb that no list holds stands at `at`, before its object: "Peru frees 40 miners"."""
    here, following = word(context.scan, at), word_after(context.sentence, at)
    if here in PRIVATE_NOUNS or here in GOODS or here in _NOT_A_NOUN or not following:
        return False
    if following in BASES or following in PROGRESSIVES or following in PREPOSITIONS or following in _CONJUNCTIONS:
        return False
    return may_be_verb(context.sentence, at, plural=False)


def _over_adverbs(context: Context, at: int) -> int:
    last = min(context.sentence.stop - 1, at + MAX_ADVERBS)
    while at < last and (word(context.scan, at).endswith("ly") or word(context.scan, at) in ADVERBS):
        at += 1
    return at


def _ends_list(context: Context, hit: TermHit) -> bool:
    """Whether the name ends a list of names: "the US and China agree"."""
    before = hit.first - 1 - (word(context.scan, hit.first - 1) in {"and", "the"})
    return any(other.last == before for other in context.names() if other.payload.table != "adjective")


# --- what it has --------------------------------------------------------------------------------------------


def has_state_noun(context: Context, hit: TermHit) -> bool:
    """Whether what follows is a government's: "Chinese officials", "US tariffs", "China's offer"."""
    scan = context.scan
    following, second = _noun_after(context, hit), word(scan, hit.last + 2)
    if second in _FIGURES and following in {"trade", "government", "export", "import"}:
        return False
    if following in PRIVATE_NOUNS and following not in GOODS:
        return False
    if following in STATE_NOUNS:
        return True
    if context.measured and (following in GOODS or second in _TRADED):
        return True
    if following in ACT_NOUNS and (scan.tokens[hit.last].possessive or hit.payload.table == "adjective"):
        return True
    return _modifies_measure(context, hit)


def _noun_after(context: Context, hit: TermHit) -> str:
    """The noun a name modifies, over words such as "top" and "trade" that a government's noun may follow."""
    at = hit.last + 1
    if at >= context.sentence.stop or clause_breaks(context.scan, at):
        return ""
    while at + 1 < context.sentence.stop and word(context.scan, at) in _MODIFIERS:
        following = word(context.scan, at + 1)
        if not (
            following in STATE_NOUNS or following in PRIVATE_NOUNS or following in GOODS or following in _MODIFIERS
        ):
            break
        at += 1
    return word(context.scan, at)


def _modifies_measure(context: Context, hit: TermHit) -> bool:
    """Whether a measure follows that is the name's own: "Chinese auto tariffs", "US 25% steel tariffs"."""
    for at in range(hit.last + 1, min(hit.last + 2 + MAX_MODIFIERS, context.sentence.stop)):
        if at in context.measures:
            return True
        here = word(context.scan, at)
        if clause_breaks(context.scan, at) or here in _NOT_A_NOUN or here in PRIVATE_NOUNS:
            return False
    return False


def _paired(context: Context, hit: TermHit) -> bool:
    """Whether two governments stand joined before what is between them: "US-China tensions"."""
    scan = context.scan
    others = [other for other in context.names() if other.payload.value != hit.payload.value]
    for other in others:
        first, second = sorted((hit, other), key=lambda name: name.first)
        if first.last + 1 == second.first and "-" in between(scan, second.first):
            return word(scan, second.last + 1) in BETWEEN_NOUNS
    return False


# --- what is done to it -------------------------------------------------------------------------------------


def _is_acted_on(context: Context, hit: TermHit, following: str) -> bool:
    """Whether something leads to the name: "warns Canada", "talks with Canada", "tariffs on Canada"."""
    before = context.before(hit)
    if before in _ADDRESSES:
        return not following.endswith("s") or following in FINITE
    if following in {"with", "for"} and _is_struck_with(context, hit.last + 2):
        return True
    at = hit.last + 1
    number = at < context.sentence.stop and context.scan.tokens[at].number
    if following and following not in _NOT_A_NOUN and not number:
        return False  # an adjective: "US retail giants"
    if before == "on":
        return _falls_on(context, hit)
    if before in _RELATIONS:
        return True
    if before in {"from", "to"}:  # "exports to China" are only trade
        return context.measured and not (before == "to" and word(context.scan, hit.first - 2) in GOODS)
    if before in {"of", "for"} or hit.payload.table != "country" or context.part.field != "title":
        return False
    return context.measured and _opens_clause(context, hit)


def _is_struck_with(context: Context, at: int) -> bool:
    """Whether a barrier follows with which a verb strikes the name: "whacks Peru with 30% tariffs"."""
    barriers = (hit for hit in context.sentence.hits("measure") if hit.payload.value in _STRIKING)
    return any(at <= hit.first <= at + MAX_MODIFIERS for hit in barriers)


def _falls_on(context: Context, hit: TermHit) -> bool:
    """Whether "on" leads from a measure or pressure to the name: "tariffs on Brazil", not "deal on Greenland"."""
    called = word(context.scan, hit.first - 2)
    if called in _FALLS or (called.startswith("call") and word(context.scan, hit.last + 1) == "to"):
        return True
    return any(
        hit.first - BARRIER_REACH <= measure.last < hit.first
        for measure in context.sentence.hits("measure")
        if measure.payload.value not in ("deal", "talks")
    )


def _opens_clause(context: Context, hit: TermHit) -> bool:
    """Whether a name opens its clause, and is no heading or dateline."""
    if hit.first == context.sentence.first:
        return not context.behind(hit).startswith((":", " -", " –", " —", " |", "?"))
    return clause_breaks(context.scan, hit.first) and word_after(context.sentence, hit.last) != ""
