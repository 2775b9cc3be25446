"""How loud the log is, and in which form: from the environment, for it is set up before any file is read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.observe.logs import LogFormat
from bot.settings.places import ConfigError

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class LogSettings(BaseSettings):
    """`form` "auto" is lines for eyes on a terminal and JSON elsewhere."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    level: Annotated[Level, BeforeValidator(lambda text: str(text).upper())] = Field(
        default="INFO", validation_alias="TRADEWIRE_LOG_LEVEL"
    )
    form: Annotated[LogFormat, BeforeValidator(lambda text: str(text).lower())] = Field(
        default="auto", validation_alias="TRADEWIRE_LOG_FORMAT"
    )


def read_log_settings() -> LogSettings:
    """Raises ConfigError that names the variable and its words."""
    try:
        return LogSettings()
    except ValidationError as error:
        wrong = (f"environment: {problem['loc'][0]}: {problem['msg']}" for problem in error.errors())
        raise ConfigError("\n".join(wrong)) from None
