"""Core types to and from plain JSON values: for the command line and for the database's JSON columns."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from bot.deliver.card import Bulletin, Card, plain
from bot.model import Delivery, DeliveryId, Destination, Fact, Receipt, Verdict

_verdict = TypeAdapter(Verdict)
_facts: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(tuple[Fact, ...])
_receipt = TypeAdapter(Receipt)
_bulletin = TypeAdapter(Bulletin)

_INNER = ("model",)  # of interest to us, not part of the verdict line


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    result: dict[str, Any] = _verdict.dump_python(verdict, mode="json")
    return result


def verdict_line(identity: Any, verdict: Verdict) -> dict[str, Any]:
    """A verdict in the form that `tradewire classify` prints."""
    plain = verdict_to_json(verdict)
    return {"id": identity} | {name: value for name, value in plain.items() if name not in _INNER}


def verdict_from_json(value: Any) -> Verdict:
    return _verdict.validate_python(value)


def facts_to_json(facts: tuple[Fact, ...]) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = _facts.dump_python(facts, mode="json")
    return result


def facts_from_json(value: Any) -> tuple[Fact, ...]:
    return _facts.validate_python(value)


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    result: dict[str, Any] = _receipt.dump_python(receipt, mode="json")
    return result


def receipt_from_json(value: Any) -> Receipt:
    return _receipt.validate_python(value)


def bulletin_to_json(bulletin: Bulletin) -> dict[str, Any]:
    result: dict[str, Any] = _bulletin.dump_python(bulletin, mode="json", exclude_defaults=True)
    return result


def bulletin_from_json(value: Any) -> Bulletin:
    return _bulletin.validate_python(value)


def notice_line(delivery: Delivery, card: Card, receipt: Receipt) -> dict[str, Any]:
    """A sent notice in the form that `tradewire once --json` prints."""
    notice = delivery.notice
    return {
        "id": delivery.id,
        "destination": str(delivery.destination),
        "reason": notice.reason,
        "detail": notice.detail,
        "route": notice.route,
        "tier": notice.tier,
        "story": notice.story_id,
        "item": notice.item_key,
        "title": card.title,
        "url": card.url,
        "outlet": card.outlet,
        "at": card.at.isoformat(),
        "topics": list(card.topics),
        "direction": card.direction,
        "kind": card.kind,
        "facts": facts_to_json(notice.new_facts),
        "gist": list(card.gist),
        "message_id": receipt.message_id,
        "sent_at": receipt.sent_at.isoformat(),
    }


def bulletin_line(
    delivery: DeliveryId, destination: Destination, bulletin: Bulletin, receipt: Receipt
) -> dict[str, Any]:
    """A sent bulletin in the form that `tradewire once --json` prints."""
    return {
        "id": delivery,
        "destination": str(destination),
        "reason": "bulletin",
        "title": bulletin.title,
        "text": plain(bulletin.lines),
        "message_id": receipt.message_id,
        "sent_at": receipt.sent_at.isoformat(),
    }
