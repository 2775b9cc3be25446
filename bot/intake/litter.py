"""What pages leave in the text of an article: credits, bylines, copyright lines, counters, button labels.

Every rule judges one line by its form and knows nothing of its neighbours, so that removing litter twice removes it
once. The rules are narrow: a sentence that reads like a sentence has to survive all of them. Notes of
correction ("This story has been corrected …") are news and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

LONGEST_LITTER = 400  # characters; a longer line is text
DATELINE_PARAGRAPHS = 6  # a dateline stands at the top of an article

AGENCIES = (
    "AAP", "ABC News", "AFP", "Agence France-Presse", "Anadolu", "ANI", "ANSA", "AP", "AP Photo",
    "The Associated Press", "Associated Press", "Axios", "BBC", "BBC News", "Bloomberg", "Bloomberg News", "CBS News",
    "CGTN", "CNA", "CNBC", "CNN", "CNN Business", "CNN Newsource", "Dow Jones", "Dow Jones Newswires", "dpa", "DPA",
    "EFE", "EPA", "EPA-EFE", "Financial Times", "FT", "Fox Business", "Fox News", "Getty", "Getty Images", "IANS",
    "Imaginechina", "Interfax", "IRNA", "Jiji", "Kyodo", "Kyodo News", "MarketWatch", "MNI", "NBC News", "Nikkei",
    "NPR", "NurPhoto", "PA Media", "Politico", "Pool", "PTI", "Reuters", "Shutterstock", "Sipa", "TASS",
    "The Canadian Press", "UPI", "VCG", "WSJ", "Xinhua", "Yonhap", "ZUMA",
)  # fmt: skip

_AGENCY = "(?:" + "|".join(re.escape(name) for name in AGENCIES) + ")"
_WORD = r"(?=[^\W\d_])(?![a-zß-ÿ])[\w.’'-]+"  # begins with a letter that is not a small Latin one
_PARTICLE = r"(?:al|bin|da|de|del|della|den|der|di|dos|du|el|ibn|la|le|ten|van|von|y)"
_PERSON = rf"{_WORD}(?: (?:{_PARTICLE} ){{0,2}}{_WORD}){{1,3}}"
_PEOPLE = rf"{_PERSON}(?:, {_PERSON}){{0,8}}(?:,? (?:and|&) {_PERSON})?"
_PLACE = r"in [A-Z][\w -]{2,30}"
_DATE_WORD = r"(?:on|at|and|[A-Z][a-z]{2,8}\.?,?|\d[\d:/.,-]*(?:st|nd|rd|th)?,?|[ap]\.?m\.?,?|[A-Z]{2,5}|\|)"
_COUNTED = (
    r"(?:views?|page ?views?|comments?|likes?|reads?|shares?|reactions?|retweets?|replies|Kommentare?|comentarios?)"
)
_COUNTER = (
    rf"(?:\d[\d.,]{{0,11}} ?[KM]? {_COUNTED}|{_COUNTED}:? ?\(?\d[\d.,]{{0,11}} ?[KM]?\)?"
    r"|(?:\d{1,2}|an?|one) ?(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d) ago|just now)"
)


def _rule(*alternatives: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), flags)


_RULES = {
    "photo credit": _rule(
        # Jane Doe/Getty Images via CNN Newsource
        rf"[^.!?/]{{2,70}}+(?:/[\w ]{{2,30}})?/{_AGENCY}(?: (?:via|for) [\w .&’'-]{{2,40}})?\.?",
        # Photo credit: Jane Doe. A bare "Reuters" or "AP Photo" under a picture.
        r"(?:[Pp]hoto|[Ii]mage|[Pp]icture|[Vv]ideo)s?(?: credit| by| courtesy(?: of)?)?: ?[^.!?]{2,80}",
        rf"Credit: ?[^.!?]{{2,80}}|{_AGENCY}(?: (?:File|Images))?|File photo|FILE PHOTO",
    ),
    "byline": _rule(rf"(?:By|BY) {_PEOPLE}(?:(?:,| \|| /| -| –| —) ?{_AGENCY}| {_PLACE})?"),
    "contributors": _rule(
        # Jane Doe in Geneva and John Roe contributed to this report. (On some pages the verb is lost.)
        rf"\(?(?:{_AGENCY}(?:’s|'s) )?(?:{_PEOPLE}|{_AGENCY})(?: {_PLACE})?(?: and {_PERSON})?(?: {_PLACE})? "
        r"(?:also )?(?:contributed |reported |contributed reporting )?(?:to|for) this (?:report|story|article)\.?\)?",
        # (Reporting by Jane Doe in Geneva; Editing by John Roe)
        r"\(?(?:Additional reporting|Reporting|Writing|Editing|Compiled)(?: and \w+)? by "
        rf"{_PEOPLE}(?:(?: in [A-Z]|;|,).{{0,300}})?[.)]{{0,2}}",
        r"Our Standards: The Thomson Reuters Trust Principles\.?",
    ),
    "copyright": _rule(
        # ™ & © 2025 Example Inc. All rights reserved.
        r"[™®& ]{0,8}(?:©|\([cC]\) ?(?:19|20)\d\d|Copyright(?: ©| \([cC]\)| (?:19|20)\d\d)).{0,380}",
        r"(?:[^.]{0,80}[.,;0-9] ?)?All [Rr]ights [Rr]eserved\.?(?: .{0,150}redistributed\.?)?|ALL RIGHTS RESERVED\.?",
    ),
    "wire mark": _rule(r"The-CNN-Wire|-30-|#{2,5}|\*{3,}|[-–—_]{2,}|\((?:END|ENDS|MORE)\)"),
    # First Warning Neighborhood Weather
    "weather box": _rule(r"(?:[A-Z][\w’'-]* ){1,4}Weather(?: (?:Forecast|Radar|Alert|Center|Blog|Now))?"),
    "update note": _rule(
        # This story has been updated with additional details.
        r"\(?This (?:story|article|report|post|page) (?:has been|was|is being|will be) updated\b"
        r"(?:[ap]\.m\.?|[^.]){0,120}\.?\)?",
        r"\(?This is a (?:developing|breaking)(?: news)? (?:story|report)\b.{0,160}",
        # Updated May 6, 2025 at 5:32 PM ET. 3 min read.
        r"(?:Last updated|Updated|UPDATED|Published|PUBLISHED|Posted)(?=.*\d)(?: on| at)?:? ?"
        rf"(?:{_DATE_WORD}(?: |$)){{1,12}}",
        r"\d{1,2} ?-?min(?:ute)?s? read",
    ),
    "counter": _rule(
        # 1,204 views · 56 comments · 3 hours ago. Views: 1.2K
        rf"{_COUNTER}(?:(?: ?[·•|,–-] ?| ){_COUNTER}){{0,5}}",
        flags=re.IGNORECASE,
    ),
    "pointer": _rule(
        r"(?:read (?:more|also|next)|also read|see also|related|recommended|more on this|watch|listen|don[’']t miss)"
        r" ?[:|>»→] ?.{0,200}",
        r"(?:sign up|subscribe) (?:for|to|here|now|today|with)\b.{0,150}|(?:click|tap) here .{0,150}",
        r"follow (?:us|@\w+) on (?:x|twitter|facebook|instagram|linkedin|telegram|whatsapp|threads)\b.{0,80}",
        r"the post .{3,250} (?:first appeared|appeared first) on .{2,80}",
        r"(?:story|article) continues (?:below|after)\b.{0,60}|scroll (?:down )?to continue\b.{0,60}",
        r"(?:lire aussi|lesen sie auch|lea también|leggi anche|leia também) ?[:|»→].{0,200}",
        r"(?:関連記事|相关阅读|延伸阅读) ?[:：|»→].{0,200}",
        r"la entrada .{3,250} se publicó primero en .{2,80}|der beitrag .{3,250} erschien zuerst auf .{2,80}",
        r"l['’]article .{3,250} est apparu en premier sur .{2,80}|l['’]articolo .{3,250} proviene da .{2,80}",
        r"(?:download|get) (?:our|the) (?:[\w-]+ ){0,3}app(?: (?:now|today|here|from|on|for)\b.{0,60})?[.!]?",
        flags=re.IGNORECASE,
    ),
    "share button": _rule(
        # Share on Facebook. Click to share on X (Opens in new window)
        r"(?:click to )?(?:share|tweet|pin)(?: (?:this|article|post|story))?(?: (?:on|via|to|by|with) [^.!?]{1,40})?"
        r"(?: \(opens in (?:a )?new (?:window|tab)\))?:?",
        r"click to (?:email|print)\b.{0,80}|like loading\W{0,3}|\(opens in (?:a )?new (?:window|tab)\)",
        r"(?:分享到|分享至) ?[:：]?.{0,30}",
        flags=re.IGNORECASE,
    ),
    "cookie line": _rule(
        r"(?:we(?: and our (?:\d+ )?partners)?|(?:this|our|the) (?:web)?site) uses? (?:\w+ ){0,3}cookies\b.{0,300}",
        r"by (?:clicking|continuing|using|closing)\b.{0,200}\b(?:cookies|privacy policy|terms of use)\b.{0,200}",
        flags=re.IGNORECASE,
    ),
    "paywall": _rule(
        r"already an? (?:subscriber|member)\?.{0,60}|try unlimited access\b.{0,120}|cancel any ?time\b.{0,60}",
        r"to continue reading,? .{0,120}|(?:please )?(?:log|sign) in (?:or \w+ )?to (?:continue|read)\b.{0,80}",
        r"this (?:article|content|story) is (?:only )?(?:for|available to|reserved for) "
        r"(?:\w+ )?(?:subscribers|members)\b.{0,80}",
        r"you have (?:reached your|\d+ free articles?|read your)\b.{0,100}",
        flags=re.IGNORECASE,
    ),
    "challenge": _rule(
        r"(?:please )?enable java ?script\b.{0,120}|checking (?:your browser|if the site connection)\b.{0,120}",
        r"verify(?:ing)? (?:that )?you are (?:a )?human\b.{0,100}|just a moment\W{0,3}",
        flags=re.IGNORECASE,
    ),
    "tags": _rule(
        r"(?:tags?|filed under|posted in|categor(?:y|ies)|topics?|keywords?): ?[^.!?]{1,200}",
        r"(?:责任编辑|责编|编辑|校对|来源|作者) ?[:：] ?\S{1,20}",
        flags=re.IGNORECASE,
    ),
    "address": _rule(r"(?:https?://|www\.)\S+"),
}

# Where the end of a summary leads to its page, behind the end of a sentence: "… from July. Read more »".
LONGEST_POINTER = 400  # characters of such an end
_POINTS = (  # one of these, in small letters, is in each
    "reading", "read ", "full ", "entire ", "rest of ", "weiterlesen", "mehr lesen", "lire la", "leer m", "leyendo",
    "leggere", "leggi", "leia", "読む", "見る", "阅读", "查看", "the post ", "submitted by",
)  # fmt: skip
_POINTER = re.compile(
    r"(?:(?<=[.!?…。」”\"\])])|(?<=\.\.\.)) ?(?:"
    r"(?:continue|keep) reading(?: .{1,250} ?→)?|read (?:more|on)"
    r"|(?:read|view|see) (?:the )?(?:full|entire|rest of the) (?:article|story|post|report)"
    r"(?: (?:at|on|in) [^.!?]{2,60})?|weiterlesen|mehr lesen|lire la suite|leer más"
    r"|seguir leyendo|continua a leggere|leggi tutto|leia mais|続きを読む|もっと見る|阅读全文|查看全文|点击查看"
    r"|the post .{3,250} (?:first appeared|appeared first) on .{2,80}"
    r"|submitted by /?u/[\w-]+(?: to /?r/\w+)?(?: \[link\])?(?: \[comments\])?"
    r")[ .…»›→>]*$",
    re.IGNORECASE,
)

# How lines begin that these rules can be about, and what else they hold, in small letters: looking is much cheaper
# than matching.
_BEGINNINGS = {
    "byline": ("by ",),
    "wire mark": ("the-cnn", "-", "#", "*", "_", "–", "—", "("),
    "pointer": (
        "read ", "read:", "read|", "also read", "see also", "related", "recommended", "more on this", "watch",
        "listen", "don", "sign up", "subscribe", "click", "tap", "follow", "the post", "story", "article", "scroll",
        "lire", "lesen", "lea ", "leggi", "leia", "関連記事", "相关阅读", "延伸阅读", "la entrada", "der beitrag",
        "l'", "l’", "download", "get ",
    ),
    "share button": ("click", "share", "tweet", "pin", "like", "(opens", "分享"),
    "cookie line": ("we ", "this ", "our ", "the ", "by "),
    "paywall": ("already", "try", "cancel", "to ", "please", "log", "sign", "this ", "you "),
    "challenge": ("please", "enable", "checking", "verify", "just"),
    "tags": (
        "tag", "filed", "posted", "categor", "topic", "keyword", "责任编辑", "责编", "编辑", "校对", "来源", "作者"
    ),
    "address": ("http", "www."),
}  # fmt: skip
_SIGNS = {
    "contributors": ("this report", "this story", "this article", " by ", "our standards"),
    "copyright": ("©", "(c)", "copyright", "rights reserved"),
    "weather box": ("weather",),
}
_LOOKS = tuple((kind, _BEGINNINGS.get(kind, ""), _SIGNS.get(kind), rule) for kind, rule in _RULES.items())

_LABELS = frozenset({
    "ad", "ads", "advertisement", "advertisement - scroll to continue", "advertisement · scroll to continue",
    "back to top", "close", "comment", "comments", "continue reading", "continue reading...", "continue reading…",
    "copy link", "email", "facebook", "follow", "follow us", "get the app", "gift article", "gift this article",
    "home", "leave a comment", "link copied", "link copied!", "linkedin", "listen", "listen to this article",
    "load more", "loading...", "loading…", "log in", "menu", "more", "most popular", "most read", "newsletter",
    "newsletters", "next", "no comments", "play", "previous", "print", "purchase licensing rights",
    "read full article", "read full story", "read more", "read more...", "read more…", "read the full story",
    "recommended", "related", "related articles", "related content", "related stories", "related topics", "reply",
    "report an error", "save", "search", "see more", "share", "share article", "share this", "share this article",
    "share this story", "show comments", "show more", "sign in", "sign up", "skip ad", "skip advertisement",
    "skip to content", "skip to main content", "sponsored", "subscribe", "subscribe now", "suggested topics:",
    "thank you for reading", "top stories", "trending", "trending now", "tweet", "twitter", "unmute",
    "view comments", "watch", "watch live", "watch now", "whatsapp",
    "accept all", "accept all cookies", "accept cookies", "allow all", "cookie policy", "cookie settings", "i accept",
    "like this:", "link", "manage cookies", "manage preferences", "privacy policy", "read more »", "read more →",
    "reject all", "share this:", "terms of use",
    "anzeige", "lesen sie auch", "mehr lesen", "mehr zum thema", "teilen", "weiterlesen", "zum artikel",
    "compartir", "leer artículo completo", "leer más", "publicidad", "seguir leyendo", "ver más",
    "lire la suite", "lire plus", "partager", "publicité", "continua a leggere", "leggi tutto", "leia mais",
    "もっと見る", "シェア", "広告", "続きを読む", "関連記事",
    "分享", "广告", "扫一扫", "查看全文", "点击查看", "相关阅读", "阅读全文",
})  # fmt: skip

# GENEVA, May 6 (Reuters) - / NEW YORK (AP) — / (CNN) —
# Known agencies only: "GDP (Q1) – …" and "ACME (NYSE) – …" look the same.
_DATELINE = re.compile(
    r"(?:[A-Z][A-Z .’'/-]{1,40}[A-Z.](?:, [A-Z][\w. ]{1,25})?(?:, [A-Z][a-z]{2,8}\.? \d{1,2})?,? )?"
    rf"\((?P<outlet>{_AGENCY})\) ?(?:—|–|―|--?)(?: |$)"
)


def litter_kind(line: str) -> str | None:
    """What kind of litter a whole line (trimmed, single-spaced) is: "byline", "label", …; None for text."""
    if not 0 < len(line) <= LONGEST_LITTER:
        return None
    small = line.casefold()
    if small in _LABELS:
        return "label"
    for kind, beginnings, signs, rule in _LOOKS:
        if not small.startswith(beginnings) or (signs and not any(sign in small for sign in signs)):
            continue
        if rule.fullmatch(line):
            return kind
    return None


def without_litter(text: str) -> str:
    """`text`, clean and with one line a paragraph, less the lines that are litter."""
    return "\n".join(line for line in text.split("\n") if litter_kind(line) is None)


def without_pointer(line: str) -> str:
    """A summary, which is one line, without an end that only leads to its page."""
    end = line[-LONGEST_POINTER:].casefold()
    if not any(sign in end for sign in _POINTS):
        return line
    while match := _POINTER.search(line, max(0, len(line) - LONGEST_POINTER)):
        line = line[: match.start()].rstrip()
    return line


def dateline_outlet(paragraphs: Iterable[str]) -> str | None:
    """The outlet that a dateline near the top names: "CNN" for "(CNN) — Two officials …"."""
    for paragraph in islice(paragraphs, DATELINE_PARAGRAPHS):
        match = _dateline(paragraph)
        if match:
            return match["outlet"]
    return None


def without_dateline(line: str) -> str:
    """`line` from the first word of its text on."""
    start = 0
    while match := _dateline(line, start):
        start = match.end()
    return line[start:]


def _dateline(line: str, start: int = 0) -> re.Match[str] | None:
    return _DATELINE.match(line, start) if "(" in line else None
