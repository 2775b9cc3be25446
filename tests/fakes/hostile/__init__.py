"""Everything that a web server can do to a feed reader, as small records: see case.py."""

from tests.fakes.hostile import documents, kinds, packing, redirects, statuses, texts, wire
from tests.fakes.hostile.case import NOW, STEEL, Brings, Case, Fails
from tests.fakes.hostile.server import HostileWeb

CASES: tuple[Case, ...] = (
    *packing.CASES,
    *wire.CASES,
    *redirects.CASES,
    *statuses.CASES,
    *kinds.CASES,
    *documents.CASES,
    *texts.CASES,
)

__all__ = ["CASES", "NOW", "STEEL", "Brings", "Case", "Fails", "HostileWeb"]
