"""Entries as feeds really write them, from the bytes of a document to the text that people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest

from bot.intake.normalise import normalise
from bot.intake.parsing import parse_feed
from bot.model import Entry, Item, Source, SourceId

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
PAPER = Source(id=SourceId("paper"), name="The Paper")
TITLE = "Steel duties rise"


def document(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>c</title><item>{inner}</item></channel></rss>"
    ).encode()


def entry_of(inner: str) -> Entry:
    (entry,) = parse_feed(document(inner), "", "https://paper.example/feed")
    return entry


def item_of(inner: str) -> Item:
    item = normalise(entry_of(inner), PAPER, NOW)
    assert item is not None
    return item


def plain(text: str) -> str:
    return f"<title>{TITLE}</title><description>{text}</description>"


def cdata(markup: str) -> str:
    return plain(f"<![CDATA[{markup}]]>")


def full(markup: str) -> str:
    return f"<title>{TITLE}</title><content:encoded><![CDATA[{markup}]]></content:encoded>"


SUMMARIES = {
    # markup
    "a table in a table": (
        cdata(
            "<table><tr><td><table><tr><td>Steel</td><td>25%</td></tr><tr><td>Tin</td></tr></table></td></tr></table>"
        ),
        "Steel 25% Tin",
    ),
    "a mail's layout": (cdata("<table width=600><tr><td><p>Duties rise.</p></td></tr></table>"), "Duties rise."),
    "unclosed": (cdata("<p>Duties rise<p>Tin falls<br>Zinc"), "Duties rise Tin falls Zinc"),
    "a whole page": (
        cdata("<html><head><title>x</title><style>p{}</style></head><body><p>Duties rise.</p></body></html>"),
        "Duties rise.",
    ),
    "XHTML": (
        plain('<div xmlns="http://www.w3.org/1999/xhtml"><p>Duties rise.</p><p>More.</p></div>'),
        "Duties rise. More.",
    ),
    "Word's own": (
        cdata('<!--[if gte mso 9]><xml><o:x/></xml><![endif]--><p class="MsoNormal">Duties rise.<o:p></o:p></p>'),
        "Duties rise.",
    ),
    "signs in attributes": (
        cdata('<p title="a > b">Duties</p> <a href="x" onclick="if (a<b) c()">rise</a>'),
        "Duties rise",
    ),
    "a link with an ampersand": (cdata('<a href="https://x.example/?a=1&b=2">Duties</a> rise'), "Duties rise"),
    "drawings": (cdata("<svg><text>logo</text></svg><p>Duties rise.</p><math><mi>x</mi></math>"), "Duties rise."),
    "a picture with a link": (
        cdata('<p><a href="x"><img src="y" align="left" alt="Steel" border="0"></a>Duties rise.</p><br clear="all">'),
        "Duties rise.",
    ),
    "nothing but a picture": (cdata('<img src="x.jpg" alt="Steel mill">'), ""),
    # escaped too often, or too little
    "escaped twice": (
        plain("&amp;lt;p&amp;gt;Duties rise to 25% &amp;amp;amp; more&amp;lt;/p&amp;gt;"),
        "Duties rise to 25% & more",
    ),
    "escaped in CDATA": (cdata("&lt;p&gt;Duties &lt;b&gt;rise&lt;/b&gt;.&lt;/p&gt;"), "Duties rise."),
    "quotes escaped twice": (
        cdata("&amp;#8220;Enough,&amp;#8221; she said &amp;amp; left"),
        "“Enough,” she said & left",
    ),
    "paragraphs escaped twice": (cdata("&lt;p&gt;Duties.&lt;/p&gt;&lt;p&gt;More.&lt;/p&gt;"), "Duties. More."),
    "signs that are none": (plain("Growth &lt; 2% &amp; duties &gt; 25%"), "Growth < 2% & duties > 25%"),
    "CDATA in CDATA": (plain("<![CDATA[<![CDATA[<p>Duties rise.</p>]]]]><![CDATA[>]]>"), "Duties rise."),
    "CDATA in CDATA without markup": (plain("<![CDATA[<![CDATA[Duties rise.]]]]><![CDATA[>]]>"), "Duties rise."),
    "CDATA escaped": (plain("&lt;![CDATA[Duties rise.]]&gt;"), "Duties rise."),
    # characters
    "numbered characters": (plain("Caf&#233; &#x2013; &#8364;5, &#8217;s"), "Café – €5, ’s"),
    "Windows' numbers": (cdata("It&#146;s &#147;over&#148; &#150; again"), "It’s “over” – again"),
    "named characters": (cdata("Espa&ntilde;a &mdash; 5&nbsp;%&hellip; &euro;3"), "España — 5 %… €3"),
    "soft hyphens": (plain("Handels&#173;ab&#173;kommen zwi&#173;schen"), "Handelsabkommen zwischen"),
    "zero width": (plain("Du&#8203;ties&#8205; ri&#65279;se"), "Duties rise"),
    "turned around": (plain("Duties &#8238;esir&#8236; now"), "Duties esir now"),
    "a site's own font": (plain("\ue000 Duties rise \uf8ff"), "Duties rise"),
    "flags and pictures": (plain("🇺🇸🇨🇳 talks 🤝"), "🇺🇸🇨🇳 talks 🤝"),
    # ends
    "WordPress": (
        cdata(
            '<p>Duties rise from July [&#8230;]</p>\n<p>The post <a href="x">Steel duties rise</a> appeared first on '
            '<a href="y">The Paper</a>.</p>'
        ),
        "Duties rise from July […]",
    ),
    "WordPress, on one line": (
        cdata("Duties rise. The post Steel duties rise first appeared on The Paper."),
        "Duties rise.",
    ),
    "WordPress with a link": (
        cdata(
            '<p>Duties rise from July&hellip; <a href="x">Continue reading <span>Steel duties rise</span> '
            "<span>&rarr;</span></a></p>"
        ),
        "Duties rise from July…",
    ),
    "WordPress in Spanish": (
        cdata("<p>Suben los aranceles.</p><p>La entrada Suben los aranceles se publicó primero en El Diario.</p>"),
        "Suben los aranceles.",
    ),
    "WordPress in German": (
        cdata("<p>Die Zölle steigen.</p><p>Der Beitrag Die Zölle steigen erschien zuerst auf Das Blatt.</p>"),
        "Die Zölle steigen.",
    ),
    "continue reading": (
        cdata('<p>Duties rise.</p> <a href="https://g.example">Continue reading...</a>'),
        "Duties rise.",
    ),
    "continue reading, on one line": (cdata('Duties rise. <a href="x">Continue reading...</a>'), "Duties rise."),
    "read more": (cdata('Duties rise. <a href="x">Read more</a>'), "Duties rise."),
    "read more »": (cdata('<p>Duties rise.</p><p><a href="x">Read more &raquo;</a></p>'), "Duties rise."),
    "read the full story": (cdata("<p>Duties rise.</p><p>Read the full story at The Paper.</p>"), "Duties rise."),
    "read more in Spanish": (cdata("<p>Suben los aranceles.</p><p>Seguir leyendo</p>"), "Suben los aranceles."),
    "read more in German": (cdata("<p>Die Zölle steigen. Weiterlesen …</p>"), "Die Zölle steigen."),
    "read more in French": (
        cdata("<p>Les droits augmentent.</p><p>Lire la suite</p><p>Lire aussi : Le zinc grimpe</p>"),
        "Les droits augmentent.",
    ),
    "read more in Japanese": (plain("政府は関税を発表した。続きを読む"), "政府は関税を発表した。"),
    "what only sounds like it": (cdata("She could not read more"), "She could not read more"),
    "a forum": (
        cdata('<p>Duties rise.</p> submitted by <a href="u"> /u/jane </a> <a href="x">[link]</a> <a>[comments]</a>'),
        "Duties rise.",
    ),
    # what stands around
    "a pixel": (
        cdata('Duties rise.<img src="https://t.example/p.gif" width="1" height="1" alt=""/>'),
        "Duties rise.",
    ),
    "icons": (
        cdata('<p>Duties rise.</p><div class="feedflare"><a href="x"><img src="y"/></a></div>'),
        "Duties rise.",
    ),
    "share buttons": (
        cdata("<p>Duties rise.</p><ul><li>Share on Facebook</li><li>Tweet</li><li>Email</li><li>Print</li></ul>"),
        "Duties rise.",
    ),
    "share buttons that open": (
        cdata("<p>Duties rise.</p><h3>Share this:</h3><li>Click to share on X (Opens in new window)</li>"),
        "Duties rise.",
    ),
    "likes": (cdata("<p>Duties rise.</p><p>Like this:</p><p>Like Loading...</p>"), "Duties rise."),
    "nothing but a link": (plain("https://paper.example/steel"), ""),
    "nothing but comments": (cdata('<a href="https://x.example">Comments</a>'), ""),
    "the headline again": (cdata(f'<a href="x">{TITLE}</a>'), ""),
    "what programs alone see": (
        cdata('<p>Duties rise<span class="screen-reader-text"> opens in a new tab</span>.</p><p hidden>words</p>'),
        "Duties rise.",
    ),
    "what nobody sees": (cdata('<p style="display: none">steel steel</p><p>Duties rise.</p>'), "Duties rise."),
    "the hidden costs of duties": (cdata("<p>The hidden costs: none.</p>"), "The hidden costs: none."),
    # other scripts
    "Chinese, with its editor": (
        cdata("<p>　　新华社北京电　商务部宣布暂停加征关税。</p><p>责任编辑：张三</p>"),
        "新华社北京电 商务部宣布暂停加征关税。",
    ),
    "Chinese, to be shared": (
        cdata("<p>商务部宣布暂停加征关税。</p><p>分享到：</p><p>扫一扫</p>"),
        "商务部宣布暂停加征关税。",
    ),
    "Arabic with marks": (plain("&#8207;أعلنت الصين تعليق الرسوم.&#8206;"), "أعلنت الصين تعليق الرسوم."),
    "Hebrew": (plain(escape('<div dir="rtl">הממשלה הודיעה על העלאת המכס.</div>')), "הממשלה הודיעה על העלאת המכס."),
    "Korean": (plain("정부는 월요일 철강 관세를 발표했다."), "정부는 월요일 철강 관세를 발표했다."),
}

BODIES = {
    "pictures and programs": (
        full('<p>Duties rise.</p><iframe src="x">v</iframe><script>t()</script><noscript><img></noscript>'),
        "Duties rise.",
    ),
    "cookies": (
        full("<p>We use cookies to improve your experience.</p><p>Duties rise.</p><p>Accept all cookies</p>"),
        "Duties rise.",
    ),
    "more cookies": (
        full("<p>This website uses cookies. By continuing to browse you agree to that.</p><p>Duties rise.</p>"),
        "Duties rise.",
    ),
    "a paywall below": (
        full("<p>Duties rise.</p><p>Already a subscriber? Sign in</p><p>Subscribe to unlock this article</p>"),
        "Duties rise.",
    ),
    "letters and programs to have": (
        full("<p>Duties rise.</p><p>Sign up for our newsletter</p><p>Download our app</p><p>Follow us on X</p>"),
        "Duties rise.",
    ),
    "advertisements": (
        full("<p>Duties rise.</p><p>ADVERTISEMENT</p><p>Story continues below advertisement</p><p>Tin falls.</p>"),
        "Duties rise.\n\nTin falls.",
    ),
    "a wire": (
        full(
            "<p>GENEVA, May 6 (Reuters) - Duties rise.</p><p>Reporting by Jane Doe; Editing by John Roe</p>"
            "<p>Our Standards: The Thomson Reuters Trust Principles.</p>"
        ),
        "Duties rise.",
    ),
    "other articles": (
        full("<p>Duties rise.</p><p>RELATED: Tin falls</p><p>Also read | Lead sinks</p><p>12 comments</p>"),
        "Duties rise.",
    ),
    "tags": (full("<p>Duties rise.</p><p>Tags: steel, duties</p><p>Filed under: Trade</p>"), "Duties rise."),
    "lists": (
        full("<h2>Key points</h2><ul><li>Steel 25%</li><li>Tin 10%</li></ul><dl><dt>Zinc</dt><dd>5%</dd></dl>"),
        "Key points\n\nSteel 25%\nTin 10%\n\nZinc\n5%",
    ),
    "small letters": (full("<p>CO<sub>2</sub> duty of 5<sup>th</sup> May</p>"), "CO2 duty of 5th May"),
    "words that stay": (
        full(
            "<p>This is the site of the new mill.</p><p>You have to pay 25%.</p><p>To continue, talks need time.</p>"
            "<p>Read the statement: duties rise.</p><p>Topics include steel, tin and zinc.</p><p>Shares fell 3%.</p>"
        ),
        """This is the site of the new mill.

