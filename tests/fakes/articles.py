"""Pages of articles, as sites serve them: the text among menus, credits, buttons and footers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

TRADE_TEXT = (
    "Ministers from Brazil and Japan agreed on Wednesday to cut tariffs on farm goods to 5 percent from 20 percent.",
    "The two governments will sign the trade agreement in June; the lower duties on imports of beef and rice follow.",
    "Exporters had asked for free trade for years, and officials said that talks on steel tariffs would come next.",
    "The trade ministers called it the largest step in a decade, after a dispute over import quotas was settled.",
)
OTHER_TEXT = (
    "Brazil and Japan signed the programme of a friendly match between the staff of their embassies on Wednesday.",
    "Brazil won by three goals under this accord, and the ambassador of Japan gave a silver cup to the captain.",
    "Visitors praised the food, the music and the weather, and the hosts promised to come back in the next year.",
    "The band played until late in the evening, children sang, and the garden was full of paper lanterns.",
)


def page(title: str, paragraphs: Sequence[str], *, head: str = "", around: str = "") -> str:
    """A whole page; `head` and `around` are markup."""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}<title>{escape(title)} | The Paper</title>'
        "</head><body><nav><ul><li><a href='/'>Home</a></li><li><a href='/world'>World</a></li></ul></nav>"
        f"{around}<main><article><h1>{escape(title)}</h1><p>By Jane Doe</p><p>3 min read</p>{text}"
        "<p>Share this article</p></article></main>"
        "<footer><p>© 2026 The Paper. All rights reserved.</p></footer></body></html>"
    )
