"""Countries: a code or a name in many languages → ISO 3166 alpha-2.

The names are those of Unicode CLDR (Unicode License v3), written to `countries.csv` by `tests/cleaning/made.py`.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import pyarrow as pa

_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
CODES = tuple(_CODES.split())
"""The codes of ISO 3166-1, and XK, which is in use for Kosovo."""

_FILE = Path(__file__).with_name("countries.csv")


def key(name: str) -> str:
    """Return a name as it is looked up: letters and digits alone, small and without marks; `&` is the word and."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name.replace("&", " and ")).casefold())
    text = "".join(c for c in text if unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "Mc")
    return text.zfill(3) if text.isascii() and text.isdigit() else text


@cache
def names() -> dict[str, str]:
    """Return key → alpha-2 of every name and code that is known."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return {known: code for code, _, rest in (line.partition(",") for line in lines) for known in rest.split("|")}


def country(texts: pa.Array) -> pa.Array:
    """Return the alpha-2 code of each text, NULL where it names no country or several."""
    return pa.array([None if text is None else _known(text) for text in texts.to_pylist()], pa.string())


@lru_cache(maxsize=20_000)
def _known(text: str) -> str | None:
    found = key(text) if len(text) <= _LONGEST else ""
    return names().get(found) or names().get(found.removeprefix("the"))


_LONGEST = 200
"""Characters of a text that may be a country's name."""

FUNCTIONS = (("cdi_country", country, 1),)
"""What the macros call: name, function, how many texts it takes."""

_UPPER = "upper(trim(CAST(x AS VARCHAR)))"

MACROS = (
    f"CREATE MACRO country_iso2(x) AS CASE WHEN regexp_full_match({_UPPER}, '{'|'.join(CODES)}') THEN {_UPPER} "
    "ELSE cdi_country(CAST(x AS VARCHAR)) END",
)
