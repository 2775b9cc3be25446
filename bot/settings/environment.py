"""Tokens and addresses from the environment, or from files that it names; never from a file of the configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.observe import redaction
from bot.settings.addresses import AddressText
from bot.settings.secret_files import read_secret_files


class Secrets(BaseSettings):
    """Tokens and addresses of the chat services. A SecretStr may also come from a file: see secret_files.py."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    discord_token: SecretStr | None = None
    discord_api_url: str = "https://discord.com/api/v10"
    discord_gateway_url: str | None = None
    tradewire_database_url: SecretStr | None = None
    tradewire_board_token: SecretStr | None = None
    tradewire_summary_key: SecretStr | None = None
    tradewire_probes: AddressText | None = None  # comes before [web] probes: each process can have its own
    port: int | None = Field(default=None, ge=1, le=65_535)  # set by platforms that run the Procfile's web process


_SECRET = tuple(name for name, field in Secrets.model_fields.items() if field.annotation == SecretStr | None)
_ADDRESSES = {"tradewire_database_url"}  # of which only the password is secret
SECRET_NAMES = tuple(name.upper() for name in _SECRET)


def read_secrets(problems: list[str]) -> Secrets:
    """Those that are set; what is wrong is appended to `problems`, without the value."""
    from_files = read_secret_files(SECRET_NAMES, os.environ, problems)
    try:
        return Secrets.model_validate({name.lower(): secret for name, secret in from_files.items()})
    except ValidationError as error:
        problems.extend(
            f"environment: {str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        return Secrets.model_construct()


def hide(secrets: Secrets, database_url: str, others: Iterable[str] = ()) -> None:
    """Have none of them appear in anything that this process shows."""
    values = [getattr(secrets, name) for name in _SECRET if name not in _ADDRESSES]
    ours = (value.get_secret_value() for value in values if value)
    redaction.hide([*ours, *_passwords(database_url), *others])


def _passwords(url: str) -> list[str]:
    """Of an address, where it has any: before the host or in its query; as they are written and as they are meant."""
    plain, _, asked = url.partition("?")
    before_host = re.search(r"://[^/:@]*:([^@]*)@", plain)
    in_query = (each.partition("=") for each in asked.split("&"))
    found = [value for name, _, value in in_query if name in {"password", "sslpassword"}]
    written = [*([before_host[1]] if before_host else []), *found]
    return [*written, *map(unquote, written)]
