"""Feeds by hand, each odd in its own way, for tests of reading only what is new in a document.

`IN_PART`: what is known is not read again. `WHOLE`: it is, since something in the document forbids to leave it out.
Values are the document, or the document and the content type that it came with.
"""

from __future__ import annotations

RSS_TYPE = "application/rss+xml"
ATOM, XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
FEEDBURNER = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DECLARED = '<?xml version="1.0" encoding="utf-8"?>\n'

Document = str | bytes | tuple[str | bytes, str]


def item(number: int, more: str = "", attributes: str = "") -> str:
    link = f"https://paper.example/{number}"
    return (
        f"<item{attributes}><title>Duty {number}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>Mon, 05 Oct 2026 0{number}:00:00 GMT</pubDate>{more}</item>"
    )


def entry(number: int, more: str = "", attributes: str = "") -> str:
    return (
        f"<entry{attributes}><title>Duty {number}</title><link href='/{number}'/><id>tag:paper.example:{number}</id>"
        f"<updated>2026-10-05T0{number}:00:00Z</updated>{more}</entry>"
    )


def rss(*items: str, head: str = "", tail: str = "", root: str = 'version="2.0"', before: str = DECLARED) -> str:
    return f"{before}<rss {root}><channel><title>Paper</title>{head}{''.join(items)}{tail}</channel></rss>"


def feed(*entries: str, head: str = "", tail: str = "", root: str = f'xmlns="{ATOM}"', before: str = DECLARED) -> str:
    return f"{before}<feed {root}><title>Paper</title>{head}{''.join(entries)}{tail}</feed>"


def rdf(*items: str, default: str = 'xmlns="http://purl.org/rss/1.0/"', before: str = DECLARED) -> str:
    listed = "<items><rdf:Seq><rdf:li rdf:resource='x'/></rdf:Seq></items>"
    return f"{before}<rdf:RDF {default} {RDF} {DC}><channel>{listed}</channel>{''.join(items)}</rdf:RDF>"


def xhtml(markup: str) -> str:
    return f'<content type="xhtml"><div xmlns="{XHTML}">{markup}</div></content>'


def about(text: str) -> str:
    return f"<description>{text}</description>"


ONE, TWO, THREE = item(1), item(2), item(3)
FIRST, SECOND, THIRD = entry(1), entry(2), entry(3)
ALL = ONE + TWO + THREE

