"""What of a text stays the same while nobody edits it. Pure.

Feeds put into their texts what is another with every answer: "3 hours ago", "1,204 views", links with a session in
them, fingerprints. None of it may make an entry look new or changed. This is for comparing only: people see the text
as it was written.
"""

from __future__ import annotations

import re
import unicodedata

_COUNT = r"\d[\d.,]{0,11} ?[kKmM]?"
# "shares" are also what companies sell: as a counter they are litter only where they are a whole line.
_COUNTED = ("view", "comment", "like", "reads", "reaction", "retweet", "replies", "kommentar", "comentario")
_THINGS = r"(?:page ?views?|views?|comments?|likes?|reads|reactions?|retweets?|replies|Kommentare?|comentarios?)"
_MOMENT = r"(?:\d{1,2} \w{3,9} \d{4},? (?:at )?)?\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\b\.?)?"
_UNITS = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|[smhd])"

# Each with the signs (in small letters) of which a text has to have one: most have none, and looking is much cheaper.
_JUNK = tuple((signs, re.compile(pattern, re.IGNORECASE)) for signs, pattern in (
    (("http", "www."), r"\b(?:https?://|www\.)[^\s<>\"]+"),
    # Nobody corrects the time since: a date does not belong to what an item says.
    ((" ago",), rf"\b(?:\d{{1,2}}|an?|one) ?{_UNITS} ago\b"),
    (("vor ",), r"\bvor (?:\d{1,2}|einer|einem) (?:Sekunden?|Minuten?|Stunden?|Tag(?:en)?)\b"),
    (("hace ",), r"\bhace (?:\d{1,2}|una?) (?:segundos?|minutos?|horas?|d[ií]as?)\b"),
    (("il y a ",), r"\bil y a (?:\d{1,2}|une?) (?:secondes?|minutes?|heures?|jours?)\b"),
    (("前",), r"\d{1,2} ?(?:秒|分钟|分|小时|時間|天|日)前"),
    (("just now",), r"\bjust now\b"),
    (_COUNTED, rf"\b{_COUNT} {_THINGS}\b|\b{_THINGS}: ?{_COUNT}|\b{_THINGS} ?\({_COUNT}\)"),
    (("阅读", "浏览", "评论", "点赞"), r"(?:阅读|浏览|评论|点赞)(?:量|次数|数)?[:：]? ?\(?\d+\)?"),
    (("次阅读", "次浏览", "条评论"), r"\d+ ?(?:次阅读|次浏览|条评论)"),
    # (updated 14:32 GMT); Last updated: 7 May 2025 at 9:15 am
    (("updated",), rf"\b(?:last )?updated:?(?: (?:at|on))? {_MOMENT}"),
    (("-",), r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"),
))  # fmt: skip
_LONGEST_WORD = 15  # characters; what is longer may be a hash or a token
_TOKEN = re.compile(r"\b(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16,}\b", re.IGNORECASE)
_LOOKS = str.maketrans({
    **dict.fromkeys("\"'“”„‟‘’‚‛«»‹›`´", ""),
    **dict.fromkeys("–—―", " "),
    "\u2212": "-",
    "…": " ",
})  # fmt: skip
_POINTS = re.compile(r"[.,:;!?](?!\d)|[()\[\]{}|·•]")
# Chinese, Japanese and Korean: each sign counts as a word, since nothing parts the words.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def without_junk(text: str) -> str:
    """`text` less what changes by itself, single-spaced where something was taken out; else as it is."""
    small, kept = text.lower(), text
    for signs, pattern in _JUNK:
        for sign in signs:
            if sign in small:
                kept = pattern.sub(" ", kept)
                break
    if max(map(len, kept.split()), default=0) > _LONGEST_WORD:
        kept = _TOKEN.sub(" ", kept)
    return text if kept == text else " ".join(kept.split())


def steady(text: str) -> str:
    """`text` for comparing: without junk, case, quotes, stops, the kind of dash and the width of letters.

    Letters, digits and signs that change a figure stay: "up 5%", "up 50%" and "-5%" are three texts.
    """
    kept = without_junk(text)
    if kept.isascii():  # of the looks it has three, and every letter is of the plain width
        folded = kept.replace('"', "").replace("'", "").replace("`", "").lower()
    else:
        folded = unicodedata.normalize("NFKC", kept.translate(_LOOKS)).casefold()
    return " ".join(_POINTS.sub(" ", folded).split())


def shared(one: str, other: str) -> float:
    """The share of their words that two texts have in common, from 0 to 1; 0 where one has none."""
    words, others = (set(_WORD.findall(steady(text))) for text in (one, other))
    return 2 * len(words & others) / (len(words) + len(others)) if words and others else 0.0
