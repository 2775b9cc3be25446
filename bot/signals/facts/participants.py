"""Who takes part in a meeting beyond the names joined to its word: who acts or hosts, who "he" and "leaders" are."""

from __future__ import annotations

from bot.signals.document import Sentence
from bot.signals.english import ADVERBS, PREPOSITIONS, PRESENTS
from bot.signals.facts.attendance import OFFICES, Names, Seat, only_speaks, unique_seats
from bot.signals.facts.clauses import between, clause_breaks, word, word_after
from bot.signals.facts.held import MEETS
from bot.signals.facts.mentions import Mention
from bot.signals.facts.places import Place
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.lexicon import TermHit
from bot.signals.tokens import word_set

MAX_CONVENED = 4  # words between such a verb and the meeting: "chairs Gaza peace summit"
MAX_NAMED_AFTER = 7  # words between "after" and the meeting it leads to: "in first post-election meeting"
MAX_AUXILIARIES = 5  # words between "he" and his verb: "he will not only meet"

# Who does this to a meeting takes part in it: "to chair peace summit", "convenes meeting on".
_CONVENES = word_set(
    "chair chairs chaired convene convenes convened host hosts hosted attend attends attended hold holds held "
    "gathers gather join joins joined leads open opens opened kicks prepares arrives calls called orders ordered "
    "summons summoned sets schedules"
)
_EVENT = word_set("after before at in during following of amid")
_APART = word_set("as while before after ahead following amid when")
_SUMMIT = frozenset({"summit", "talks"})
_ALL_OF_THEM = word_set("leaders presidents two both premiers ministers sides")  # "as leaders meet"
_BEFORE_ALL = word_set("as when while after before until week days hours the where since day and")
MAX_TOPIC = 4  # words between "on" and a government that is spoken of: "talks on the war in Ukraine"
_ABOUT = word_set("on over about")
_HE = word_set("he she they he'll she'll they'll he’ll she’ll")
_TO_MEET = word_set("will to is are was were would due set planning going plans about has have had be again")


def seats_of_title(
    sentence: Sentence,
    hit: TermHit,
    joined: list[Seat],
    mentions: list[Mention],
    codes: set[str],
    place: Place | None,
) -> list[Seat]:
    """Who meets where a title joins at most one name to the word: "Starmer to hail ties in Modi meeting"."""
    pair = _all_of_them(sentence, hit, mentions)
    if pair:
        return pair
    if word(sentence.scan, hit.last) in MEETS:
        return _of_verb(sentence, hit, joined, mentions, codes, place)
    seats = _not_alone(sentence, hit, attending(sentence, mentions, codes, place))
    if joined and _is_topic(sentence, hit, joined[0]):  # "heads to Oslo for Gaza talks"
        others = [seat for seat in seats if seat.code != joined[0].code]
        return others[:1] if others and others[0].person is None else others or joined
    if not joined:
        return _with_object(sentence, hit, seats, mentions)
    if joined[0].person is None:  # "G20 meeting", "US meeting on Huawei", "summit with North Korean leader"
        with_it = word_after(sentence, hit.last) == "with"
        people = [seat for seat in seats if seat.person] if with_it else []
        return unique_seats([*people, *joined])
    people = [seat for seat in seats if seat.person]
    others = people if len(unique_seats([*people, *joined])) > 1 else _speakers(sentence, hit, mentions) or seats
    return unique_seats([*others, *joined])


def _not_alone(sentence: Sentence, hit: TermHit, seats: list[Seat]) -> list[Seat]:
    """Without a government that is alone and only stands by: "Israel's strikes go on as talks begin in Egypt"."""
    if len(seats) != 1 or seats[0].person is not None:
        return seats
    scan = sentence.scan
    names = (*sentence.hits("country"), *sentence.hits("government"), *sentence.hits("adjective"))
    first = min((name.last for name in names if name.payload.value == seats[0].code), default=hit.first)
    between = range(first + 1, hit.first)
    apart = any(word(scan, at) in _APART or clause_breaks(scan, at) for at in between)
    return [] if first >= hit.first or apart else seats


