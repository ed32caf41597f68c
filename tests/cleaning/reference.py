"""The cleaning functions said once more, in Python and in another way: character by character, no pattern in common."""

from __future__ import annotations

import unicodedata

BLANKS = {chr(n) for n in (*range(0x21), *range(0x7F, 0xA1), 0xAD, 0x1680, 0x180E, *range(0x2000, 0x2010),
                           *range(0x2028, 0x2030), *range(0x205F, 0x2070), 0x3000, 0xFEFF)}  # fmt: skip
SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")
LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ς": "σ", "ß": "ss", "æ": "ae",
           "œ": "oe", "þ": "th", "ĳ": "ij"}  # fmt: skip
DROPPED = "'’‘ʼʻ`´′\u00ad\u200b\u200c\u200d\u2060\ufeff"
ZEROS = "٠۰०০๐０"


def lower(text: str) -> str:
    """Return the text in small letters, each by itself: one letter stays one."""
    return "".join("i" if c == "İ" else c.lower() if len(c.lower()) == 1 else c for c in text)


def norm_email(text: str) -> str | None:
    """Find the one address: what is around it is blanks, brackets, quotes and stops, or a name before `<`."""
    text = lower(text)
    head, bracket, rest = text.partition("<")
    if bracket and "@" not in head and ">" not in head:
        text = rest
    text = text.lstrip("".join(BLANKS) + "\"'([,;<" if not bracket else "".join(BLANKS) + "\"'([,;")
    text = text.removeprefix("mailto:").rstrip("".join(BLANKS) + "\"'>)],;.")
    local, at, domain = text.partition("@")
    if not at or not local or any(c in BLANKS or c in '@<>()[],;:"\\' for c in text.replace("@", "", 1)):
        return None
    labels = domain.split(".")
    last = labels[-1]
    if len(labels) < 2 or not all(labels) or "'" in domain or not unicodedata.category(last[0]).startswith("L"):
        return None
    return text if all(c == "-" or unicodedata.category(c)[0] in "LMN" for c in last) else None


def words(text: str) -> str | None:
    """Return what `norm_name` makes of a text without titles and degrees."""
    text = unicodedata.normalize(
        "NFC", "".join(c for c in lower(text) if c not in "'’‘ʼʻ`´′\u00ad\u200b\u200c\u200d\u2060\ufeff")
    )
    text = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    known = all(unicodedata.name(c, "").startswith(SCRIPTS) for c in text if unicodedata.category(c)[0] == "L")
    if known:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.category(c).startswith("M"))
    text = "".join(LETTERS.get(c, c) for c in unicodedata.normalize("NFC", text))
    return " ".join(text.split()) or None


def digits(text: str) -> str | None:
    """Return the digits of the scripts that are known, as 0 to 9."""
    found = ""
    for c in text:
        for zero in ("0", *ZEROS):
            if 0 <= ord(c) - ord(zero) <= 9:
                found += str(ord(c) - ord(zero))
    return found or None


def norm_postcode(text: str, country: str) -> str | None:
    """Return the postcodes of some countries, by what their posts say."""
    text = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    letters = "".join(c for c in text if c.isalpha())
    number = text.removeprefix(letters) if text.startswith(letters) else ""
    if letters in ("", country, {"DE": "D", "PT": "P", "GB": "-", "NL": "-"}[country]) and number:
        text = number
    kinds = "".join("9" if c.isdigit() else "A" for c in text)
    match country, kinds:
        case "DE", "99999" | "9999":
            return text.zfill(5)
        case "PT", "9999":
            return text
        case "PT", "9999999":
            return f"{text[:4]}-{text[4:]}"
        case "NL", "9999" if text[0] != "0":
            return text
        case "NL", "9999AA" if text[0] != "0":
            return f"{text[:4]} {text[4:]}"
        case "GB", "A99AA" | "A999AA" | "AA99AA" | "AA999AA" | "A9A9AA" | "AA9A9AA":
            return f"{text[:-3]} {text[-3:]}"
        case "GB", _ if text == "GIR0AA":
            return "GIR 0AA"
    return None
