from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.settings import ConfigError, default_directory, load, parse_duration, require_temporary_folder

SOURCES = '[[source]]\nid = "wire"\nurl = "https://wire.example/rss"\n'
ROUTES = '[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade"\n'


def _config(folder: Path, *, main: str = "", sources: str = SOURCES, routes: str = ROUTES) -> Path:
    (folder / "tradewire.toml").write_text(main)
    (folder / "sources.toml").write_text(sources)
    (folder / "routes.toml").write_text(routes)
    return folder


def test_the_configuration_that_ships_is_valid() -> None:
    settings = load(default_directory())
    assert len(settings.sources) > 20
    assert settings.routes[0].name == "trade-desk"
    assert settings.lexicon_path.is_file()


def test_the_age_filter_holds_for_feeds_and_not_for_folders(tmp_path: Path) -> None:
    both = SOURCES + '[[source]]\nid = "files"\npath = "articles"\n'
    settings = load(_config(tmp_path, main='[intake]\nmax_age = "3d"\n', sources=both))
    assert [source.max_age for source in settings.sources] == [timedelta(days=3), None]


def test_a_folder_without_a_word_list_uses_the_one_that_ships(tmp_path: Path) -> None:
    _config(tmp_path)
    assert load(tmp_path).lexicon_path == default_directory() / "lexicon.toml"
    (tmp_path / "lexicon.toml").write_text("")
    assert load(tmp_path).lexicon_path == tmp_path / "lexicon.toml"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"main": "[intake]\nallow_network = []\n"}, r"allow_network: unknown key; did you mean allow_networks"),
        ({"main": "[intak]\n"}, r"intak: unknown key; did you mean intake"),
        ({"main": '[intake]\nallow_networks = ["10.0.0.300/8"]\n'}, r"allow_networks\[1\]: .*10.0.0.300"),
        ({"main": "[intake\n"}, r"tradewire.toml: not TOML"),
        ({"sources": SOURCES + 'evry = "5m"\n'}, r"sources.toml: source\[1\].evry: unknown key; did you mean every"),
        ({"sources": SOURCES + 'every = "soon"\n'}, r"source\[1\].every: 'soon' is not a duration: write a number"),
        ({"sources": SOURCES + 'first_poll = "few"\n'}, r"first_poll: .*'recent', 'sample', 'none' or 'all'"),
        ({"sources": SOURCES + 'full_text = "no"\n'}, r"full_text: .*'never', 'when-needed' or 'always'"),
        ({"sources": SOURCES + 'first_poll = "recnt"\n'}, r"first_poll: .*'all'; did you mean 'recent'\?"),
        ({"sources": SOURCES + 'authority = "Offical"\n'}, r"authority: .*; did you mean 'official'\?"),
        ({"sources": SOURCES + 'pace = "adaptiv"\n'}, r"pace: .*; did you mean 'adaptive'\?"),
        ({"sources": SOURCES + 'lang = "english"\n'}, r"\.lang: 'english' is not two small letters, as in de"),
        ({"sources": SOURCES.replace('"wire"', '"A Wire"')}, r"\.id: 'A Wire' is not an id: small letters"),
        ({"main": '[intake]\npage_deadline = "30s"\n'}, r"intake.page_deadline: .*20"),
        ({"sources": SOURCES + SOURCES}, r"source id 'wire' stands there 2 times"),
        ({"sources": '[[source]]\nid = "x"\npath = "a"\npace = "fixed"\n'}, r"'x': pace is for feeds: take it out"),
        ({"sources": '[[source]]\nid = "x"\n'}, r"source 'x': give either url"),
        ({"sources": '[[source]]\nid = "x"\nurl = "file:///etc/passwd"\n'}, r"url: 'file:.*' is not an address"),
        ({"routes": ROUTES.replace("console", "slack:general")}, r"\.to\[1\]: 'slack:general' is not a dest"),
        ({"routes": ROUTES + 'tier = "loud"\n'}, r"route\[1\].tier"),
        ({"routes": ROUTES + 'quiet = "22-6"\n'}, r"route\[1\].quiet: '22-6' are no quiet hours"),
        ({"routes": '[[route]]\nname = "a"\nto = ["console"]\n'}, r"route\[1\].when: missing"),
        ({"routes": '[[route]]\nname = "follow"\nto = ["console"]\nwhen = "x"\n'}, r"\.name: 'follow' stands"),
        ({"main": '[people]\nmanager = []\n'}, r"people.manager: unknown key; did you mean managers"),
        ({"main": '[people]\nmanagers = ["ann"]\n'}, r"people.managers\[1\]: 'ann' is not a destination"),
        ({"main": '[people]\nmanagers = ["slack:C01"]\n'}, r"people.managers\[1\]: 'slack:C01' is no person: use"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_named_with_its_place_and_cure(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        load(_config(tmp_path, **files))


def test_managers_are_people(tmp_path: Path) -> None:
    settings = load(_config(tmp_path, main='[people]\nmanagers = ["slack:@U01", "discord:@42"]\n'))
    assert [str(person) for person in settings.people.managers] == ["slack:@U01", "discord:@42"]
    assert load(_config(tmp_path)).people.managers == ()


def test_every_problem_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(_config(tmp_path, main="[webb]\n", sources="[[sauce]]\n", routes="[[root]]\n"))
    assert len(str(raised.value).splitlines()) == 3


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"sources\.toml: no such file; copy the one that ships"):
        load(tmp_path)


def test_secrets_come_from_the_environment_and_are_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-very-secret")
    monkeypatch.setenv("TRADEWIRE_DATABASE_URL", "postgresql://desk:hunter2@db/news")
    settings = load(_config(tmp_path))
    assert settings.secrets.slack_bot_token is not None
    assert settings.secrets.slack_bot_token.get_secret_value() == "xoxb-very-secret"
    assert settings.database_url.get_secret_value().endswith("@db/news")
    assert "very-secret" not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIRE_CONFIG", str(_config(tmp_path)))
    assert load().directory == tmp_path


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("36h", 129_600), (" 7D ", 604_800), ("2w", 1_209_600)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 minutes", "9999999999h", "999999w", "1.5h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


def test_a_wrong_value_in_the_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(ConfigError, match="environment: PORT"):
        load(_config(tmp_path))


def test_without_a_folder_for_temporary_files_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    require_temporary_folder()

    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    with pytest.raises(ConfigError, match="mount one on /tmp"):
        require_temporary_folder()