You have to pay 25%.

To continue, talks need time.

Read the statement: duties rise.

Topics include steel, tin and zinc.

Shares fell 3%.""",
    ),
}

GOOGLE = (
    '<a href="https://news.google.com/rss/articles/CBMiabc?oc=5">{}</a>&nbsp;&nbsp;<font color="#6f6f6f">{}</font>'
)
TITLES = {
    "markup": (
        "<title>&lt;b&gt;Steel&lt;/b&gt; duties &amp;amp; tin &lt;i&gt;rise&lt;/i&gt;</title>",
        "Steel duties & tin rise",
    ),
    "a line end": ("<title>Steel&lt;br/&gt;duties rise</title>", TITLE),
    "white space": ("<title>\n   Steel&amp;nbsp;duties\n\t rise&#160; </title>", TITLE),
    "less and more": ("<title>Growth &lt; 2% as duties &gt; 25%</title>", "Growth < 2% as duties > 25%"),
    "the outlet": ("<title>Steel duties rise | The Paper</title>", TITLE),
    "two accents": ("<title>Zo\u0308lle steigen</title>", "Zölle steigen"),
    "CDATA": ("<title><![CDATA[Steel duties rise]]></title>", TITLE),
    "wide letters": ("<title>ＥＵ、関税２５％を発表</title>", "ＥＵ、関税２５％を発表"),
    "Thai": ("<title>รัฐบาลขึ้นภาษีเหล็กเป็นร้อยละ 25</title>", "รัฐบาลขึ้นภาษีเหล็กเป็นร้อยละ 25"),
}
LANGUAGES = {
    "中国商务部：暂停加征关税": "zh", "政府、鉄鋼への関税を発表した": "ja", "정부, 철강 관세를 발표": "ko",
    "الصين تعلّق الرسوم الجمركية على الصلب": "ar", "ישראל תעלה את המכס על פלדה": "he",
    "Правительство вводит пошлины на сталь": "ru", "Die Regierung erhöht die Zölle auf Stahl und Aluminium": "de",
    "El gobierno sube los aranceles al acero y al aluminio": "es",
    "The government raises the duties on steel and aluminium": "en",
}  # fmt: skip


@pytest.mark.parametrize(("inner", "text"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_says_what_its_reader_should_see(inner: str, text: str) -> None:
    assert item_of(inner).summary == text


@pytest.mark.parametrize(("inner", "text"), BODIES.values(), ids=BODIES)
def test_a_body_is_the_article(inner: str, text: str) -> None:
    assert item_of(inner).body == text


@pytest.mark.parametrize(("inner", "title"), TITLES.values(), ids=TITLES)
def test_a_title_is_one_line_of_text(inner: str, title: str) -> None:
    assert item_of(inner).title == title


@pytest.mark.parametrize(("title", "language"), LANGUAGES.items())
def test_the_language_is_told_from_the_text_whatever_the_feed_declares(title: str, language: str) -> None:
    latin = language in {"de", "es", "en"}  # these share a script: there the publisher is believed
    declared = "" if latin else "<dc:language>en</dc:language>"
    assert item_of(f"<title>{title}</title>{declared}").lang == language


@pytest.mark.parametrize(
    "summary",
    [
        GOOGLE.format(TITLE, "The Wire"),
        f"<ol><li>{GOOGLE.format(TITLE, 'The Wire')}</li><li>{GOOGLE.format('Mills cheer', 'Metal Daily')}</li></ol>",
    ],
)
def test_google_news_says_nothing_beyond_the_headline(summary: str) -> None:
    item = item_of(
        f"<title>{TITLE} - The Wire</title><description>{escape(summary)}</description>"
        '<source url="https://wire.example">The Wire</source>'
    )
    assert (item.title, item.summary, item.outlet) == (TITLE, "", "The Wire")


def test_the_federal_register_comes_through_whole() -> None:
    text = "Commerce determines that producers sold steel at less than normal value (NV). DATES: October 5, 2026."
    item = item_of(f"<title>Certain Steel From Spain; 2024-2025</title><description>{text}</description>")
    assert (item.title, item.summary) == ("Certain Steel From Spain; 2024-2025", text)


@pytest.mark.parametrize("inner", [each[0] for table in (SUMMARIES, BODIES, TITLES) for each in table.values()])
def test_cleaning_happens_once(inner: str) -> None:
    entry = entry_of(inner)
    once = normalise(entry, PAPER, NOW)
    assert once is not None
    again = replace(entry, title=once.title, summary=once.summary, body=once.body, is_html=False)
    assert normalise(again, PAPER, NOW) == once
