"""Writes the data that cleaning carries from the packages it comes from: `python -m tests.cleaning.made`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from babel import Locale
from babel.core import get_global
from phonenumbers import PhoneMetadata, region_code_for_country_code

from cdi_federate.execute.duck.cleaning import countries
from tests.cleaning.numbers import lengths

FOLDER = Path(countries.__file__).parent

_LANGUAGES = """
    en bg bs ca cs da de el es et eu fi fr ga gl he hr hu is it ja ko lt lv mk mt nb nl pl pt ro ru sk sl sq sr sv
    tr uk zh zh_Hant ar
"""
LANGUAGES = tuple(_LANGUAGES.split())

COMMON = {
    "AE": ["UAE", "U.A.E.", "Emirates"], "BA": ["Bosnia"], "BO": ["Bolivia, Plurinational State of"],
    "CD": ["DR Congo", "DRC", "Congo, Democratic Republic of the", "Democratic Republic of the Congo", "Zaire"],
    "CG": ["Republic of the Congo", "Congo, Republic of the"], "CI": ["Ivory Coast"], "CV": ["Cabo Verde"],
    "CZ": ["Czech Republic", "Czechia"], "DE": ["BRD", "Federal Republic of Germany", "Bundesrepublik Deutschland"],
    "FM": ["Micronesia, Federated States of"],
    "GB": ["UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland",
           "United Kingdom of Great Britain and Northern Ireland"],
    "GR": ["EL", "Hellas", "Hellenic Republic"], "IE": ["Eire", "Republic of Ireland"],
    "IR": ["Iran, Islamic Republic of"], "KP": ["Korea, Democratic People's Republic of", "DPRK"],
    "KR": ["Korea, Republic of", "Republic of Korea"], "LA": ["Lao People's Democratic Republic", "Lao PDR"],
    "MD": ["Moldova, Republic of", "Republic of Moldova"], "MK": ["Macedonia", "FYROM"], "MM": ["Burma"],
    "NL": ["Holland", "The Netherlands"], "PS": ["Palestine", "Palestine, State of"],
    "RU": ["Russian Federation", "Russia"], "SY": ["Syrian Arab Republic"], "SZ": ["Swaziland"],
    "TL": ["East Timor"], "TR": ["Turkey", "Türkiye"], "TW": ["Taiwan, Province of China"],
    "TZ": ["Tanzania, United Republic of"],
    "US": ["USA", "U.S.", "U.S.A.", "America", "United States of America"], "VA": ["Holy See", "Vatican"],
    "VE": ["Venezuela, Bolivarian Republic of"], "VN": ["Viet Nam"],
    "LC": ["Saint Lucia"], "KN": ["Saint Kitts and Nevis"], "VC": ["Saint Vincent and the Grenadines"],
    "SH": ["Saint Helena"], "PM": ["Saint Pierre and Miquelon"], "MF": ["Saint Martin"], "BL": ["Saint Barthelemy"],
}  # fmt: skip
"""Names that are in use and not in CLDR."""

SEVERAL = frozenset({"congo", "kongo", "korea", "corea", "coreia", "coree"})
"""What is said of one of two countries, and may be either."""


def country_lines() -> list[str]:
    """Return the lines of `countries.csv`: a code, and all keys that mean it alone."""
    certain: dict[str, str] = {}
    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and codes[0] in countries.CODES:  # SUN, YUG and their kin became several
            certain[countries.key(alias)] = codes[0]
    for code in countries.CODES:
        certain[code.lower()] = code
    for code, names in COMMON.items():
        certain |= {countries.key(name): code for name in names}
    for code in countries.CODES:
        certain.setdefault(countries.key(Locale("en").territories[code]), code)
    others: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        territories = Locale.parse(language).territories
        for code in countries.CODES:
            others[countries.key(territories.get(code, code))].add(code)
    keys: dict[str, set[str]] = defaultdict(set)
    for key, code in certain.items():
        keys[code].add(key)
    for key, meant in others.items():
        if key not in certain and key not in SEVERAL and len(meant) == 1:
            keys[next(iter(meant))].add(key)
    return [f"{code},{'|'.join(sorted(keys[code]))}" for code in countries.CODES]


_REGIONS = """
    DE FR GB US IT ES PT NL BE AT CH PL SE NO DK FI IE CZ SK RO GR BG HR EE LV TR
"""
REGIONS = tuple(_REGIONS.split())
"""Countries whose numbers SQL is to know: each costs every query that reads a number a tenth of a millisecond."""

LONGEST = 700
"""Characters of a pattern; that of British landlines would cost as much as ten others."""


def phone_lines() -> list[str]:
    """Return the lines of `phone_plans.csv`; raises where a country dials in a way that SQL does not know."""
    lines = ["region,code,trunk,all,pattern"]
    for region in REGIONS:
        plan = PhoneMetadata.metadata_for_region(region)
        trunk, code = plan.national_prefix or "", str(plan.country_code)
        assert plan.national_prefix_transform_rule is None
        assert (plan.national_prefix_for_parsing or "").split("|")[0] == trunk
        assert region_code_for_country_code(plan.country_code) == region
        if code == "1":
            trunk = ""  # the digit before numbers at home is that of the code
        else:
            assert plan.international_prefix.split("|")[0] == "00"
        assert trunk in ("", "0"), f"{region} dials {trunk} first"
        short = [kind for kind in (plan.fixed_line, plan.mobile) if len(kind.national_number_pattern) <= LONGEST]
        for kind in short:
            assert lengths(kind.national_number_pattern) <= set(kind.possible_length)
            assert set(kind.possible_length) <= set(plan.general_desc.possible_length)
        pattern = "|".join(dict.fromkeys(kind.national_number_pattern for kind in short))
        lines.append(f"{region},{code},{trunk},{_cell(plan.general_desc.national_number_pattern)},{_cell(pattern)}")
    return lines


def _cell(text: str) -> str:
    return f'"{text}"' if "," in text else text


def main() -> None:
    """Write the files anew."""
    (FOLDER / "phone_plans.csv").write_text("\n".join(phone_lines()) + "\n", encoding="utf-8")
    (FOLDER / "countries.csv").write_text("\n".join(country_lines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
