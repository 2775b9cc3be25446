"""Tokens and addresses from the environment; never from a file of the configuration."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Secrets(BaseSettings):
    """Tokens and addresses of the chat services, from the environment only."""

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
    port: int | None = Field(default=None, ge=1, le=65_535)  # set by platforms that run the Procfile's web process


def read_secrets(problems: list[str]) -> Secrets:
    """Those that are set; what is wrong is appended to `problems`, without the value."""
    try:
        return Secrets()
    except ValidationError as error:
        problems.extend(
            f"environment: {str(problem['loc'][0]).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        return Secrets.model_construct()