IN_PART: dict[str, Document] = {
    "RSS 2.0": rss(ALL),
    "RSS 0.91": rss(ALL, root='version="0.91"'),
    "RSS 0.92": rss(ALL, root="version='0.92'"),
    "RSS without a version": f"{DECLARED}<rss><channel>{ALL}</channel></rss>",
    "RSS 1.0": rdf(item(1, "<dc:date>2026-10-05</dc:date>", ' rdf:about="https://x.example/1"'), TWO, THREE),
    "RSS 0.90": rdf(ALL, default='xmlns="http://my.netscape.com/rdf/simple/0.9/"'),
    "Atom 1.0": feed(FIRST, SECOND, THIRD),
    "Atom 0.3": feed(FIRST, SECOND, root='version="0.3" xmlns="http://purl.org/atom/ns#"'),
    "Atom without its namespace": feed(FIRST, SECOND, root='version="?"'),
    "one entry": rss(ONE),
    "line ends and indents between entries": rss(ONE, "\r\n\t ", TWO, "\n", THREE, "\n"),
    "no line ends at all": rss(ALL, before='<?xml version="1.0"?>'),
    "CDATA": rss(item(1, about("<![CDATA[a <b>c</b> ]] > d]]>")), TWO),
    "CDATA twice": rss(item(1, about("<![CDATA[a]]> and <![CDATA[b]]>")), TWO),
    "comments in entries": rss(item(1, "<!-- checked -->"), item(2, about("a<!-- b -->c"))),
    "a comment before the root": rss(ALL, before=f"{DECLARED}<!-- made by hand -->\n"),
    "a comment after the root": rss(ALL) + "<!-- cached -->",
    "a comment in the head": rss(ALL, head="<!-- hello -->"),
    "a style sheet": rss(ALL, before=f"{DECLARED}<?xml-stylesheet type='text/xsl' href='/a.xsl'?>\n"),
    "a style sheet in the place of the declaration": rss(ALL, before="<?xml-stylesheet href='/a.xsl'?>\n"),
    "no declaration": rss(ALL, before=""),
    "a declaration without an encoding": rss(item(1, about("Zölle")), TWO, before="<?xml version='1.0'?>\n"),
    "an encoding called utf8": rss(item(1, about("Zölle")), TWO, before='<?xml version="1.0" encoding="utf8"?>\n'),
    "an encoding that feedparser does not see": rss(
        item(1, about("Zölle")), TWO, before='<?xml version="1.0" encoding = "latin-1"?>\n'
    ),
    "XML 1.1": rss(ALL, before='<?xml version="1.1" encoding="UTF-8"?>\n'),
    "a byte order mark": rss(item(1, about("关税")), TWO).encode("utf-8-sig"),
    "UTF-8 by the header alone": (rss(item(1, about("关税")), TWO, before=""), "text/xml; charset=UTF-8"),
    "an ASCII document as text": (rss(ALL, before=""), "text/xml"),
    "served as a page": (rss(ALL), "text/html; charset=utf-8"),
    "served without a type": (rss(item(1, about("关税")), TWO), ""),
    "`>` in an attribute of an entry": rss(item(1, attributes=' note="a > b"'), TWO, THREE),
    "single quotes": rss(item(1, "<source url='https://wire.example/'>Wire</source>"), TWO, root="version='2.0'"),
    "spaces within the start tag": rss(item(1, attributes="\n  "), item(2, attributes=" \t"), THREE),
    "the same entry twice": rss(ONE, TWO, THREE, TWO),
    "one guid for two of three entries": rss(ONE, ONE.replace("Duty 1", "Quota 1"), TWO),
    "one link for two of three guids": rss(ONE, TWO.replace("<link>https://paper.example/2", "<link>/1"), THREE),
    "no guids": rss(ALL.replace("guid>", "name>")),
    "an entry without any name": rss("<item><title>Duty 9</title></item>", TWO, THREE),
    "an empty entry": rss("<item></item>", TWO),
    "a language of the whole": rss(ALL, root='version="2.0" xml:lang="de"'),
    "languages of entries": feed(entry(1, attributes=' xml:lang="fr"'), entry(2, attributes=' xml:lang=""'), THIRD),
    "a language in the head": rss(ALL, head="<language>en-gb</language>"),
    "a language in the tail": rss(ALL, tail="<language>fr</language>"),
    "a language within an entry": rss(item(1, "<language>fr</language>"), TWO),
    "a language with an underscore": feed(FIRST, SECOND, root=f'xmlns="{ATOM}" xml:lang="en_US"'),
    "a base of the whole": feed(FIRST, SECOND, root=f'xmlns="{ATOM}" xml:base="https://base.example/"'),
    "elements after the entries": rss(ALL, tail="<ttl>5</ttl><title>late</title>"),
    "feedburner": rss(
        item(1, "<feedburner:origLink>https://o.example/1</feedburner:origLink>"), TWO, root=f"{FEEDBURNER}"
    ),
    "media groups": rss(item(1, "<media:group><media:title>m</media:title></media:group>"), TWO, root=MEDIA),
    "a podcast": rss(
        item(1, "<itunes:summary>s</itunes:summary><enclosure url='/a.mp3' length='1' type='audio/mpeg'/>"), TWO,
        head="<itunes:owner><itunes:name>n</itunes:name></itunes:owner>", root=ITUNES,
    ),
    "whole articles": rss(item(1, f"<content:encoded><![CDATA[<p>a</p>]]></content:encoded>{about('b')}"), TWO,
        root=CONTENT),
    "texts as XHTML": feed(entry(1, xhtml("<p>a</p>")), entry(2, xhtml("<b>b</b> c")), THIRD),
    "a summary within a text": feed(entry(1, '<content type="xhtml"><summary>s</summary></content>'), SECOND, THIRD),
    "a description within a text": rss(item(1, '<body type="xhtml"><description>d</description>a</body>'), TWO),
    "texts as HTML": feed(entry(1, '<summary type="html">&lt;p>a&lt;/p></summary>'), SECOND),
    "text as base64": feed(entry(1, '<content type="application/octet-stream">aGVsbG8=</content>'), SECOND),
    "a known name declared at single elements": rss(item(1, f"<dc:creator {DC}>Jane</dc:creator>"), TWO, THREE),
    "the feed's own namespace declared again": feed(entry(1, attributes=f' xmlns="{ATOM}"'), SECOND, THIRD),
    "UTF-8 taken for Latin-1 once": rss(item(1, about("ZÃ¶lle")), TWO),
    "rare letters": rss(item(1, about("\u2028\u00a0\U0001f30d")), TWO),
    "references": rss(item(1, about("&amp;lt; &#8212; &#x20AC; &quot;")), TWO),
    "an image of the channel": rss(ALL, head="<image><title>i</title><url>/i.png</url></image>"),
    "a text field of the channel": rss(ALL, head="<textInput><title>t</title><name>n</name></textInput>"),
    "an image within an entry": rss(item(1, "<image><url>/i.png</url><title>i</title></image>"), TWO),
    "sources of entries": feed(entry(1, "<source><title>Wire</title><id>w</id></source>"), SECOND),
    "an author of the whole": feed(entry(1, "<author><name>Jane</name></author>"), SECOND,
        head="<author><name>A</name></author>"),
    "elements that nobody knows": rss(item(1, "<foo><title>f</title><bar/></foo>"), TWO),
    "a picture drawn in the text": feed(
        entry(1, xhtml('<svg xmlns="http://www.w3.org/2000/svg"><title>s</title></svg>')), SECOND
    ),
    "a prefix that stands for another namespace": rss(item(1, "<media:title>m</media:title>"), TWO,
        root='xmlns:media="http://purl.org/dc/elements/1.1/"'),
    "a list called items": rss(ALL, head="<items><li/></items>"),
    "entries within an element more": f"{DECLARED}<rss><channel><list>{ALL}</list></channel></rss>",
    "broken dates": rss(ALL.replace("Mon, 05 Oct 2026", "someday")),
    "relative links": rss(ALL.replace("https://paper.example", "")),
}  # fmt: skip

