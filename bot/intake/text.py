"""Clean text out of whatever a publisher sent: markup gone, entities decoded once, no invisible characters.

Pure, linear in the input, and stable: cleaning clean text changes nothing. The HTML parser is libxml2's, which
reads anything and builds no deeper than 256 levels; the standard library's parser is quadratic on some input.
"""

from __future__ import annotations

import html
import re
import unicodedata

from lxml import etree

# Control characters, soft hyphen and joiners, direction marks and overrides, fillers that look like nothing,
# byte order marks, tags, surrogates, noncharacters, and private ones, which only a site's own font draws. Tab and
# line ends are dealt with as white space.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)
# Windows-1252 bytes read as ISO-8859-1, as every browser mends them (https://encoding.spec.whatwg.org/#names-and-labels).
_C1 = re.compile("[\x80-\x9f]")
# Accents and vowel signs on one character. Pointed Hebrew has up to five, every living script fewer; what has more
# ("zalgo") is drawn over the lines above and below it.
MOST_MARKS = 6
_MAYBE_MARKS = re.compile(rf"[^\x00-\x7f\w\s]{{{MOST_MARKS + 1},}}")  # \w holds no mark
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\u2028\u2029]")
_PLAIN = re.compile(r"[ -~\n]*+")  # nothing in it needs cleaning: looking is much cheaper
_BLANK_LINES = re.compile(r"\n{2,}")

_TAG = re.compile(r"<[a-zA-Z/!?]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_UNREAD = (
    "script", "style", "noscript", "template", "iframe", "object", "svg", "math", "select", "button", "textarea",
    "title",
)  # fmt: skip
_SIGNS_OF_HIDING = ("hidden", "none", "sr-only", "screen-reader")
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDING_CLASSES = frozenset({"screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden"})
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")  # where it is text: a parser would take it for a comment, and drop it
# Markup that is text once markup is gone was escaped twice by whoever made the feed: no news is about tags.
_ESCAPED = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|img|font|blockquote|h[1-6]|table|tr|td)(?:\s[^<>]{0,2000})?/?>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|hellip|euro|pound|[lr][sd]quo|[mn]dash|#\d{2,6}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)
_PARAGRAPH, _LINE, _CELL = "\n\n", "\n", " "
_MARKS = {  # what an element leaves behind itself; a paragraph begins with its mark, too
    **dict.fromkeys((
        "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "article",
        "section", "header", "footer", "figure", "figcaption", "aside", "nav", "hr", "form", "address", "main",
        "details",
    ), _PARAGRAPH),
    **dict.fromkeys(("li", "tr", "dt", "dd", "caption", "br"), _LINE),
    **dict.fromkeys(("td", "th"), _CELL),
}  # fmt: skip


def clean_characters(text: str) -> str:
    """`text` in Unicode normal form C with "\\n" as the only line end, nothing invisible and no towers of marks."""
    if _PLAIN.fullmatch(text):
        return text
    text = _LINE_END.sub("\n", _C1.sub(_as_windows, text))
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    return text if text.isascii() else _MAYBE_MARKS.sub(_few_marks, text)


def _as_windows(byte: re.Match[str]) -> str:
    return byte[0].encode("latin-1").decode("cp1252", "ignore")


def _few_marks(run: re.Match[str]) -> str:
    """The run without the marks that are more than MOST_MARKS on one character."""
    kept, marks = [], 0
    for char in run[0]:
        marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def clean_line(text: str, limit: int) -> str:
    """`text` as one line of at most `limit` characters, with single spaces."""
    return one_line(clean_characters(text), limit)


def one_line(text: str, limit: int) -> str:
    """As `clean_line`, where the characters of `text` are clean."""
    return cut(" ".join(text.split()), limit)


def clean_lines(text: str) -> str:
    """`text` with every line trimmed and single-spaced, and paragraphs set apart by one empty line."""
    return paragraphs("\n".join(" ".join(line.split()) for line in clean_characters(text).split("\n")))


def paragraphs(text: str) -> str:
    """As `clean_lines`, where each line of `text` is clean."""
    return _BLANK_LINES.sub("\n\n", text).strip()


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; an ellipsis as the last one shows that something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def feed_html_to_text(markup: str) -> str:
    """As `html_to_text`, also where a feed escapes its markup twice."""
    text = html_to_text(markup)
    if ("<" in text or "&" in text) and _ESCAPED.search(text):
        return html_to_text(text.replace("\n", "<br>"))
    return text


def html_to_text(markup: str) -> str:
    """The text a reader of `markup` sees; blocks end lines, paragraphs are set apart by an empty line."""
    if "CDATA" in markup:
        markup = _CDATA.sub("", markup)
    if not _TAG.search(markup):
        return _ENTITY.sub(lambda match: html.unescape(match[0]), markup)
    root = _parsed(markup)
    if root is None:
        return ""
    small = markup.lower()
    if any(sign in small for sign in _SIGNS_OF_HIDING):
        _unread_hidden(root)
    etree.strip_elements(root, *_UNREAD, with_tail=False)
    for element in root.iter(*_MARKS):
        mark = _MARKS[element.tag]
        element.tail = mark + _allowed(element.tail)
        if mark == _PARAGRAPH:
            element.text = mark + _allowed(element.text)
    return etree.tostring(root, method="text", encoding="unicode")


def _unread_hidden(root: etree._Element) -> None:
    """Let be left out what a browser does not show."""
    for element in root.iterdescendants():
        classes = element.get("class", "").split()
        style = element.get("style", "")
        if "hidden" in element.attrib or _HIDING_STYLE.search(style) or not _HIDING_CLASSES.isdisjoint(classes):
            element.tag = _UNREAD[0]


def _allowed(text: str | None) -> str:
    """What lxml lets us assign: `&#11;` reaches us as a character that XML forbids."""
    return _NOT_XML.sub(" ", text) if text else ""


def _parsed(markup: str) -> etree._Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    if not _PLAIN.fullmatch(markup):
        markup = _UNWANTED.sub("", _LINE_END.sub(" ", markup))
    try:
        return etree.fromstring(f"<div>{markup.replace(chr(10), ' ')}</div>".encode(), parser)
    except etree.ParserError:  # nothing but comments and the like
        return None
