"""`sources.toml` as people edit it."""

from __future__ import annotations

import stat
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Authority
from bot.settings import load
from bot.sources.opml import Outline
from bot.sources.source_list import SourceList, SourceListError
from bot.sources.sourcing import make_id

LIST = """# Our sources

# The office itself
[[source]]
id = "ustr"  # short
url = "https://ustr.example/rss.xml"
authority = "official"

# Wants a contact
# in the user agent
[[source]]
id = "sec"
url = "https://sec.example/feed"

[[source]]
id = "seeds"
path = "seeds"
# the end
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "sources.toml"
    file.write_text(LIST, encoding="utf-8")
    return file


def changed(path: Path, sources: SourceList) -> str:
    sources.save()
    return path.read_text(encoding="utf-8")


# --- adding and removing ----------------------------------------------------------------------------------


def test_a_feed_is_added_at_the_end_and_all_else_stays(path: Path) -> None:
    sources = SourceList.load(path)
    assert sources.add(url="https://www.paper.example/rss", name='The "Paper" – 新闻') == "the-paper"
    text = changed(path, sources)
    assert text.startswith(LIST)
    assert tomllib.loads(text)["source"][-1] == {
        "id": "the-paper",
        "name": 'The "Paper" – 新闻',
        "url": "https://www.paper.example/rss",
    }


def test_a_folder_is_added_under_its_name(path: Path) -> None:
    sources = SourceList.load(path)
    assert sources.add(path="/srv/My Articles") == "my-articles"
    assert sources.ids == ("ustr", "sec", "seeds", "my-articles")


def test_a_list_that_does_not_exist_yet_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    sources = SourceList.load(path)
    sources.add(url="https://paper.example/rss", source_id="paper")
    assert tomllib.loads(changed(path, sources)) == {"source": [{"id": "paper", "url": "https://paper.example/rss"}]}


@pytest.mark.parametrize(
    ("source_id", "left"),
    [
        ("ustr", LIST.replace(LIST[LIST.index("# The office") : LIST.index("# Wants")], "")),
        ("sec", LIST.replace(LIST[LIST.index("# Wants") : LIST.index('[[source]]\nid = "seeds"')], "")),
        ("seeds", LIST[: LIST.index('[[source]]\nid = "seeds"')]),
    ],
)
def test_a_source_goes_with_its_own_comment_only(path: Path, source_id: str, left: str) -> None:
    sources = SourceList.load(path)
    sources.remove(source_id)
    assert changed(path, sources) == left


def test_an_unknown_id_is_answered_with_the_nearest(path: Path) -> None:
    with pytest.raises(SourceListError, match="did you mean 'ustr'"):
        SourceList.load(path).remove("utsr")


@pytest.mark.parametrize(
    ("url", "source_id", "said"),
    [
        ("http://www.ustr.example/rss.xml/", "", "already, as 'ustr'"),
        ("https://new.example/", "sec", "choose another id"),
    ],
)
def test_what_is_there_already_is_not_added_again(path: Path, url: str, source_id: str, said: str) -> None:
    with pytest.raises(SourceListError, match=said):
        SourceList.load(path).add(url=url, source_id=source_id)


@pytest.mark.parametrize("place", [{}, {"url": ""}, {"url": "https://a.example/", "path": "b"}])
def test_a_source_is_either_a_feed_or_a_folder(path: Path, place: dict[str, str]) -> None:
    with pytest.raises(SourceListError, match="give either"):
        SourceList.load(path).add(**place)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source]\n", "not valid TOML"),
        ("source = 5\n", "no list of tables"),
        ("source = ['a']\n", "no list of tables"),
    ],
)
def test_a_broken_list_is_not_touched(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    with pytest.raises(SourceListError, match=said):
        SourceList.load(path)


def test_a_list_in_another_form_is_left_to_its_owner(path: Path) -> None:
    path.write_text('source = [{id = "a", url = "https://a.example/"}]\n')
    sources = SourceList.load(path)
    for change in (lambda: sources.add(url="https://b.example/"), lambda: sources.remove("a")):
        with pytest.raises(SourceListError, match="by hand"):
            change()


def test_saving_replaces_the_file_in_one_step_and_keeps_its_rights(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.chmod(0o640)
    sources = SourceList.load(path)
    sources.remove("sec")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            sources.save()
    assert path.read_text() == LIST
    sources.save()
    assert path.read_text() != LIST
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["sources.toml"]


def test_a_link_to_the_list_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    sources = SourceList.load(link)
    sources.remove("sec")
    sources.save()
    assert link.is_symlink()
    assert "sec.example" not in path.read_text()


@pytest.mark.parametrize(
    ("name", "place", "taken", "made"),
    [
        ("BBC Business", "", (), "bbc-business"),
        ("Économie & Marchés!", "", (), "economie-marches"),
        ("新闻", "https://www.news.example/rss", (), "news-example"),
        ("新闻", "/", (), "source"),
        ("", "http://[::1", (), "1"),
        ("A", "", ("a", "a-2"), "a-3"),
        ("x" * 200, "", (), "x" * 48),
    ],
)
def test_ids_are_made_from_names(name: str, place: str, taken: tuple[str, ...], made: str) -> None:
    assert make_id(name, place, taken) == made


# --- lists of feeds ---------------------------------------------------------------------------------------


def test_what_a_list_says_of_a_feed_is_kept_and_none_is_added_twice(path: Path, tmp_path: Path) -> None:
    outlines = [
        Outline(url="https://a.example/rss", name="A", every=timedelta(minutes=10), authority=Authority.WIRE),
        Outline(url="http://www.a.example/rss/", name="A again"),
        Outline(url="https://b.example/rss", name="", enabled=False),
        Outline(url="https://ustr.example/rss.xml", name="there already"),
    ]
    sources = SourceList.load(path)
    first, again = sources.add_all(outlines), sources.add_all(outlines)
    assert (first.added, first.known) == (("a", "b-example"), 2)
    assert (again.added, again.known) == ((), 4)
    assert tomllib.loads(changed(path, sources))["source"][3:] == [
        {"id": "a", "name": "A", "url": "https://a.example/rss", "every": "10m", "authority": "wire"},
        {"id": "b-example", "url": "https://b.example/rss", "enabled": False},
    ]
    for name in ("tradewire.toml", "routes.toml"):
        (tmp_path / name).write_text("")
    assert [(source.id, source.enabled) for source in load(tmp_path).sources][3:] == [
        ("a", True),
        ("b-example", False),
    ]


def test_an_address_in_capitals_is_written_as_the_configuration_wants_it(path: Path) -> None:
    sources = SourceList.load(path)
    sources.add(url="HTTPS://paper.example/Feed")
    assert tomllib.loads(changed(path, sources))["source"][-1]["url"] == "https://paper.example/Feed"
