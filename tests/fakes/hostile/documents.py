"""XML that blows up, floods or reaches out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bot.intake.fetched import FaultKind
from bot.intake.parsing import MAX_ENTRIES
from bot.model import Item
from tests.fakes.hostile.case import GOOD, RSS, STEEL, Answer, Brings, Case, Fails, Visit, channel, document
from tests.fakes.web import item

ENTITIES = Fails(FaultKind.UNREADABLE, "entities")
TOO_LONG = Fails(FaultKind.TIMEOUT, "reading it took longer")
ITEM = f"<item><title>{STEEL}</title><guid>steel-1</guid></item>"
LAUGHS = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))


def declaring(entities: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]>{channel(ITEM).partition("?>")[2]}'


def late(make: str) -> Answer:
    """Made when it is first asked for: some are large."""

    async def behave(visit: Visit) -> None:
        await document(_MAKERS[make]())(visit)

    return behave


@cache
def categories() -> str:
    many = "".join(f"<category>c{number}</category>" for number in range(60_000))
    return channel(f"<item><title>{STEEL}</title>{many}</item>")


@cache
def attributes() -> str:
    many = " ".join(f'a{number}=""' for number in range(60_000))
    return channel(f"<item><title {many}>{STEEL}</title></item>")


@cache
def namespaces() -> str:
    many = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(40_000))
    return f'<rss version="2.0" {many}><channel>{ITEM}</channel></rss>'


@cache
def entries() -> str:
    return channel("".join(f"<item><title>{n}</title></item>" for n in range(50_000)))


@cache
def fat_entries() -> str:
    return channel(item(STEEL, guid="1", description="x" * 1_000) * (MAX_ENTRIES + 500))


_MAKERS = {
    "categories": categories,
    "attributes": attributes,
    "namespaces": namespaces,
    "entries": entries,
    "fat-entries": fat_entries,
}


def no_longer_than(characters: int) -> Brings:
    def look(items: Sequence[Item]) -> None:
        (only,) = items
        assert len(only.title) <= characters

    return Brings(titles=None, look=look)


def capped(items: Sequence[Item]) -> None:
    assert len(items) == MAX_ENTRIES


def described(inner: str) -> str:
    return channel(f"<item><title>{STEEL}</title><guid>1</guid><description>{inner}</description></item>")


def _case(name: str, answer: Answer, expected: Fails | Brings, *, heavy: bool = False) -> Case:
    return Case(name=f"xml-{name}", answer=answer, expected=expected, heavy=heavy)


OUTWARD = channel(ITEM).replace("?>", '?><!DOCTYPE rss SYSTEM "http://{inside}/x.dtd">', 1)
MARKED = channel(ITEM).replace("?>", '?><?xml-stylesheet href="http://{inside}/x.xsl"?>', 1)


def inviting(text: str) -> Answer:
    """A document that names an address inside, which nobody may ask for it."""

    async def behave(visit: Visit) -> None:
        await document(text.replace("{inside}", visit.inside))(visit)

    return behave


CASES = (
    # --- entities, and what would have to be fetched
    _case("billion-laughs", document(declaring(f'<!ENTITY a0 "lol">{LAUGHS}').replace(STEEL, "&a9;")), ENTITIES),
    _case(
        "one-long-entity",
        document(declaring(f'<!ENTITY a "{"x" * 50_000}">').replace(STEEL, "&a;" * 20_000)),
        ENTITIES,
    ),
    _case(
        "entity-of-a-file",
        document(declaring('<!ENTITY a SYSTEM "file:///etc/passwd">').replace(STEEL, "&a;")),
        ENTITIES,
    ),
    _case(
        "entity-of-an-address",
        inviting(declaring('<!ENTITY a SYSTEM "http://{inside}/">').replace(STEEL, "&a;")),
        ENTITIES,
    ),
    _case("parameter-entity", inviting(declaring('<!ENTITY % a SYSTEM "http://{inside}/x.dtd"> %a;')), ENTITIES),
    _case("outside-dtd", inviting(OUTWARD), Brings()),
    _case("stylesheet", inviting(MARKED), Brings()),
    _case(
        "xinclude",
        inviting(channel(ITEM + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="http://{inside}/"/>')),
        Brings(),
    ),
    _case(
        "base-inward", inviting(channel(ITEM).replace("<channel>", '<channel xml:base="http://{inside}/">')), Brings()
    ),
    _case(
        "unknown-entities",
        document(channel(ITEM.replace(STEEL, "Caf&eacute;&nbsp;duties &mdash; &bogus;"))),
        Brings(("Café duties — &bogus;",)),
    ),
    # --- quadratic readers
    _case("sixty-thousand-categories", late("categories"), TOO_LONG, heavy=True),
    _case("sixty-thousand-attributes", late("attributes"), TOO_LONG, heavy=True),
    _case("forty-thousand-namespaces", late("namespaces"), Brings()),
    _case("comments-that-open", document(described("&lt;!--" * 60_000)), Brings()),
    _case("tags-that-open", document(described("&lt;" * 200_000)), Brings()),
    _case("quotes-that-open", document(described('&lt;a href="' * 50_000)), Brings()),
    # --- floods
    _case("fifty-thousand-entries", late("entries"), TOO_LONG, heavy=True),
    _case("more-entries-than-are-taken", late("fat-entries"), Brings(None, capped)),
    _case("deep", document(channel(f"<item><title>{STEEL}</title>{'<a>' * 20_000}")), Brings()),
    _case("deep-in-a-text", document(described("&lt;div&gt;" * 50_000)), Brings()),
    _case("title-of-a-megabyte", document(channel(item("x" * 2**20))), no_longer_than(1_000)),
    _case("title-of-many-words", document(channel(item("duties " * 100_000))), no_longer_than(1_000)),
    _case("text-of-a-megabyte", document(described("steel " * 170_000)), Brings()),
    _case(
        "attribute-of-a-megabyte",
        document(channel(f'<item><title a="{"x" * 2**20}">{STEEL}</title></item>')),
        Brings(),
    ),
    _case("comment-of-a-megabyte", document(channel(f"<!--{'x' * 2**20}-->{ITEM}")), Brings()),
    _case("whitespace-of-a-megabyte", document(" " * 2**20 + channel(ITEM)), Brings()),
    _case("instructions", document(channel("<?x y?>" * 100_000 + ITEM)), Brings()),
    _case("hundred-thousand-comments", document("<!---->" * 100_000 + channel(ITEM).partition("?>")[2]), Brings()),
    _case(
        "doctype-that-does-not-end",
        document("<!DOCTYPE rss [" + "<!ELEMENT a ANY>" * 50_000),
        Fails(FaultKind.NOT_A_FEED),
    ),
    # --- broken
    _case("cut-off", document(GOOD[:-30]), Brings()),
    _case("cut-off-in-a-title", document(GOOD[: GOOD.index(b"steel")]), Brings(())),
    _case("cdata-that-does-not-end", document(channel(f"<item><title><![CDATA[{STEEL}")), Brings(())),
    _case("two-roots", document(GOOD + GOOD), Brings((STEEL, STEEL))),
    _case("tail", document(GOOD + b"\n<script>alert(1)</script>"), Brings()),
    _case(
        "bare-ampersands",
        document(channel(item("x").replace("x", "Coal & steel < iron"))),
        Brings(("Coal & steel < iron",)),
    ),
    _case("mixed-up-tags", document(channel(f"<item><title><b>{STEEL}</title></b></item>")), Brings()),
    _case("item-without-anything", document(channel(f"<item/>{ITEM}<item></item>")), Brings()),
    _case("upper-case", document(GOOD.replace(b"item", b"ITEM").replace(b"title", b"TITLE"), RSS), Brings()),
)
