"""Feeds invented for the search for a difference between reading a document whole and reading what is new in it.

Some are as feeds are, most are odd: of every element that feedparser has a handler for, in any order and depth, with
attributes that change how it reads on (addresses, languages, types, namespaces), and with texts that look
like markup.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

Make = Callable[[random.Random], str]

NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/", "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/", "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom", "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#", "georss": "http://www.georss.org/georss",
    "gml": "http://www.opengis.net/gml", "cc": "http://web.resource.org/cc/",
    "creativecommons": "http://backend.userland.com/creativeCommonsRssModule",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rss1": "http://purl.org/rss/1.0/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0", "slash": "http://purl.org/rss/1.0/modules/slash/",
    "psc": "http://podlove.org/simple-chapters", "admin": "http://webns.net/mvcb/",
    "xhtml": "http://www.w3.org/1999/xhtml", "prism": "http://prismstandard.org/namespaces/1.2/basic/",
    "foo": "http://foo.example/ns", "wfw": "http://wellformedweb.org/commentAPI/",
}  # fmt: skip
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
_WORDS = ["tariff", "trade", "Zölle", "关税", "talks", "steel", "45%", "café", "quota"]  # fmt: skip
_ODD_WORDS = [
    "R&amp;D", "&lt;b&gt;bold&lt;/b&gt;", "&#8212;", "&#x20AC;", "'", '"', "&apos;", "<br/>", "<p>para</p>",
    "<![CDATA[<i>cd</i> & raw]]>", "<!-- note -->", "<![CDATA[</item>]]>", "<![CDATA[<item>]]>", "<!-- </entry> -->",
    "<!-- <item> -->", "x&lt;item&gt;", "<![CDATA[<!-- ]]>", "<!-- ]]> -->", "a > b", "/>", "Ã©", "&lt;/a&gt;",
    "\u2028", "\n", "<![CDATA[]]>", "<?php echo 1 ?>", "&nbsp;", "]]&gt;", "encoding='utf-7' ?>",
]  # fmt: skip
_DATES = ["Tue, 06 May 2025 10:00:00 GMT", "2025-05-06T10:00:00Z", "6 May 2025", "yesterday", ""]
_TYPES = ["text", "html", "xhtml", "text/html", "text/plain", "application/xhtml+xml", "application/xml", "image/png"]
_TAGS = [
    "title", "link", "description", "summary", "content", "id", "guid", "pubDate", "updated", "published", "author",
    "name", "email", "url", "uri", "category", "source", "image", "textInput", "language", "body", "div", "p", "svg",
    "math", "channel", "feed", "rss", "enclosure", "generator", "rights", "subtitle", "tagline", "contributor",
    "created", "issued", "modified", "comments", "cloud", "width", "height", "info", "copyright", "abstract", "tags",
    "fullitem", "managingEditor", "webMaster", "lastBuildDate", "expirationDate", "keywords", "homepage", "prodlink",
    "dc:title", "dc:creator", "dc:date", "dc:language", "dc:subject", "dc:description", "dc:publisher",
    "dc:contributor", "dcterms:modified", "dcterms:issued", "dcterms:created", "content:encoded", "media:content",
    "media:group", "media:title", "media:description", "media:thumbnail", "media:credit", "media:category",
    "media:keywords", "media:rating", "media:license", "media:player", "itunes:author", "itunes:owner",
    "itunes:name", "itunes:email", "itunes:summary", "itunes:subtitle", "itunes:explicit", "itunes:block",
    "itunes:image", "itunes:keywords", "itunes:duration", "geo:lat", "georss:point", "georss:where", "gml:Point",
    "gml:pos", "gml:LinearRing", "cc:license", "creativecommons:license", "feedburner:origLink", "slash:comments",
    "feedburner:browserFriendly", "psc:chapters", "psc:chapter", "admin:generatorAgent", "admin:errorReportsTo",
    "xhtml:body", "xhtml:div", "xhtml:summary", "xhtml:title", "foo:bar", "foo:title", "atom:link", "atom:title",
    "atom:summary", "atom:content", "atom:author", "atom:updated", "rss1:title", "prism:publicationDate",
    "wfw:commentRss",
]  # fmt: skip
_RARE_TAGS = ["item", "entry", "ITEM", "rss1:item", "atom:entry", "foo:item", "items", "Item"]
_ATTRIBUTES: Sequence[Make] = (
    lambda chance: f'type="{chance.choice(_TYPES)}"',
    lambda chance: f'xml:lang="{chance.choice(["fr", "ja", "", "en_US"])}"',
    lambda chance: f'lang="{chance.choice(["it", "pt"])}"',
    lambda chance: f'xml:base="https://base{chance.randint(0, 3)}.example/"',
    lambda chance: f'href="{_address(chance)}"',
    lambda chance: f"url='{_address(chance)}'",
    lambda chance: f'rel="{chance.choice(["alternate", "self", "related", "enclosure"])}"',
    lambda chance: f'isPermaLink="{chance.choice(["true", "false"])}"',
    lambda chance: f'rdf:about="{_address(chance)}"',
    lambda chance: f'rdf:resource="{_address(chance)}"',
    lambda chance: f'mode="{chance.choice(["escaped", "base64", "xml"])}"',
    lambda chance: f'version="{chance.choice(["2.0", "0.3", "0.91"])}"',
    lambda chance: f'xmlns="{chance.choice(list(NAMESPACES.values()))}"',
    lambda chance: f'xmlns:{chance.choice([*NAMESPACES, "new"])}="{chance.choice(list(NAMESPACES.values()))}"',
    lambda chance: f'lastmod="{chance.choice(_DATES)}"',
    lambda _: 'note="a > b"',
    lambda _: "src='https://x.example/p.png'",
)
_USUAL_RSS: Sequence[Make] = (
    lambda chance: f"<title>{_text(chance, 6)}</title>",
    lambda chance: f"<link>{_address(chance)}</link>",
    lambda chance: f'<guid isPermaLink="{chance.choice(["true", "false"])}">g{chance.randint(0, 19)}</guid>',
    lambda chance: f"<description>{_text(chance, 20)}</description>",
    lambda chance: f"<pubDate>{chance.choice(_DATES)}</pubDate>",
    lambda chance: f"<content:encoded><![CDATA[<p>{_plain(chance, 9)}</p>]]></content:encoded>",
    lambda chance: f"<dc:creator>{_plain(chance, 2)}</dc:creator>",
    lambda chance: f'<media:group><media:content url="{_address(chance)}"/></media:group>',
    lambda chance: f'<source url="{_address(chance)}">{_plain(chance, 2)}</source>',
    lambda _: '<enclosure url="https://x.example/a.mp3" length="1" type="audio/mpeg"/>',
    lambda chance: f"<itunes:summary>{_plain(chance, 5)}</itunes:summary>",
)
_USUAL_ATOM: Sequence[Make] = (
    lambda chance: f'<title type="{chance.choice(["text", "html"])}">{_text(chance, 5)}</title>',
    lambda chance: f'<link href="{_address(chance)}" rel="{chance.choice(["alternate", "self"])}"/>',
    lambda chance: f"<id>tag:x.example,2025:{chance.randint(0, 19)}</id>",
    lambda chance: f'<summary type="html">{_text(chance, 9)}</summary>',
    lambda chance: (
        f'<content type="xhtml"><div xmlns="{NAMESPACES["xhtml"]}"><p>{_plain(chance, 9)}</p></div></content>'
    ),
    lambda chance: f'<content type="html">{_text(chance, 12)}</content>',
    lambda chance: f"<updated>{chance.choice(_DATES)}</updated>",
    lambda chance: f"<author><name>{_plain(chance, 2)}</name></author>",
    lambda chance: f"<source><title>{_plain(chance, 2)}</title><id>s</id></source>",
)
_IN_HEAD: Sequence[Make] = (
    lambda chance: f"<title>{_plain(chance, 3)}</title>",
    lambda _: "<link>https://x.example/</link>",
    lambda chance: f"<description>{_plain(chance, 4)}</description>",
    lambda chance: f"<language>{chance.choice(['en-us', 'de'])}</language>",
    lambda _: "<image><title>i</title><url>https://x.example/i.png</url></image>",
    lambda _: '<atom:link rel="hub" href="https://h.example/"/>',
    lambda _: "<textInput><title>t</title><name>n</name></textInput>",
    lambda _: "<author><name>top</name></author>",
    lambda chance: f"<updated>{chance.choice(_DATES)}</updated>",
    lambda chance: _element(chance, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """A document in pieces that may be changed one by one; an entry is its start tag, its elements and its end."""

    start: str
    head: tuple[str, ...]
    entries: tuple[tuple[str, ...], ...]
    tail: tuple[str, ...]
    end: str
    joint: str
    encoding: str
    content_type: str

    @property
    def body(self) -> bytes:
        entries = self.joint.join("".join(entry) for entry in self.entries)
        text = "".join((self.start, *self.head, self.joint, entries, *self.tail, self.end))
        return text.encode(self.encoding, "xmlcharrefreplace")

    def later(self, chance: random.Random) -> Invented:
        """What the feed has at a later time: some entries gone, others new, the head perhaps another."""
        kept = [entry for entry in self.entries if chance.random() < 0.8]
        new = invented(chance).entries if chance.random() < 0.3 else self.entries[:0]
        more = [entry for entry in new if entry[-1] == self.entries[0][-1]]
        mixed = [*more, *kept] or list(self.entries)
        if chance.random() < 0.1:
            chance.shuffle(mixed)
        head = self.head if chance.random() < 0.7 else (*self.head, chance.choice(_IN_HEAD)(chance))
        return replace(self, entries=tuple(mixed), head=head)


def invented(chance: random.Random) -> Invented:
    """Of any kind; four in ten have nothing odd in their entries."""
    kind = chance.choice(["rss", "rss", "rdf", "atom"])
    oddness = chance.choice([0.0, 0.0, 0.0, 0.03, 0.1, 0.5])
    start, end = _frame(chance, kind)
    entries = tuple(_entry(chance, kind, oddness) for _ in range(chance.randint(1, 7)))
    odd_tail = chance.random() < oddness / 2
    return Invented(
        start=start,
        head=tuple(chance.choice(_IN_HEAD[:-1] if chance.random() > oddness else _IN_HEAD)(chance) for _ in range(3)),
        entries=entries,
        tail=(_element(chance, 2),) if odd_tail else (),
        end=end,
        joint=chance.choice(["", "\n", "\r\n  "]) if chance.random() > oddness / 9 else "text between",
        encoding="utf-8" if chance.random() > oddness / 4 else chance.choice(["latin-1", "utf-16", "utf-8-sig"]),
        content_type=chance.choice(
            ["application/rss+xml", "text/xml", "text/xml; charset=utf-8", "application/atom+xml; charset=UTF-8", ""]
        ),
    )  # fmt: skip


def _frame(chance: random.Random, kind: str) -> tuple[str, str]:
    declaration = chance.choice(
        [
            "<?xml version='1.0' encoding='utf-8'?>\n", '<?xml version="1.0"?>', "",
            '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made -->\n', '<?xml version="1.0" encoding="utf8"?>',
            "<?xml version='1.0' encoding='utf-8'?><?xml-stylesheet href='a.xsl'?>",
        ]
    )  # fmt: skip
    language = chance.choice(["", "", ' xml:lang="es"', ' xml:base="https://root.example/"'])
    match kind:
        case "rss":
            version = chance.choice(["2.0", "0.91", "0.92", ""])
            return f'{declaration}<rss version="{version}" {_DECLARED}{language}><channel>', "</channel></rss>"
        case "rdf":
            default = chance.choice([NAMESPACES["rss1"], "http://my.netscape.com/rdf/simple/0.9/"])
            start = (
                f'{declaration}<rdf:RDF xmlns="{default}" {_DECLARED}{language}><channel><title>c</title></channel>'
            )
            return start, "</rdf:RDF>"
        case _:
            default = chance.choice([f'xmlns="{NAMESPACES["atom"]}"', 'version="0.3"', ""])
            return f"{declaration}<feed {default} {_DECLARED}{language}>", "</feed>"


def _entry(chance: random.Random, kind: str, oddness: float) -> tuple[str, ...]:
    name, usual = ("entry", _USUAL_ATOM) if kind == "atom" else ("item", _USUAL_RSS)
    attributes = _attributes(chance) if chance.random() < oddness else ""
    parts = (
        _element(chance, 3) if chance.random() < oddness else chance.choice(usual)(chance)
        for _ in range(chance.randint(1, 8))
    )
    return f"<{name}{attributes}>", *parts, f"</{name}>"


def _element(chance: random.Random, depth: int) -> str:
    tag = chance.choice(_TAGS if chance.random() < 0.98 else _RARE_TAGS)
    attributes = _attributes(chance)
    if chance.random() < 0.1:
        return f"<{tag}{attributes}/>"
    within = (
        _element(chance, depth - 1) if depth and chance.random() < 0.4 else _text(chance, 4)
        for _ in range(chance.randint(0, 3))
    )
    return f"<{tag}{attributes}>{''.join(within)}</{tag}>"


def _attributes(chance: random.Random) -> str:
    given = (chance.choice(_ATTRIBUTES)(chance) for _ in range(chance.choice([0, 0, 1, 1, 2])))
    once = {each.partition("=")[0]: each for each in given}
    return "".join(f" {each}" for each in once.values())


def _address(chance: random.Random) -> str:
    return chance.choice(["https://x.example/", "https://x.example/", "/", ""]) + str(chance.randint(0, 29))


def _text(chance: random.Random, most: int) -> str:
    odd = chance.random() < 0.3
    return " ".join(
        chance.choice(_ODD_WORDS if odd and chance.random() < 0.3 else _WORDS) for _ in range(chance.randint(0, most))
    )


def _plain(chance: random.Random, most: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(0, most)))
