"""Everything that may lie in a folder of articles, as small records."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.intake.articles import MAX_FILE
from bot.intake.fetched import FaultKind
from bot.model import Item

STEEL = "Ministers suspend steel duties"
TEXT = f"{STEEL}\n\nThe duties are suspended for ninety days, the ministers said."
NOON = datetime(2025, 5, 6, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Skips:
    """The file is named as not read, for this reason."""

    kind: FaultKind
    says: str


@dataclass(frozen=True, slots=True)
class Reads:
    """The file gives an item with this title; `look` asserts more about it."""

    title: str = STEEL
    look: Callable[[Item], object] = lambda item: None


class PassedOver:
    """The file is none of ours: not read, and not complained of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    """`make` puts it at the path that it is given, in a folder of its own with a good article beside it."""

    case: str
    name: str = "a.txt"
    make: Callable[[Path], object]
    expected: Skips | Reads | PassedOver

    def __str__(self) -> str:
        return self.case


def holding(content: bytes | str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return make


def linked_to(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 * 2**30)


def outside(path: Path) -> None:
    """A link out of the folder, to a file with a secret."""
    secret = path.parent.parent / "secret.txt"
    secret.write_text("secret")
    path.symlink_to(secret)


def in_a_circle(path: Path) -> None:
    path.symlink_to(path.name)


def folder_outside(path: Path) -> None:
    path.symlink_to(path.parent.parent, target_is_directory=True)


def socket_of(path: Path) -> None:
    os.mknod(path, 0o140_600)


def _front(*lines: str, text: str = TEXT) -> Callable[[Path], object]:
    return holding("---\n" + "\n".join(lines) + f"\n---\n\n{text}")


def _one_line(item: Item) -> None:
    assert "\n" not in item.title
    assert item.title.isprintable()


def _dated(item: Item) -> None:
    assert item.published_at == NOON


def _undated(item: Item) -> None:
    assert item.published_at is None


def _without_link(item: Item) -> None:
    assert item.url is None


def _short(item: Item) -> None:
    assert len(item.title) <= 1_000


UNREADABLE, TOO_LARGE = FaultKind.UNREADABLE, FaultKind.TOO_LARGE
LINK = Skips(UNREADABLE, "links are not followed")
EMPTY = Skips(UNREADABLE, "holds no text")
NO_TEXT = Skips(UNREADABLE, "is no text file")
IRREGULAR = Skips(UNREADABLE, "no regular file")
LARGE = Skips(TOO_LARGE, "larger than 5 MiB")
DEEP = Skips(UNREADABLE, "nested too deeply")
BAD_JSON = Skips(UNREADABLE, "not valid JSON")
TITLE = f"title: {STEEL}"
ENTITIES = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><title>{STEEL}</title>&a;'
INJECTED = f"Subject: =?utf-8?Q?{STEEL.replace(' ', '_')}=0D=0ABcc:x?=\n\nx"
ALIASES = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
NESTED = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000))