def _of_verb(
    sentence: Sentence,
    hit: TermHit,
    joined: list[Seat],
    mentions: list[Mention],
    codes: set[str],
    place: Place | None,
) -> list[Seat]:
    """Who "meets": the subject, "he" included, and whom the verb names."""
    he = _he(sentence, hit, mentions)
    if he is not None:
        return unique_seats([he, *joined])
    people = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and attends(mention, codes) and not only_speaks(mention)
    ]
    if not people or not joined:
        people += governments(sentence, codes, place, before=hit.first)
    return unique_seats([*people, *joined])


def _he(sentence: Sentence, hit: TermHit, mentions: list[Mention]) -> Seat | None:
    """Who "he" is in "Modi says he will meet": whoever acts before."""
    scan = sentence.scan
    at = hit.first - 1
    while at > sentence.first and hit.first - at <= MAX_AUXILIARIES and word(scan, at) in _TO_MEET | ADVERBS:
        at -= 1
    if word(scan, at) not in _HE:
        return None
    before = [m for m in mentions if m.sentence is sentence and m.last < at and m.acts]
    return Seat(before[-1], before[-1].country) if before else None


def _all_of_them(sentence: Sentence, hit: TermHit, mentions: list[Mention]) -> list[Seat]:
    """The two people named before of whom a title says that "the pair" or "leaders" meet."""
    scan = sentence.scan
    near = range(max(sentence.first, hit.first - 6), hit.first)
    named = any(word(scan, at) in {"pair", "duo"} for at in near) or (
        word(scan, hit.first - 1) in _ALL_OF_THEM and word(scan, hit.first - 2) in _BEFORE_ALL
    )
    if not named:
        return []
    people = [mention for mention in mentions if mention.sentence is sentence and mention.last < hit.first]
    seats = unique_seats([Seat(mention, mention.country) for mention in people])
    return seats if len(seats) == 2 else []


def _is_topic(sentence: Sentence, hit: TermHit, joined: Seat) -> bool:
    """Whether a country before "talks" is what they are about: who comes "for Ukraine talks" takes part."""
    scan = sentence.scan
    if joined.person is not None or joined.body is not None or word(scan, hit.first) != "talks":
        return False
    return any(word(scan, at) == "for" for at in range(max(sentence.first, hit.first - 3), hit.first))


def _with_object(sentence: Sentence, hit: TermHit, seats: list[Seat], mentions: list[Mention]) -> list[Seat]:
    """Who acts and on whom, where that is "in" or "before" their meeting: "Modi warns Xi in tense meeting"."""
    people = [seat for seat in seats if seat.person] or _speakers(sentence, hit, mentions)
    if len(people) != 1 or not is_event(sentence, hit):
        return seats
    struck = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence
        and mention.country not in (None, people[0].code)
        and mention.after in PRESENTS
        and not mention.part.scan.tokens[mention.last].possessive
    ]
    return [*people, *struck] if struck else seats


def is_event(sentence: Sentence, hit: TermHit) -> bool:
    """Whether the meeting is when something else happens: "after meeting", "in first post-election meeting"."""
    scan = sentence.scan
    return any(word(scan, at) in _EVENT for at in range(max(sentence.first, hit.first - MAX_NAMED_AFTER), hit.first))


def _speakers(sentence: Sentence, hit: TermHit, mentions: list[Mention]) -> list[Seat]:
    """Who speaks in a title of a meeting just named: "Carney says ties are better after Modi meeting"."""
    if not is_event(sentence, hit):
        opens = [m for m in mentions if m.sentence is sentence and m.first == sentence.first and m.credited]
        return [Seat(m, m.country) for m in opens if ":" in between(m.part.scan, m.last + 1)]
    return [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence
        and mention.acts
        and (
            mention.first == sentence.first
            or (mention.first > hit.last and clause_breaks(mention.part.scan, mention.first))
        )
    ]