WHOLE: dict[str, Document] = {
    "the end of an entry in CDATA": rss(item(1, about("<![CDATA[</item>]]>")), TWO),
    "the beginning of an entry in CDATA": rss(item(1, about("<![CDATA[<item>]]>")), TWO),
    "the end of an entry in a comment": rss(item(1, "<!-- </item> -->"), TWO),
    "the beginning of an entry in a comment": rss(item(1, "<!-- <item> -->"), TWO),
    "an entry in a comment": rss(ONE, f"<!-- {TWO} -->", THREE),
    "a comment that seems to end at once": rss("<item><!--></item><item>--></item>", TWO),
    "the beginning of a comment in CDATA": rss(item(1, about("<![CDATA[<!--]]>")), TWO),
    "entries within an entry": rss(item(1, TWO), THREE),
    "entries of Atom within RSS": rss(item(1, "<entry><title>e</title></entry>"), TWO),
    "RSS of Atom's entries": rss(FIRST, SECOND),
    "entries in capitals": rss(ONE, TWO.replace("item>", "ITEM>")),
    "everything in capitals": rss(ALL).replace("rss", "RSS").replace("item", "ITEM").replace("channel", "CHANNEL"),
    "an entry that ends at once, in the head": rss("<item/>", ALL),
    "an entry that ends at once, in between": rss(ONE, "<item />", TWO),
    "an entry that ends at once, in the tail": rss(ONE, TWO, '<item a="b"/>'),
    "an entry with a space in its end": rss(ONE.replace("</item>", "</item >"), TWO, THREE),
    "an entry under another prefix": rss(ONE, TWO, "<r:item><title>r</title></r:item>",
        root='xmlns:r="http://purl.org/rss/1.0/"'),
    "what is called an entry and is none": rss(ONE, TWO, "<x:item>a</x:item>", root='xmlns:x="http://x.example/"'),
    "entries that are none": rss(ALL, root='version="2.0" xmlns="http://purl.org/dc/elements/1.1/"'),
    "an entry that is none, and one more within another": rss(
        item(1, attributes=' xmlns="http://purl.org/dc/elements/1.1/"'), item(2, "<item>a</item>"), THREE
    ),
    "text between entries": rss(ONE, "and", TWO),
    "a comment between entries": rss(ONE, "<!-- old -->", TWO),
    "an element between entries": rss(ONE, "<language>fr</language>", TWO),
    "a DOCTYPE": rss(ALL, before=f'{DECLARED}<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "x.dtd">\n'),
    "a DOCTYPE of names": rss(ALL, before=f"{DECLARED}<!DOCTYPE rss [<!ELEMENT rss ANY>]>\n"),
    "entities of its own": rss(ALL, before=f'{DECLARED}<!DOCTYPE rss [<!ENTITY a "b">]>\n'),
    "a processing instruction in an entry": rss(item(1, "<?php echo ?>"), TWO),
    "a processing instruction between entries": rss(ONE, "<?x?>", TWO),
    "a late declaration": rss(ALL, before=f"\n{DECLARED}"),
    "Latin-1 as declared": rss(item(1, about("Zölle")), TWO).replace("utf-8", "iso-8859-1").encode("latin-1"),
    "Latin-1 by the header": (rss(item(1, about("Zölle")), TWO).encode("latin-1"), "text/xml; charset=iso-8859-1"),
    "Latin-1 by the header, and it is not": (rss(item(1, about("Zölle")), TWO), "text/xml; charset=latin-1"),
    "Latin-1, declared as UTF-8": rss(item(1, about("Zölle")), TWO).encode("latin-1"),
    "two charsets in the header": (rss(item(1, about("+AGE-")), TWO), "text/xml; charset=utf-8; charset=utf-7"),
    "UTF-7 declared": rss(item(1, about("+AGE-")), TWO).replace("utf-8", "utf-7"),
    "UTF-7 in the first line of text": rss(item(1, about("+AGE- encoding='utf-7' ?>")), TWO, before="<?xml?>"),
    "an encoding in the first line of text": rss(
        item(1, about('<![CDATA[Zölle: <pre>encoding="iso-8859-1"?></pre>]]>')), TWO, before='<?xml version="1.0"?>'
    ),
    "an encoding that feedparser does not see, in a text": (
        rss(item(1, about("Zölle")), TWO, before='<?xml version="1.0" encoding = "utf-8"?>\n'), "text/xml",
    ),
    "letters in a text of no charset": (rss(item(1, about("Zölle")), TWO, before=""), "text/xml"),
    "UTF-16": rss(item(1, about("关税")), TWO).replace("utf-8", "utf-16").encode("utf-16"),
    "Shift-JIS": rss(item(1, about("関税")), TWO).replace("utf-8", "shift_jis").encode("shift_jis"),
    "half a letter": rss(item(1, about("关税")), TWO).encode().replace("税".encode(), "税".encode()[:2]),
    "a name that is declared nowhere": rss(item(1, "<dc:creator>Jane</dc:creator>"), TWO),
    "an entity that is declared nowhere": rss(item(1, about("a&nbsp;b")), TWO),
    "a lone ampersand": rss(item(1, about("R&D")), TWO),
    "a letter that XML forbids": rss(item(1, about("a\x07")), TWO),
    "half a surrogate pair": rss(item(1, about("a &#xD800; b")), TWO),
    "cut off after an entry": rss(ONE, TWO).removesuffix("</channel></rss>"),
    "cut off within an entry": rss(ONE, TWO)[:-40],
    "cut off within CDATA": rss(ONE, item(2, about("<![CDATA[a")))[:-50],
    "tags that cross": rss(item(1, "<b><i></b></i>"), TWO),
    "more after the end": rss(ALL) + "<p>page</p>",
    "addresses of single entries": feed(entry(1, attributes=' xml:base="https://one.example/"'), SECOND, THIRD),
    "an address of a text": feed(entry(1, '<content xml:base="https://one.example/">a</content>'), SECOND, THIRD),
    "texts within texts": feed(
        entry(1, '<content type="xhtml"><title><summary>s</summary></title></content>'), SECOND, THIRD
    ),
    "a language that stays": feed(
        entry(1, '<summary type="html"><div xml:lang="ja">a</div></summary>', ' xml:lang="fr"'), SECOND, THIRD
    ),
    "a drawing that never ends": rss(
        item(1, '<body type="xhtml"><svg xmlns="http://www.w3.org/2000/svg"><item/></svg></body>'), TWO
    ),
    "an unknown name declared at one entry": feed(entry(1, '<x:a xmlns:x="http://x.example/"/>'), SECOND),
    "a prefix that an entry turns round": rss(
        item(1, '<media:title xmlns:media="http://purl.org/dc/elements/1.1/">m</media:title>'),
        item(2, "<media:title>m</media:title>"), THREE, root=MEDIA,
    ),
    "a version that an entry brings": rdf(item(1, f'<a:title xmlns:a="{ATOM}">a</a:title>'), TWO, default=""),
    "a feed within an entry": rss(item(1, '<feed xml:lang="fr"/>'), TWO, root='version="2.0" xml:lang="en"'),
    "a channel within an entry": rss(item(1, "<channel><title>c</title></channel>"), TWO),
    "an image of the channel that an entry adds to": rss(
        item(1, "<image><link rel='self' href='/i'/></image>"), TWO, head="<image><url>/i.png</url></image>"
    ),
    "a text field in an entry": rss(item(1, "<textInput><name>n</name></textInput>"), TWO),
    "a long head": rss(ALL, head=f"<description>{'a' * 70_000}</description>"),
    "more entries than are read": rss(*(f"<item><guid>number {n}</guid></item>" for n in range(1_001))),
    "all of one link": rss(ALL.replace("/2<", "/1<").replace("/3<", "/1<")),
    "nothing but texts": rss(*(f"<item><title>Duty {n}</title></item>" for n in range(3))),
    "JSON": ('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "a"}]}', ""),
    "a web page": "<html><body><item>a</item></body></html>",
    "no feed": f"{DECLARED}<opinions>{ALL}</opinions>",
    "nothing": "",
}  # fmt: skip
