"""Who hears of trouble, and how long anything may wait for a channel that takes no messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.model import Destination
from bot.settings.sections import DeliverySettings, OperationsSettings, TradewireFile


def test_nobody_is_named_and_a_week_is_waited_unless_said() -> None:
    settings = TradewireFile()
    assert settings.operations.tell == ()
    assert settings.delivery.expire_after == timedelta(days=7)


def test_channels_and_people_can_be_named() -> None:
    settings = OperationsSettings.model_validate({"tell": ["slack:C0OPS", "discord:@123"]})
    assert settings.tell == (Destination("slack", "C0OPS"), Destination("discord", "123", person=True))


@pytest.mark.parametrize(
    ("section", "value", "problem"),
    [
        (OperationsSettings, {"tell": ["#ops"]}, "is not a destination"),
        (DeliverySettings, {"expire_after": "5m"}, "greater than or equal to"),
        (DeliverySettings, {"expire_after": "soon"}, "is not a duration"),
        (DeliverySettings, {"expires": "7d"}, "Extra inputs"),
    ],
)
def test_a_wrong_value_is_refused(
    section: type[OperationsSettings] | type[DeliverySettings], value: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem):
        section.model_validate(value)
