"""What the subscription commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.commands.spec import Caller, Mistake, Permission, one_line
from bot.counts import how_many
from bot.deliver.card import Action, Line, Menu, Reply, Run
from bot.deliver.panel import Panel, Row
from bot.model import Destination, Tier
from bot.routing.looking_back import LookBack
from bot.routing.query import QueryError
from bot.routing.subscriptions import UNCONFIRMED, Subscription

PAGE = 8  # subscriptions in one answer
RESUMED_BY_BUTTON = 3  # of a page: Slack shows five buttons
MAX_SHOWN = 300  # characters of a query
AROUND = 80  # characters of a wrong query on either side of what is wrong

LOUDNESS: Mapping[Tier, str] = {
    Tier.DIGEST: "everything that matches",
    Tier.ALERT: "what matches and is an alert or louder",
    Tier.URGENT: "what matches and is urgent or flash",
    Tier.FLASH: "what matches and is flash",
}
LIST = Action(label="Subscriptions", command="subscriptions")


# --- subscribe --------------------------------------------------------------------------------------------


def no_query(text: str, error: QueryError, rest: str) -> Reply:
    """What is wrong, where, and as a button the query as it was probably meant; `rest` are its further options."""
    before, after = text[: error.start], text[error.end :]
    marked: Line = (
        Run(text=f"…{before[-AROUND:]}" if len(before) > AROUND else before),
        Run(text=f"▸{text[error.start : error.end]}◂", bold=True),
        Run(text=f"{after[:AROUND]}…" if len(after) > AROUND else after),
    )
    if error.correction is None:
        return Reply(title=_sentence(error.problem), lines=(marked, _EXAMPLES))
    meant: Line = (Run(text="Perhaps you mean: "), Run(text=error.correction, bold=True))
    use = Action(label="Use this", command=f"subscribe:{error.correction}{rest}")
    return Reply(title=_sentence(error.problem), lines=(marked, meant), actions=(use,))


_EXAMPLES: Line = (Run(text='Such as: tariff* country:CN · "rare earths" · topic:trade -steel tier>=urgent'),)


def subscribed(subscription: Subscription, found: LookBack | None, *, already: bool = False) -> Reply:
    what = "subscribed already" if already else "subscribed"
    return Reply(
        title=f"{_whose(subscription)} {what}: {_query(subscription)}",
        lines=(_told(subscription), *(_looked_back(found) if found else ())),
        actions=(unsubscribe_action(subscription, "Undo"), LIST),
    )


def to_confirm(subscription: Subscription, found: LookBack) -> Reply:
    """A query that matches a large share of all that is read: how much, what, and the button that takes it on."""
    share = f"{found.matched:,} of {how_many(found.read, 'item')}"
    return Reply(
        title=f"That is a lot: it would have matched {share}. Not subscribed yet: {_query(subscription)}",
        lines=(_told(subscription), *_looked_back(found)),
        actions=(
            Action(label="Subscribe all the same", command=f"subscriptions:resume {subscription.id}"),
            unsubscribe_action(subscription, "Do not"),
        ),
    )


def preview(place: Destination, tier: Tier, found: LookBack) -> Reply:
    """What subscribing would do, before anybody does."""
    where = "your direct messages" if place.person else "this channel"
    return Reply(
        title=f"It would have matched {found.matched:,} of {how_many(found.read, 'item')}.",
        lines=((Run(text=f"Told at once in {where}: {LOUDNESS[tier]}."),), *_looked_back(found)),
    )


def _looked_back(found: LookBack) -> list[Line]:
    when = _moment(found.since)
    if not found.read:
        return [(Run(text="Nothing has been read since "), when, Run(text=", so I cannot say how much it matches."))]
    count = f"{found.matched:,} of {how_many(found.read, 'item')}, {found.at_once:,} told at once."
    lines: list[Line] = [(Run(text="Since "), when, Run(text=f" it would have matched {count}"))]
    if found.sample:
        lines.append((Run(text="Such as", bold=True),))
    lines += [
        (Run(text=item.title, url=item.url), Run(text=f" · {item.outlet or item.source_id} · "), _moment(item.at))
        for item in found.sample
    ]
    return lines


# --- the list ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a caller may see. `refusal` says who may see the channel's, where they may not; None in their own."""

    own: Sequence[Subscription]
    channels: Sequence[Subscription] = ()
    hits: Mapping[int, int] = field(default_factory=dict)  # in the last week, by number
    refusal: Permission | None = None

    @property
    def all(self) -> list[Subscription]:
        return [*self.own, *self.channels]


