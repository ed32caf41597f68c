"""Postcodes: capitals, and blanks and hyphens where the country's post wants them.

The layouts are those of the Universal Postal Union's address formats.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdi_federate.execute.duck.cleaning.texts import BLANK
from cdi_federate.execute.duck.literal import text as quoted


@dataclass(frozen=True, slots=True)
class Layout:
    """How some countries write postcodes.

    `pattern` is what is left of a code without blanks, hyphens and the country's letters; `written` puts its groups
    together, behind the country's letters where it `leads`. Where `width` is given, codes are numbers of so many
    digits, and zeros that a spreadsheet took away from the front come back; `least` is how many digits must be left.
    """

    countries: str
    pattern: str
    written: str = r"\1"
    width: int = 0
    least: int = 0
    leads: bool = False


def _digits(countries: str, width: int, least: int = 0, pattern: str = "", written: str = r"\1") -> Layout:
    return Layout(countries, pattern or rf"(\d{{{width}}})", written, width, least or width)


LAYOUTS = (
    _digits("IS PG LS OM", 3),
    Layout("FO", r"(\d{3})", leads=True),
    _digits("AT BE BG CH LI LU DK GL HU SI CY NZ AM GE TN BD PH PY VE AL MK AR", 4),
    _digits("NO AU ZA", 4, least=3),
    Layout("LV", r"(\d{4})", leads=True),
    _digits("FI", 5, least=3),
    _digits("DE FR IT ES TR EE HR RS BA ME XK UA MX MA DZ MC VA SM RE GP MQ GF YT", 5, least=4),
    _digits("TH ID MY KR EG SA PK LK CU PE UY DO CR GT HN NI", 5),
    Layout("LT", r"(\d{5})", width=5, least=4, leads=True),
    _digits("SK", 5, 4, r"(\d{3})(\d{2})", r"\1 \2"),
    _digits("CZ SE GR", 5, 5, r"(\d{3})(\d{2})", r"\1 \2"),
    _digits("PL", 5, 4, r"(\d{2})(\d{3})", r"\1-\2"),
    _digits("RO", 6, least=5),
    _digits("RU BY KZ CN IN SG CO VN KG UZ TJ", 6),
    _digits("IL", 7),
    _digits("JP", 7, 6, r"(\d{3})(\d{4})", r"\1-\2"),
    _digits("BR", 8, 7, r"(\d{5})(\d{3})", r"\1-\2"),
    Layout("US PR", r"(\d{5})(\d{4})", r"\1-\2"),
    _digits("US PR", 5, least=3),
    Layout("PT", r"(\d{4})(\d{3})", r"\1-\2"),
    Layout("PT", r"(\d{4})"),
    Layout("NL", r"([1-9]\d{3})([A-Z]{2})", r"\1 \2"),
    Layout("NL", r"([1-9]\d{3})"),
    Layout("GB UK GG JE IM", r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", r"\1 \2"),
    Layout("GB UK", r"(GIR)(0AA)", r"\1 \2"),
    Layout("CA", r"([A-Z]\d[A-Z])(\d[A-Z]\d)", r"\1 \2"),
    Layout("IE", r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2"),
    Layout("MT", r"([A-Z]{3})(\d{4})", r"\1 \2"),
    Layout("AD", r"(\d{3})", r"AD\1"),
)

_CARS = "DE=D, AT=A, BE=B, FR=F, IT=I, ES=E, LU=L, SE=S, NO=N, HU=H, FI=FIN, LI=FL, SI=SLO, PT=P, PL=PL, GR=GR, HR=HR"
"""Letters of cars, which older habit writes before a postcode: D-10115."""

_TEXT = rf"upper(trim(regexp_replace(CAST(x AS VARCHAR), '[{BLANK}]+', ' ', 'g')))"
_COUNTRY = "upper(CAST(country AS VARCHAR))"
_BARE = r"regexp_replace(regexp_replace(x, '\.0$', ''), '[^A-Z0-9]+', '', 'g')"
"""A number that was read as a fraction ends in `.0`."""


def _case(layout: Layout) -> str:
    """Return the case of a layout: its countries, what a code `x` must be, and how it is written."""
    pattern, code = layout.pattern, "x"
    if layout.width:
        pattern, code = rf"\d{{{layout.least},{layout.width}}}", f"lpad(x, {layout.width}, '0')"
    if layout.written != r"\1":
        code = f"regexp_replace({code}, {quoted(f'^{layout.pattern}$')}, {quoted(layout.written)})"
    if layout.leads:
        code = f"{_COUNTRY} || '-' || {code}"
    return f"WHEN {_is_one_of(layout.countries)} AND regexp_full_match(x, {quoted(pattern)}) THEN {code}"


def _is_one_of(countries: str) -> str:
    return f"{_COUNTRY} IN ({', '.join(map(quoted, countries.split()))})"


def _macro() -> str:
    # Letters before the number are the country's own, or this is another country's code.
    letters = r"regexp_extract(x, '^([A-Z]+)\d+$', 1)"
    cars = f"CAST('{{{_CARS}}}' AS MAP(VARCHAR, VARCHAR))[{_COUNTRY}]"
    digits = f"CASE WHEN {letters} IN ({_COUNTRY}, {cars}) THEN regexp_extract(x, '\\d+$') ELSE x END"
    # A list of one gives a name to what is used many times: a macro puts the whole text of an argument in each place.
    bare = f"list_transform(list_transform([{_TEXT}], lambda x: {_BARE}), lambda x: {digits})"
    laid_out = f"list_transform({bare}, lambda x: CASE {' '.join(map(_case, LAYOUTS))} END)[1]"
    known = _is_one_of(" ".join(layout.countries for layout in LAYOUTS))
    return f"CREATE MACRO norm_postcode(x, country) AS CASE WHEN {known} THEN {laid_out} ELSE NULLIF({_TEXT}, '') END"


MACROS = (_macro(),)