def conveners(sentence: Sentence, hit: TermHit, mentions: list[Mention], names: Names) -> list[Seat]:
    """Who chairs, hosts or convenes the meeting: people, else governments."""
    scan = sentence.scan
    verb = next(
        (at for at in range(hit.first - 1, hit.first - 2 - MAX_CONVENED, -1) if word(scan, at) in _CONVENES), None
    )
    if verb is None or verb <= sentence.first or mood_of(sentence, verb) not in (Mood.DONE, Mood.TO_COME):
        return []
    if any(clause_breaks(scan, at) or word(scan, at) in PREPOSITIONS for at in range(verb + 1, hit.first + 1)):
        return []
    people = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and mention.last < verb and mention.acts and not only_speaks(mention)
    ]
    return people or _hosts(sentence, verb, names)


def _hosts(sentence: Sentence, verb: int, names: Names) -> list[Seat]:
    """The governments and bodies that stand right before the verb: "UK and France host", "Polish premier to join"."""
    ends = {last: (first, seat) for first, (last, seat) in names.items() if seat.person is None}
    seats: list[Seat] = []
    at = verb - 1
    while at > sentence.first and at not in ends and word(sentence.scan, at) in _TO_MEET | ADVERBS | OFFICES:
        at -= 1
    while at in ends and len(seats) < len(ends):
        first, seat = ends[at]
        seats.append(seat)
        at = first - 1 - (word(sentence.scan, first - 1) == "and")
    return seats[::-1]


def is_summit_at(sentence: Sentence, hit: TermHit, place: Place | None) -> bool:
    """Whether a title names a meeting by its place alone: "Fear of slowdown hangs over summit in Oslo"."""
    if place is None or sentence.hits("company"):
        return False
    if word(sentence.scan, hit.last) in _SUMMIT:
        return place.city or place.first > hit.last
    return place.city and place.last == hit.first - 1  # "Alaska meeting"


def attending(sentence: Sentence, mentions: list[Mention], codes: set[str], place: Place | None) -> list[Seat]:
    """Who takes part where no names are joined to the word: who acts, then the governments spoken of."""
    people = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and attends(mention, codes) and not only_speaks(mention)
    ]
    seated = {seat.code for seat in people}
    return unique_seats([*people, *(seat for seat in governments(sentence, codes, place) if seat.code not in seated)])


def attends(mention: Mention, codes: set[str]) -> bool:
    if mention.beside_meeting:
        return True
    return mention.acts or (mention.counterpart and not mention.is_label and mention.country in codes)


def governments(
    sentence: Sentence, codes: set[str], place: Place | None = None, *, before: int | None = None
) -> list[Seat]:
    """The governments named in the sentence that are parties, in order, but for one that is the place.

    With `before`, only those in the clause that ends at that token.
    """
    hits = (*sentence.hits("country"), *sentence.hits("government"), *sentence.hits("adjective"))
    ordered = sorted(hits, key=lambda hit: hit.first)
    if before is not None:
        ordered = [
            hit
            for hit in ordered
            if hit.last < before
            and not any(clause_breaks(sentence.scan, at) for at in range(hit.last + 1, before + 1))
        ]
    spoken = dict.fromkeys(
        hit.payload.value
        for hit in ordered
        if not is_at(sentence, hit.first, place) and not _is_spoken_of(sentence, hit)
    )
    return [Seat(None, code) for code in spoken if code in codes]


def _is_spoken_of(sentence: Sentence, name: TermHit) -> bool:
    """Whether a government is only what the meeting is about: "summit on Russia's war"."""
    before = range(max(sentence.first, name.first - MAX_TOPIC), name.first)
    return any(word(sentence.scan, at) in _ABOUT for at in before)


def is_at(sentence: Sentence, at: int, place: Place | None) -> bool:
    """Whether the name at token `at` is the place of the meeting: "New Delhi summit"."""
    return place is not None and any(
        hit.first == at and hit.payload.value == place.name for hit in sentence.hits("place")
    )