def listed(listing: Listing, start: str = "") -> Reply:
    """In the order of the list, from the subscription of the number `start` on; empty: from the first.

    Raises Mistake where none has that number.
    """
    shown = listing.all
    refusal = _refusal(listing)
    if not shown:
        hint = "/wire subscribe tariff* country:CN tells you of what matches by direct message."
        return Reply(title="You subscribe to nothing.", lines=((Run(text=hint),), *refusal))
    first = _place(shown, start) if start else 0
    last = first + PAGE
    page = shown[first:last]
    paused = [each for each in page if each.paused]
    actions = [
        Action(label=f"Resume {each.id}", command=f"subscriptions:resume {each.id}")
        for each in paused[:RESUMED_BY_BUTTON]
    ]
    if len([each for each in paused if each.paused != UNCONFIRMED]) > 1:
        actions.append(Action(label="Resume all", command="subscriptions:resume all"))
    if last < len(shown):
        actions.append(Action(label="More", command=f"subscriptions:{shown[last].id}"))
    begin = f" from {page[0].id}" if first else ""
    part = f": {len(page)} of {len(shown)}" if len(page) < len(shown) else ""
    return Reply(
        title=f"Subscriptions{begin}{part}",
        lines=(*(_entry(each, listing.hits.get(each.id, 0)) for each in page), *refusal),
        actions=tuple(actions),
        menu=_menu(page),
    )


def panel(listing: Listing) -> Panel:
    """One's own subscriptions as a part of one's own page: each can be ended, and be louder or quieter."""
    return Panel(
        title="Subscriptions",
        lines=() if listing.own else ((Run(text="You subscribe to nothing yet."),),),
        rows=tuple(
            Row(line=_entry(each, listing.hits.get(each.id, 0)), actions=_changes(each)) for each in listing.own
        ),
        actions=(Action(label="Subscribe", command="subscribe:"),),
    )


def _changes(subscription: Subscription) -> tuple[Action, ...]:
    others = [tier for tier in Tier if tier is not subscription.tier]
    resume = Action(label="Resume", command=f"subscriptions:resume {subscription.id}")
    return (
        *((resume,) if subscription.paused else ()),
        *(
            Action(label=f"Tell me {_LOUD[tier]}", command=f"subscribe:{subscription.query} tier={tier}")
            for tier in others
        ),
        unsubscribe_action(subscription, "Unsubscribe"),
    )


_LOUD = {Tier.DIGEST: "everything", **{tier: f"{tier} and louder" for tier in Tier if tier.rank}}


def choose(listing: Listing) -> Reply:
    """Which one to end, where nobody said."""
    if not listing.all:
        return listed(listing)
    return Reply(title="Which subscription is to end?", lines=_refusal(listing), menu=_menu(listing.all))


def _menu(shown: Sequence[Subscription]) -> Menu:
    choices = tuple((f"{each.id}. {each.name} · {_where(each)}", f"unsubscribe:{each.id}") for each in shown)
    return Menu(label="Unsubscribe from", choices=choices)


def _entry(subscription: Subscription, hits: int) -> Line:
    parts = [_where(subscription), f"{subscription.tier} and louder" if subscription.tier.rank else "everything"]
    if not subscription.place.person:
        parts.append(f"by {subscription.by}")
    parts.append(f"{how_many(hits, 'hit')} in a week")
    paused = (Run(text=f" · paused: {subscription.paused}", bold=True),) if subscription.paused else ()
    name = Run(text=f"{subscription.id}. {_query(subscription)}", bold=True)
    return (name, Run(text=f" · {' · '.join(parts)}"), *paused)


