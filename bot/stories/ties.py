"""What ties two headlines and what parts them, by what they name, however alike they sound.

Reports of one event may each name another country ("Copenhagen protests", "Greenland's leaders refuse"), but then a
name holds them together. Two headlines of one pattern, filled in for two countries, companies or goods, share none:
"Norway raises rates", "Sweden holds rates". And a country that is all they share says little: it has other news too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.stories.signature import MOST_SUBJECTS, SUBJECTS, Signature, Signatures

Flags = npt.NDArray[np.bool_]

_POWERS, _PLACES, _COMPANIES, _GOODS, _NAMES = range(len(SUBJECTS))
_KINDS = np.zeros((MOST_SUBJECTS, len(SUBJECTS)), np.float32)
for number, where in enumerate(SUBJECTS.values()):
    _KINDS[where, number] = 1


class Ties:
    """The subjects of one signature beside those of many. Arrays are [others] or, by kind, [kinds, others]."""

    def __init__(self, one: Signature, others: Signatures) -> None:
        own, theirs = one["subjects"], np.ascontiguousarray(others["subjects"])
        shared = ((theirs == own[own > 0][:, None, None]).any(0) @ _KINDS).T
        own_named, named = one["counts"][2:].tolist(), others["counts"][:, 2:].T
        self.shared_places = shared[_POWERS] + shared[_PLACES]
        self.by_name = shared[_NAMES] + shared[_COMPANIES] > 0
        self.by_other_names = (named[_NAMES] > shared[_NAMES]) & (own_named[_NAMES] > shared[_NAMES])
        self._by_lesser_place = shared[_PLACES] > 0
        self._own_places = own_named[_POWERS] + own_named[_PLACES]
        self._their_places = named[_POWERS] + named[_PLACES]
        self._other = {
            kind: (named[kind] > 0) & (shared[kind] == 0) for kind in (_COMPANIES, _GOODS) if own_named[kind]
        }

    def apart(self) -> Flags:
        """Where the two are about different places, companies or goods, and no name is in both."""
        only_own = self._own_places > self.shared_places
        found: Flags = only_own & (self._their_places > self.shared_places) & ~self._by_lesser_place
        if _GOODS in self._other:
            found |= self._other[_GOODS]
        found &= ~self.by_name
        if _COMPANIES in self._other:
            found |= self._other[_COMPANIES]
        return found
