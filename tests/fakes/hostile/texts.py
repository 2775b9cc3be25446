"""Charsets that lie, dates that nobody meant, guids that are none, and markup that wants to be run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.model import Item
from tests.fakes.hostile.case import RSS, STEEL, Answer, Brings, Case, Visit, document
from tests.fakes.web import item, rss

CAFE = "Café – Zölle"
LATIN = rss(item(CAFE, guid="1")).partition("?>")[2]


# --- charsets ---------------------------------------------------------------------------------------------


def said(charset: str, body: str = LATIN) -> str:
    return f'<?xml version="1.0" encoding="{charset}"?>{body}'


def _charset(name: str, body: bytes, content_type: str = RSS, titles: tuple[str, ...] = (CAFE,)) -> Case:
    return Case(name=f"charset-{name}", answer=document(body, content_type), expected=Brings(titles))


# One wrong byte, and feedparser takes all of the document for windows-1252, as browsers of old did.
LOST, TORN = "À¼CafÃ© â€“ ZÃ¶lle", "CafÃ© â€“ í €ZÃ¶lle"
ASCII = said("ASCII", rss(item(STEEL)).partition("?>")[2])
CHARSETS = (
    _charset("windows-1252-as-latin1", said("ISO-8859-1").encode("cp1252")),
    _charset("windows-1252-as-utf8", said("UTF-8").encode("cp1252")),
    _charset("utf8-as-latin1-in-the-header", said("UTF-8").encode(), f"{RSS}; charset=iso-8859-1"),
    _charset("utf8-as-ascii", said("US-ASCII").encode()),
    _charset("utf16-with-mark", said("UTF-16").encode("utf-16")),
    _charset("utf16-without-mark", said("UTF-16").encode("utf-16-le")),
    _charset("utf16-big-endian", said("UTF-16").encode("utf-16-be")),
    _charset("utf16-as-utf8", said("UTF-8").encode("utf-16")),
    _charset("utf8-as-utf16", said("UTF-16").encode()),
    _charset("utf32", said("UTF-32").encode("utf-32")),
    _charset("utf8-mark", b"\xef\xbb\xbf" + said("UTF-8").encode()),
    _charset("utf8-mark-twice", b"\xef\xbb\xbf" * 2 + said("UTF-8").encode()),
    _charset("utf8-mark-and-latin1", b"\xef\xbb\xbf" + said("ISO-8859-1").encode()),
    _charset("unknown", said("x-tradewire").encode()),
    _charset("unknown-in-the-header", said("UTF-8").encode(), f"{RSS}; charset={'x' * 500}"),
    _charset("empty-in-the-header", said("UTF-8").encode(), f"{RSS}; charset="),
    _charset("utf7", said("UTF-7", rss(item(STEEL, guid="1")).partition("?>")[2]).encode(), titles=(STEEL,)),
    _charset(
        "utf7-script",
        said("UTF-7").replace(CAFE, "+ADw-script+AD4-alert(1)+ADw-/script+AD4- " + STEEL).encode(),
        titles=(STEEL,),
    ),
    _charset("codec-that-is-no-charset", ASCII.replace("ASCII", "rot13").encode(), titles=(STEEL,)),
    _charset("codec-that-unpacks", ASCII.replace("ASCII", "zlib").encode(), titles=(STEEL,)),
    _charset("koi8", said("KOI8-R").replace(CAFE, "Пошлины снижены").encode("koi8-r"), titles=("Пошлины снижены",)),
    _charset("gbk-as-gb2312", said("gb2312").replace(CAFE, "关税镕").encode("gbk"), titles=("关税镕",)),
    _charset(
        "shift-jis", said("Shift_JIS").replace(CAFE, "関税の引き下げ").encode("shift_jis"), titles=("関税の引き下げ",)
    ),
    _charset("nul-bytes", said("UTF-8").replace("Zölle", "Z\0öl\0le").encode()),
    _charset("control-characters", said("UTF-8").replace("Zölle", "\x07Zö\x1blle\x08").encode()),
    _charset("overlong", said("UTF-8").encode().replace(b"Caf", b"\xc0\xbcCaf"), titles=(LOST,)),
    _charset(
        "lone-surrogate-bytes",
        said("UTF-8").replace("Zölle", "\ud800Zölle").encode("utf-8", "surrogatepass"),
        titles=(TORN,),
    ),
    _charset("lone-surrogate-reference", said("UTF-8").replace("Zölle", "&#xD800;Zölle").encode()),
    _charset("lone-surrogate-decimal", said("UTF-8").replace("Zölle", "&#55296;Zölle").encode()),
    _charset("no-character", said("UTF-8").replace("Zölle", "\ufffe\uffffZölle").encode()),
    _charset("beyond-unicode", said("UTF-8").replace("Zölle", "&#x110000;&#x7fffffff;Zölle").encode()),
    _charset("nul-reference", said("UTF-8").replace("Zölle", "&#0;Zölle").encode()),
)


# --- dates ------------------------------------------------------------------------------------------------


def _date(name: str, text: str, expected: datetime | None = None) -> Case:
    def look(items: Sequence[Item]) -> None:
        (only,) = items
        assert only.published_at == expected
        assert only.at <= only.seen_at

    return Case(
        name=f"date-{name}", answer=document(rss(item(STEEL, guid="1", pubDate=text))), expected=Brings(look=look)
    )


EIGHT = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
DATES = (
    _date("year-9999", "Fri, 31 Dec 9999 23:59:59 GMT"),
    _date("year-9999-west", "9999-12-31T23:59:59-12:00"),
    _date("year-0", "0000-00-00T00:00:00Z"),
    _date("year-1", "0001-01-01T00:00:00+14:00"),
    _date("year-1601", "Mon, 01 Jan 1601 00:00:00 GMT"),
    _date("year-10000", "10000-01-01T00:00:00Z"),
    _date("year-of-twelve-digits", "Sun, 04 Dec 292277026596 15:30:08 GMT"),
    _date("epoch", "Thu, 01 Jan 1970 00:00:00 GMT"),
    _date("epoch-in-seconds", "1791189000"),
    _date("epoch-in-milliseconds", "1791189000000"),
    _date("below-zero", "-1"),
    _date("far-ahead", "Mon, 05 Oct 2099 08:00:00 GMT"),
    _date("tomorrow", "Tue, 06 Oct 2026 13:00:00 GMT"),
    _date("rfc-850", "Monday, 05-Oct-26 08:00:00 GMT", EIGHT),
    _date("asctime", "Mon Oct  5 08:00:00 2026", EIGHT),
    _date("without-zone", "2026-10-05T08:00:00", EIGHT),
    _date("wrong-weekday", "Sun, 05 Oct 2026 08:00:00 GMT", EIGHT),
    _date("zone-of-99-hours", "Mon, 05 Oct 2026 08:00:00 +9900"),
    _date("twenty-four-oclock", "Mon, 05 Oct 2026 24:00:00 GMT"),
    _date("second-sixty", "Mon, 05 Oct 2026 08:00:60 GMT"),
    _date("thirtieth-of-february", "2026-02-30T08:00:00Z"),
    _date("day-first", "05/10/2026"),
    _date("french", "lun., 05 oct. 2026 08:00:00 +0200"),
    _date("week", "2026-W41-1"),
    _date("ideographs", "2026年10月5日 08:30"),
    _date("arabic-digits", "٢٠٢٦-١٠-٠٥"),
    _date("words", "yesterday"),
    _date("empty", ""),
    _date("megabyte", "Mon, " * 200_000),
)


# --- guids ------------------------------------------------------------------------------------------------


def _distinct(items: Sequence[Item]) -> None:
    assert len({each.key for each in items}) == len(items)


def _one(items: Sequence[Item]) -> None:
    assert len({each.key for each in items}) == 1


def _guid(name: str, answer: Answer, titles: tuple[str, ...] = (STEEL,)) -> Case:
    return Case(name=f"guid-{name}", answer=answer, expected=Brings(titles, _distinct))


async def changing(visit: Visit) -> None:
    """Another guid for the same item at each poll."""
    await document(rss(item(STEEL, guid=f"poll-{visit.number}", link="https://wire.example/steel")))(visit)


COPPER = "Copper tariffs rise"
GUIDS = (
    _guid("same-for-two-items", document(rss(item(STEEL, guid="1"), item(COPPER, guid="1"))), (STEEL, COPPER)),
    _guid(
        "same-and-same-link",
        document(rss(item(STEEL, guid="1", link="/a"), item(COPPER, guid="1", link="/a"))),
        (STEEL, COPPER),
    ),
    _guid("changing", changing),
    _guid(
        "missing",
        document(rss(item(STEEL))),
    ),
    _guid(
        "missing-without-title",
        document(rss("<item><description>Duties fall</description></item>")),
        ("Duties fall",),
    ),
    _guid("empty", document(rss(item(STEEL, guid=""), item(COPPER, guid=""))), (STEEL, COPPER)),
    _guid(
        "spaces",
        document(rss(item(STEEL, guid="   "))),
    ),
    _guid(
        "of-a-megabyte",
        document(rss(item(STEEL, guid="x" * 2**20))),
    ),
    _guid("with-nul", document(rss(item(STEEL, guid="a\0b")).replace("a\0b", "a&#0;b"))),
    _guid("of-markup", document(rss(item(STEEL, guid="<script>'\"; DROP TABLE items; --")))),
    _guid("that-is-a-script", document(rss(item(STEEL, guid="javascript:alert(1)")))),
    _guid("link-of-a-megabyte", document(rss(item(STEEL, link="https://wire.example/" + "x" * 2**20)))),
    Case(
        name="guid-a-thousand-times",
        answer=document(rss(*[item(STEEL, guid="1")] * 1_000)),
        expected=Brings((STEEL,) * 1_000, _one),
    ),
)


# --- markup -----------------------------------------------------------------------------------------------


def _clean(items: Sequence[Item]) -> None:
    for each in items:
        for text in (each.title, each.summary, each.body):
            assert not any(ord(char) < 32 and char not in "\n\t" for char in text)
            assert "\u202e" not in text
            assert "\u200b" not in text
        assert each.url is None or each.url.startswith(("http://", "https://"))


def _markup(name: str, title: str, *expected: str, link: str = "https://wire.example/a") -> Case:
    """A title of the feed, and those that come out: it itself, as a text, unless others are given."""
    feed = rss(item(title, guid="1", link=link, description=title))
    return Case(name=f"markup-{name}", answer=document(feed), expected=Brings(expected or (title,), _clean))


def _link(name: str, link: str) -> Case:
    return _markup(name, STEEL, link=link)


MARKUP = (
    _markup("script", f"<script>alert(1)</script>{STEEL}"),
    _markup("script-escaped", f"&lt;script&gt;alert(1)&lt;/script&gt;{STEEL}", f"<script>alert(1)</script>{STEEL}"),
    _markup("picture-that-fails", f'<img src=x onerror="alert(1)">{STEEL}', STEEL),
    _markup("style", f"<style>*{{display:none}}</style>{STEEL}"),
    _markup("frame", f'<iframe src="http://127.0.0.1/"></iframe>{STEEL}'),
    _markup("comment", f"<!-- hidden -->{STEEL}"),
    _markup("tag-that-does-not-close", f"{STEEL}<a href='"),
    _markup("bold", f"<b>{STEEL}</b>", STEEL),
    _markup("line-breaks", "Ministers\r\nsuspend\u2028steel\u2029duties", STEEL),
    _markup("bidi", "Ministers \u202esuspend\u202c \u2066steel\u2069 duties", STEEL),
    _markup("zero-width", "Mini\u200bsters sus\u200dpend\ufeff steel du\u00adties", STEEL),
    _markup("ansi", f"\x1b[31m{STEEL}", f"[31m{STEEL}"),
    _markup("tag-characters", STEEL + "\U000e0041\U000e0042", STEEL),
    _markup("slack-everyone", f"<!everyone> <!channel> {STEEL}"),
    _markup("slack-person", f"<@U0123> {STEEL}"),
    _markup("slack-link", f"<https://evil.example|bank> {STEEL}"),
    _markup("discord-everyone", f"@everyone @here {STEEL}"),
    _markup("discord-role", f"<@&123> <@123> {STEEL}"),
    _markup("discord-link", f"[bank](https://evil.example) {STEEL}"),
    _markup("discord-code", f"```{STEEL}```"),
    Case(name="markup-only-tags", answer=document(rss(item("<b></b><i></i>"))), expected=Brings(())),
    _link("link-javascript", "javascript:alert(1)"),
    _link("link-javascript-hidden", "java\tscript:alert(1)"),
    _link("link-data", "data:text/html,<script>alert(1)</script>"),
    _link("link-file", "file:///etc/passwd"),
    _link("link-vbscript", "vbscript:x"),
    _link("link-with-breaks", "https://wire.example/\r\nX: 1"),
    _link("link-no-host", "https://"),
    _link("link-broken", "http://[::1"),
    _link("link-slack", "https://wire.example/|<!channel>"),
)

CASES = (*CHARSETS, *DATES, *GUIDS, *MARKUP)