def _refusal(listing: Listing) -> tuple[Line, ...]:
    if listing.refusal is None:
        return ()
    text = f"What this channel subscribes to is shown to those who manage it. {listing.refusal.why}"
    return ((Run(text=text),),)


def _place(shown: Sequence[Subscription], number: str) -> int:
    """Where in the list the subscription of that number stands."""
    wanted = plain_number(number)
    if (at := next((at for at, each in enumerate(shown) if str(each.id) == wanted), None)) is not None:
        return at
    raise Mistake(Reply(title=f"There is no subscription “{one_line(number, 40)}” in the list.", actions=(LIST,)))


def plain_number(text: str) -> str:
    """A number as the list shows it, or as people write it: "#5" and "5." are "5"."""
    return text.strip().removeprefix("#").removesuffix(".")


# --- unsubscribe and resume -------------------------------------------------------------------------------


def unsubscribed(subscription: Subscription) -> Reply:
    return Reply(
        title=f"{_whose(subscription)} no longer subscribed: {_query(subscription)}",
        lines=((Run(text="What was decided before may still arrive."),),),
    )


def resumed(subscriptions: Sequence[Subscription]) -> Reply:
    if len(subscriptions) == 1:
        return subscribed(subscriptions[0], None)
    lines = tuple((Run(text=f"{each.id}. {_query(each)}"),) for each in subscriptions)
    return Reply(title=f"{len(subscriptions)} subscriptions run again.", lines=lines[:PAGE], actions=(LIST,))


def nothing_paused() -> Reply:
    return Reply(title="None of your subscriptions is paused.", actions=(LIST,))


def not_found(wanted: str, listing: Listing) -> Reply:
    """No subscription that the caller may change is called so: those that are."""
    title = f"There is no subscription “{one_line(wanted, 60)}” of yours."
    if not listing.all:
        return Reply(title=title, lines=_refusal(listing))
    return Reply(title=title, lines=_refusal(listing), actions=(LIST,), menu=_menu(listing.all))


# --- refusals ---------------------------------------------------------------------------------------------


def only_where(word: str) -> Reply:
    """Somebody said where to tell, and not of what."""
    title = f"“{word}” says where, and there is no query beside it."
    how = f'Write what to look for first: /wire subscribe tariff* {word}. In quotes, "{word}" is a word to look for.'
    return Reply(title=title, lines=((Run(text=how),),))


def not_allowed(permission: Permission) -> Reply:
    """Who may, and what everybody may."""
    own = "For yourself: /wire subscribe QUERY dm tells you by direct message."
    return Reply(
        title="What this channel subscribes to is for those who manage it to say.",
        lines=((Run(text=permission.why),), (Run(text=own),)),
    )


def too_many(caller: Caller, place: Destination, most: int) -> Reply:
    who = "You have" if place == caller.user else "This channel has"
    hint = "End one that you need no longer, or join queries: tariff* OR quota*"
    return Reply(title=f"{who} {most} subscriptions already.", lines=((Run(text=hint),),), actions=(LIST,))


# --- parts ------------------------------------------------------------------------------------------------


def unsubscribe_action(subscription: Subscription, label: str) -> Action:
    return Action(label=label, command=f"unsubscribe:{subscription.id}")


def _query(subscription: Subscription) -> str:
    return f"“{one_line(subscription.query, MAX_SHOWN)}”"


def _whose(subscription: Subscription) -> str:
    return "You are" if subscription.place.person else "This channel is"


def _where(subscription: Subscription) -> str:
    return "to you" if subscription.place.person else "to this channel"


def _told(subscription: Subscription) -> Line:
    where = "by direct message" if subscription.place.person else "in this channel"
    if subscription.paused == UNCONFIRMED:
        return (Run(text=f"It would tell {where}, at once: {LOUDNESS[subscription.tier]}."),)
    quieter = "" if not subscription.tier.rank else " What is quieter goes into the digest, where one is set."
    return (Run(text=f"Told {where}, at once: {LOUDNESS[subscription.tier]}.{quieter}"),)


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
