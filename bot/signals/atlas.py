"""Who and what lies where, as `lexicon.toml` has it: countries by their names, cities and officials by country."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.signals.lexicon_file import LexiconFile, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """Names are in lower case; countries are ISO 3166 alpha-2 codes, or EU."""

    countries: Mapping[str, str]  # "united states" and "us" to US
    cities: Mapping[str, str]  # "geneva" to CH
    people: Mapping[str, str]  # "trump" and "donald trump" to US, "li qiang" to CN
    names: Mapping[str, str]  # US to "US": one name for each code, as people write it

    @classmethod
    def of(cls, file: LexiconFile) -> Atlas:
        return cls(
            countries={
                spelling.casefold(): code
                for code, country in file.countries.items()
                for spelling in (code, country.name, *country.en)
            },
            cities={city.casefold(): code for code, terms in file.places.items() for city in _spellings(terms)},
            people=dict(_people(file)),
            names={code: country.name for code, country in file.countries.items()},
        )

    def country(self, name: str) -> str | None:
        """The code of the country that `name` names; None where it names none."""
        return self.countries.get(" ".join(name.casefold().split()))

    def home(self, name: str) -> str | None:
        """The country of an official."""
        return self.people.get(" ".join(name.casefold().split()))

    def country_of(self, place: str) -> str | None:
        """The country of a city, or the country itself."""
        return self.cities.get(" ".join(place.casefold().split())) or self.country(place)


def _spellings(terms: Terms) -> tuple[str, ...]:
    return (*terms.any, *terms.en)


def _people(file: LexiconFile) -> Iterator[tuple[str, str]]:
    for code, people in file.people.items():
        for name in (*people.known, *people.full):
            family, _, given = (part.strip().casefold() for part in name.partition(","))
            yield f"{given} {family}", code
            yield f"{family} {given}", code
            if name in people.known:
                yield family, code