CASES = tuple(
    FileCase(case=case, name=name, make=make, expected=expected)
    for case, name, make, expected in (
        # --- what is no regular file
        ("link-outside", "a.txt", outside, LINK),
        ("link-to-nothing", "a.txt", linked_to("gone.txt"), LINK),
        ("link-to-itself", "a.txt", in_a_circle, LINK),
        ("link-to-a-device", "a.txt", linked_to("/dev/zero"), LINK),
        ("link-to-passwords", "a.txt", linked_to("/etc/passwd"), LINK),
        ("link-to-a-folder", "a.txt", folder_outside, PassedOver()),
        ("link-to-a-folder-without-suffix", "more", folder_outside, PassedOver()),
        ("pipe", "a.txt", os.mkfifo, IRREGULAR),
        ("socket", "a.txt", socket_of, IRREGULAR),
        ("folder", "a.txt", Path.mkdir, PassedOver()),
        # --- sizes
        ("empty", "a.txt", holding(b""), EMPTY),
        ("sparse-5-gib", "a.txt", sparse, LARGE),
        ("just-too-large", "a.txt", holding(b"x" * (MAX_FILE + 1)), LARGE),
        ("one-line-of-4-mib", "a.txt", holding("steel " * 700_000), Reads("steel " * 3 + "steel", _short)),
        ("only-line-breaks", "a.txt", holding("\r\n" * 100_000), EMPTY),
        # --- names
        ("line-break-in-the-name", "a\nb.txt", holding(TEXT), Reads()),
        ("bytes-in-the-name", "a\udcff\udcfe.txt", holding(TEXT), Reads()),
        ("bidi-in-the-name", "a\u202etxt.exe.txt", holding(TEXT), Reads()),
        ("markup-in-the-name", "<!channel> @everyone.txt", holding(TEXT), Reads()),
        ("option-as-name", "-rf.txt", holding(TEXT), Reads()),
        ("longest-name", "x" * 251 + ".txt", holding(TEXT), Reads()),
        ("date-in-the-name", "2025-05-06-duties.txt", holding(TEXT), Reads(look=_dated)),
        ("no-date-in-the-name", "9999-99-99-duties.txt", holding(TEXT), Reads(look=_undated)),
        ("upper-case-suffix", "A.TXT", holding(TEXT), Reads()),
        ("two-suffixes", "a.html.txt", holding(TEXT), Reads()),
        ("unfinished", "a.txt.part", holding(TEXT), PassedOver()),
        ("hidden", ".a.txt", holding(TEXT), PassedOver()),
        ("lock-of-an-editor", ".#a.txt", linked_to("me@host.1"), PassedOver()),
        ("backup-of-an-editor", "~$a.txt", holding(TEXT), PassedOver()),
        ("pdf", "a.pdf", holding(b"%PDF-1.7"), PassedOver()),
        # --- texts
        ("binary", "a.txt", holding(b"\x7fELF\0\0\0"), NO_TEXT),
        ("picture", "a.txt", holding(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), NO_TEXT),
        ("utf8-mark", "a.txt", holding(codecs.BOM_UTF8 + TEXT.encode()), Reads()),
        ("utf16-mark", "a.txt", holding(TEXT.encode("utf-16")), Reads()),
        ("utf16-big-endian-mark", "a.txt", holding(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")), Reads()),
        ("utf32-mark", "a.txt", holding(TEXT.encode("utf-32")), Reads()),
        ("utf16-without-mark", "a.txt", holding(TEXT.encode("utf-16-le")), NO_TEXT),
        ("utf16-cut-off", "a.txt", holding(TEXT.encode("utf-16")[:-1]), Reads()),
        ("windows-1252", "a.txt", holding("Café – Zölle".encode("cp1252")), Reads("Café – Zölle")),
        ("mark-only", "a.txt", holding(codecs.BOM_UTF8), EMPTY),
        ("surrogate-bytes", "a.txt", holding(b"\xed\xa0\x80 " + TEXT.encode()), Reads("í € " + STEEL, _one_line)),
        ("old-mac-line-breaks", "a.txt", holding(TEXT.replace("\n", "\r")), Reads()),
        ("control-characters", "a.txt", holding("\x1b[31m\x07" + TEXT), Reads("[31m" + STEEL, _one_line)),
        ("bidi", "a.txt", holding("\u202e" + TEXT), Reads(look=_one_line)),
        # --- markdown
        ("aliases", "a.md", _front("a0: &a0 [lol]", *ALIASES, f"title: {STEEL}"), Reads()),
        ("object-of-python", "a.md", _front("x: !!python/object/apply:os.system ['id']", f"title: {STEEL}"), Reads()),
        ("odd-date", "a.md", _front("date: 0000-99-99", f"title: {STEEL}"), Reads(look=_undated)),
        ("link-that-is-a-script", "a.md", _front("url: javascript:alert(1)", TITLE), Reads(look=_without_link)),
        ("front-matter-without-end", "a.md", holding(f"---\ntitle: x\n{TEXT}"), Reads("---")),
        ("many-front-matters", "a.md", holding("---\n" * 10_000 + TEXT), Reads("---")),
        ("deep-quotation", "a.md", holding(">" * 50_000 + TEXT), Reads(">" * 3, _short)),
        ("open-brackets", "a.md", holding(f"# {STEEL}\n\n" + "[" * 100_000), Reads()),
        ("open-emphasis", "a.md", holding(f"# {STEEL}\n\n" + "**a " * 50_000), Reads()),
        # --- pages
        ("deep-page", "a.html", holding(f"<title>{STEEL}</title>" + "<div>" * 50_000 + "text"), Reads()),
        ("open-comments", "a.html", holding(f"<title>{STEEL}</title>" + "<!--" * 100_000), EMPTY),
        ("script", "a.html", holding(f"<title>{STEEL}</title><script>alert(1)</script><p>x</p>"), Reads()),
        ("entities", "a.html", holding(ENTITIES), EMPTY),
        ("nul-in-a-page", "a.html", holding(f"<title>{STEEL}</title>\0<p>x\0</p>"), Reads()),
        ("pdf-as-page", "a.html", holding(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), EMPTY),
        # --- mails
        ("injected-subject", "a.eml", holding(INJECTED), Reads(f"{STEEL} Bcc:x", _one_line)),
        ("deep-mail", "a.eml", holding(f"Subject: {STEEL}\nMIME-Version: 1.0\n{NESTED}"), DEEP),
        ("unknown-charset", "a.eml", holding(f"Subject: {STEEL}\nContent-Type: text/plain; charset=x\n\nx"), Reads()),
        ("broken-base64", "a.eml", holding(f"Subject: {STEEL}\nContent-Transfer-Encoding: base64\n\n!!"), Reads()),
        ("no-mail", "a.eml", holding(b"\0\1\2"), EMPTY),
        # --- JSON
        ("deep-json", "a.json", holding("[" * 100_000), BAD_JSON),
        ("long-number", "a.json", holding('{"title": ' + "9" * 5_000 + "}"), BAD_JSON),
        ("half-a-character", "a.json", holding(f'{{"title": "\\ud800{STEEL}"}}'), Reads(look=_one_line)),
        ("same-key-twice", "a.json", holding(f'{{"title": "x", "title": "{STEEL}"}}'), Reads()),
        ("not-a-number", "a.json", holding(f'{{"title": "{STEEL}", "x": NaN}}'), Reads()),
        ("odd-types", "a.json", holding(f'{{"title": "{STEEL}", "date": 5, "url": [], "body": null}}'), Reads()),
        ("a-number", "a.json", holding("5"), Skips(UNREADABLE, "neither an object nor a list")),
        ("windows-1252-json", "a.json", holding('{"title": "Café"}'.encode("cp1252")), BAD_JSON),
        ("utf16-json", "a.json", holding(f'{{"title": "{STEEL}"}}'.encode("utf-16")), Reads()),
        ("feed-as-text", "a.txt", holding(f"<rss>{STEEL}</rss>"), Reads(f"<rss>{STEEL}</rss>")),
    )
)  # fmt: skip
