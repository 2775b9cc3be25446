"""Whose goods a trade item is about: "tariffs on Swiss watches" concerns Switzerland, which does nothing in it.

The facts name governments that act or are acted on, and their goods are no government. Who asks for `country:CH`
wants both. English only: in the other languages every country beside a measure is a party already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

MAX_MODIFIERS = 2  # words between a country's adjective and its goods: "Canadian softwood lumber"

_ADJECTIVES: dict[str, str] = {
    "AE": "emirati", "AF": "afghan", "AL": "albanian", "AM": "armenian", "AO": "angolan",
    "AR": "argentine argentinian",
    "AT": "austrian", "AU": "australian", "AZ": "azerbaijani azeri", "BA": "bosnian", "BB": "barbadian",
    "BD": "bangladeshi", "BE": "belgian", "BF": "burkinabe", "BG": "bulgarian", "BH": "bahraini", "BI": "burundian",
    "BJ": "beninese", "BN": "bruneian", "BO": "bolivian", "BR": "brazilian", "BS": "bahamian", "BT": "bhutanese",
    "BY": "belarusian belarussian", "BZ": "belizean", "CA": "canadian", "CD": "congolese", "CH": "swiss",
    "CI": "ivorian", "CL": "chilean", "CM": "cameroonian", "CN": "chinese", "CO": "colombian", "CR": "costa-rican",
    "CU": "cuban", "CY": "cypriot", "CZ": "czech", "DE": "german", "DJ": "djiboutian", "DK": "danish",
    "DZ": "algerian", "EC": "ecuadorian ecuadorean", "EE": "estonian", "EG": "egyptian", "ER": "eritrean",
    "ES": "spanish", "ET": "ethiopian", "EU": "european", "FI": "finnish", "FJ": "fijian", "FR": "french",
    "GA": "gabonese", "GB": "british", "GH": "ghanaian", "GL": "greenlandic", "GM": "gambian", "GN": "guinean",
    "GR": "greek", "GT": "guatemalan", "GY": "guyanese", "HN": "honduran", "HR": "croatian", "HT": "haitian",
    "HU": "hungarian", "ID": "indonesian", "IE": "irish", "IL": "israeli", "IN": "indian", "IQ": "iraqi",
    "IR": "iranian", "IS": "icelandic", "IT": "italian", "JM": "jamaican", "JO": "jordanian", "JP": "japanese",
    "KE": "kenyan", "KG": "kyrgyz", "KH": "cambodian", "KP": "north-korean", "KR": "south-korean korean",
    "KW": "kuwaiti", "KZ": "kazakh", "LA": "laotian lao", "LB": "lebanese", "LK": "sri-lankan", "LR": "liberian",
    "LT": "lithuanian", "LV": "latvian", "LY": "libyan", "MA": "moroccan", "MD": "moldovan", "ME": "montenegrin",
    "MG": "malagasy", "MK": "macedonian", "ML": "malian", "MM": "burmese", "MN": "mongolian", "MO": "macanese",
    "MR": "mauritanian", "MT": "maltese", "MU": "mauritian", "MV": "maldivian", "MW": "malawian", "MX": "mexican",
    "MY": "malaysian", "MZ": "mozambican", "NA": "namibian", "NE": "nigerien", "NG": "nigerian", "NI": "nicaraguan",
    "NL": "dutch", "NO": "norwegian", "NP": "nepali nepalese", "NZ": "kiwi", "OM": "omani", "PA": "panamanian",
    "PE": "peruvian", "PH": "philippine filipino", "PK": "pakistani", "PL": "polish", "PS": "palestinian",
    "PT": "portuguese", "PY": "paraguayan", "QA": "qatari", "RO": "romanian", "RS": "serbian", "RU": "russian",
    "RW": "rwandan", "SA": "saudi", "SD": "sudanese", "SE": "swedish", "SG": "singaporean", "SI": "slovenian slovene",
    "SK": "slovak slovakian", "SN": "senegalese", "SO": "somali", "SR": "surinamese", "SS": "south-sudanese",
    "SV": "salvadoran", "SY": "syrian", "TD": "chadian", "TG": "togolese", "TH": "thai", "TJ": "tajik",
    "TL": "timorese", "TM": "turkmen", "TN": "tunisian", "TO": "tongan", "TR": "turkish", "TT": "trinidadian",
    "TW": "taiwanese", "TZ": "tanzanian", "UA": "ukrainian", "UG": "ugandan", "US": "american", "UY": "uruguayan",
    "UZ": "uzbek", "VE": "venezuelan", "VN": "vietnamese", "WS": "samoan", "XK": "kosovar", "YE": "yemeni",
    "ZA": "south-african", "ZM": "zambian", "ZW": "zimbabwean",
}  # fmt: skip
_COUNTRY = {tuple(word.split("-")): code for code, adjectives in _ADJECTIVES.items() for word in adjectives.split()}

_BEGIN = frozenset(words[0] for words in _COUNTRY)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What is traded, and who makes or ships it.
_GOODS = _words(
    """
    goods products imports exports import export shipments cargoes purchases commodities merchandise
    exporters importers makers growers farmers producers manufacturers miners refiners brands industry industries
    oil crude petroleum diesel petrol gasoline gas lng coal uranium ethanol biofuel biodiesel fuel energy
    steel iron ore ores aluminum aluminium copper nickel zinc tin lithium cobalt gold silver bars bullion metal
    metals minerals mineral earths rare magnets gallium germanium graphite tungsten antimony diamonds gems jewellery
    jewelry pearls cement glass ceramics tiles plastics rubber chemicals chemical fertiliser fertilizer fertilisers
    fertilizers potash
    cars car autos auto vehicles evs ev trucks truck buses motorcycles bikes bicycles tyres tires parts carmakers
    carmaker automakers automaker batteries battery engines machinery machines tools cranes ships vessels boats
    planes aircraft jets trains
    chips chip semiconductors semiconductor electronics phones smartphones computers laptops televisions tvs
    appliances solar panels modules turbines drones cables software
    watches watch watchmakers clocks cosmetics perfume perfumes luxury handbags bags leather shoes footwear sneakers
    clothing clothes garments apparel textiles textile cotton silk wool carpets toys furniture cabinets paper pulp
    lumber timber wood plywood
    drugs medicines medicine pharmaceuticals pharmaceutical vaccines
    food foods agricultural agriculture farm agri grain grains wheat corn maize barley rice sorghum oats soy soya
    soybean soybeans canola rapeseed sunflower seeds sugar honey salt spices pepper vanilla cocoa chocolate
    chocolates coffee tea tobacco cigars beef pork lamb mutton chicken poultry meat sausages eggs dairy milk butter
    cheese cheeses fish salmon tuna shrimp shrimps prawns lobster lobsters seafood caviar fruit fruits apples
    bananas avocado avocados tomato tomatoes potatoes vegetables onions garlic oranges lemons mangoes mangos grapes
    cherries berries nuts almonds pistachios walnuts cashews olive olives pasta flowers roses
    wine wines champagne cognac brandy whisky whiskey whiskies bourbon vodka gin rum tequila mezcal beer spirits
    liquor winemakers distillers steelmakers
    """
)
# What stands between a people and other goods than its own: "Russian strikes on oil", "Chinese buyers of US soy".
_ENDS = _words(
    "a an the to on of in by for from with over as at after before amid against than that who which while if when "
    "is are was were be has have had will would may could can not no say says said but or hit hits us"
)


def countries_of_goods(texts: Iterable[Sequence[str]]) -> Iterator[str]:
    """ISO 3166 alpha-2 codes, or EU, of the countries beside whose adjectives goods stand in English `texts`.

    Each is a text's words, folded: see words.py.
    """
    for words in texts:
        for at, word in enumerate(words):
            if word in _BEGIN:
                code, after = _country_at(words, at)
                if code and _are_goods(words, after):
                    yield code


def _country_at(words: Sequence[str], at: int) -> tuple[str | None, int]:
    """The country whose adjective stands at `at`, and where the next word is: "south korean" is one."""
    if code := _COUNTRY.get(tuple(words[at : at + 2])):
        return code, at + 2
    within = at > 0 and tuple(words[at - 1 : at + 1]) in _COUNTRY
    return (None if within else _COUNTRY.get((words[at],))), at + 1


def _are_goods(words: Sequence[str], at: int) -> bool:
    for word in words[at : at + MAX_MODIFIERS + 1]:
        if word in _GOODS:
            return True
        if word in _ENDS:
            return False
    return False
