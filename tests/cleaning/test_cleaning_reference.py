"""What SQL says is what the reference says, on texts made at random of what real ones are made of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cdi_federate.execute.duck.cleaning import countries, phones, postcodes
from tests.cleaning import made, reference
from tests.cleaning.conftest import Cleaned

EMAIL = ["jane", "doe", "O'Brien", "jörg", "İ", "K", ".", ".", "-", "_", "+1", "@", "@", "@x.org", "@müller.de",
         "@a.b.co.uk", "x.org", " ", "\u00a0", "\u200b", "<", ">", "Jane Doe <", ";", ",", '"', "'", "mailto:",
         "MAILTO:", "(", ")", "9", "..", "имя", "@почта.рф", "[", "\\", ":"]  # fmt: skip
NAME = ["Jane", "MÜLLER", "mu\u0308ller", "Łukasz", "Weiß", "ẞ", "Æ", "Øre", "İ", "ı", "Σας", "ё", "й", "שָׁ", "مُ",
        "हिन्दी", "が", "か\u3099", "김", "K", "O’B", "d'A", "-", " ", "\u00a0", "\u200b", ".", ",", "1", "٣", "👩",
        "ﬁ", "\u00ad", "ǅ", "Å", "Ế"]  # fmt: skip
DIGITS = ["0", "12", "٠", "۹", "९", "৯", "๙", "９", "²", "½", "Ⅷ", "a", " ", "-", "x" * 50]
_POSTCODE = "SW1A 1AA M1 GIR 0AA 1012 AB 1000 001 D- DE P- PT- 1 0 99 - A"
POSTCODE = [*_POSTCODE.split(), " "]

Reference = Callable[[str], str | None]


def texts(seed: int, parts: Sequence[str]) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choice(parts) for _ in range(rng.randint(1, 6))) for _ in range(5_000)]


def compare(cleaned: Cleaned, call: str, said: Reference, given: list[str], known: float) -> None:
    found, wanted = cleaned(call, given), [said(text) for text in given]
    wrong = [(text, got, want) for text, got, want in zip(given, found, wanted, strict=True) if got != want]
    assert wrong == [], f"{len(wrong)} of {len(given)}, first {wrong[:3]}"
    assert sum(answer is not None for answer in found) >= known * len(given), "the texts are worth asking"


@pytest.mark.parametrize("seed", range(3))
def test_norm_email(cleaned: Cleaned, seed: int) -> None:
    compare(cleaned, "norm_email(x)", reference.norm_email, texts(seed, EMAIL), 0.02)


@pytest.mark.parametrize("seed", range(3))
def test_norm_name(cleaned: Cleaned, seed: int) -> None:
    compare(cleaned, "norm_name(x)", reference.words, texts(seed, NAME), 0.9)


def test_digits(cleaned: Cleaned) -> None:
    compare(cleaned, "digits(x)", reference.digits, texts(1, DIGITS), 0.5)


@pytest.mark.parametrize("country", ["DE", "PT", "NL", "GB"])
def test_norm_postcode(cleaned: Cleaned, country: str) -> None:
    given = texts(1, POSTCODE)
    compare(cleaned, f"norm_postcode(x, '{country}')", lambda text: reference.norm_postcode(text, country), given, 0.01)


def test_a_country_in_a_column_is_the_same_as_one_that_is_a_constant(cleaned: Cleaned) -> None:
    given = texts(2, POSTCODE)
    for country in ("DE", "PT", "NL", "GB", "LV", "XX"):
        column = f"norm_postcode(x, CASE WHEN n >= 0 THEN '{country}' END)"
        assert cleaned(column, given) == cleaned(f"norm_postcode(x, '{country}')", given)


def test_the_names_of_countries_are_those_of_the_package() -> None:
    text = (made.FOLDER / "countries.csv").read_text(encoding="utf-8")
    assert text.splitlines() == made.country_lines(), "python -m tests.cleaning.made writes them anew"


def test_every_name_of_a_country_leads_to_it(cleaned: Cleaned) -> None:
    """Each country by its code, by three letters, by number, and by all its names as they are looked up."""
    known = countries.names()
    assert set(known.values()) == set(countries.CODES)
    assert len(countries.CODES) == 250
    assert len(known) > 4_500
    given = list(known)
    assert cleaned("country_iso2(x)", given) == list(known.values())


def test_countries_are_found_in_their_own_spelling(cleaned: Cleaned) -> None:
    """Every name that CLDR has, in every language: its country, or nothing where two have the same."""
    from babel import Locale

    pairs = {
        (Locale.parse(language).territories[code], code)
        for language in made.LANGUAGES
        for code in countries.CODES
        if code in Locale.parse(language).territories
    }
    names = sorted(pairs)
    found = cleaned("country_iso2(x)", [name for name, _ in names])
    wrong = [(name, got) for (name, code), got in zip(names, found, strict=True) if got not in (code, None)]
    unknown = [name for (name, _), got in zip(names, found, strict=True) if got is None]
    assert wrong == []
    assert len(unknown) < 40, unknown


def test_the_page_counts_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cleaning.md").read_text(encoding="utf-8")
    laid_out = {country for layout in postcodes.LAYOUTS for country in layout.countries.split()} - {"UK"}
    languages = {language.partition("_")[0] for language in made.LANGUAGES}
    assert f"names in {len(languages)} languages" in page
    assert f"the layout in {len(laid_out)} countries" in page
    assert f"numbers without letters in {len(phones.plans())} countries" in page
