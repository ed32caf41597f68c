"""Cleaning of texts that SQL can say whole: e-mail addresses, names, digits, dates."""

from __future__ import annotations

from cdi_federate.execute.duck.literal import text as quoted

_TEXT = "CAST(x AS VARCHAR)"
_LOW = f"lower({_TEXT})"
_IS_ASCII = f"strlen({_TEXT}) = length({_TEXT})"
"""As many bytes as characters: known ten times as fast as a pattern's verdict, and most texts are."""
BLANK = r"\s\x00-\x1f\x7f-\xa0\xad\x{1680}\x{180e}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{205f}-\x{206f}\x{3000}\x{feff}"
"""Inside brackets of a pattern: blanks of every width, none included, and control characters."""

# --- e-mail ----------------------------------------------------------------------------------------------------------

_USUAL = r"[a-z0-9_%+-][a-z0-9._%+-]*@(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*"
"""Addresses that stand alone, without anything that the pattern below takes away or refuses; known without groups."""
_LABEL = rf"""[^{BLANK}@<>()\[\],;:"'\\.]+"""
_EMAIL = (
    rf"""^(?:[^@<>]*<)?[{BLANK}"'(\[,;]*(?:mailto:)?"""
    rf"""([^{BLANK}@<>()\[\],;:"\\'][^{BLANK}@<>()\[\],;:"\\]*@(?:{_LABEL}\.)+\p{{L}}[\p{{L}}\p{{M}}\p{{N}}-]*)"""
    rf"""[{BLANK}"'>)\],;.]*$"""
)
_NORM_EMAIL = (
    f"CASE WHEN regexp_full_match(trim({_LOW}), {quoted(_USUAL)}) THEN trim({_LOW}) "
    f"ELSE NULLIF(regexp_extract({_LOW}, {quoted(_EMAIL)}, 1), '') END"
)

# --- names -----------------------------------------------------------------------------------------------------------

_TITLES = r"""
    mr mrs ms miss mx messrs sir madam lady dr doctor drs prof professor rev reverend hon
    herr herrn frau fraulein hr fr mag ing univ\ prof priv\ doz dipl\ (?:ing|kfm|kffr|phys|chem|math|inf|vw|bw)
    dr\ (?:med|jur|phil|ing|rer\ (?:nat|pol|oec)|oec|h\ c|vet|dent|hab|med\ (?:dent|vet))
    mme mlle mmes monsieur madame mademoiselle mgr
    sr sra srta senor senora senorita senhor senhora dra profa
    sig signor signora signorina sig\ (?:ra|na) dott dottor dottore dottoressa dott\ ssa prof\ ssa avv geom rag egr
    dhr mevr mw de\ heer heer mevrouw meneer ir
    fru froken
    inz bc mudr judr phdr rndr mvdr
    г\ н г\ жа господин госпожа κοσ κα κυριοσ κυρια sayin
"""
_DEGREES = r"ph\ ?d dphil md mba mbbs m\ ?sc b\ ?sc meng beng esq dds dvm llm llb cpa rn obe mbe cbe"

_LETTERS = {"ł": "l", "ø": "o", "ǿ": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "ς": "σ"}
"""Letters that are no letter with a mark, so that taking marks off leaves them."""
_WIDE = {chr(0xFF41 + n): chr(0x61 + n) for n in range(26)} | {chr(0xFF10 + n): chr(0x30 + n) for n in range(10)}
_DROPPED = "'’‘ʼʻ`´′\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""What stands inside a word and says nothing: apostrophes, soft hyphens, characters without width."""
_PAIRS = {"ß": "ss", "æ": "ae", "ǽ": "ae", "ǣ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij"}

_OTHER_SCRIPT = r"[^\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Common}\p{Inherited}]"
"""A letter of another script: there marks are vowels (Devanagari, Thai) or make another letter (kana)."""


def _norm_name() -> str:
    dropped = quoted(f"[{_DROPPED}]+")
    words = _words(f"regexp_replace({_LOW}, {dropped}, '', 'g')")
    letters = f"list_transform([{words}], lambda x: {_without_marks()})[1]"
    plain = _words(f"replace(replace({_LOW}, {quoted(chr(39))}, ''), '`', '')")
    sql = f"trim(CASE WHEN {_IS_ASCII} THEN {plain} ELSE {letters} END)"
    sql = f"regexp_replace({sql}, {quoted(f'^(?:(?:{_alternatives(_TITLES)}) )+')}, '')"
    sql = f"regexp_replace({sql}, {quoted(f'(?: (?:{_alternatives(_DEGREES)}))+$')}, '')"
    return f"NULLIF({sql}, '')"


def _words(text: str) -> str:
    """Return SQL for the words of a text, a blank between them."""
    return rf"regexp_replace({text}, '[^\p{{L}}\p{{M}}\p{{N}}]+', ' ', 'g')"


def _without_marks() -> str:
    """Return SQL for `x` without the marks of its letters; where marks are more than accents they stay."""
    one = _LETTERS | _WIDE
    changed = f"translate(x, {quoted(''.join(one))}, {quoted(''.join(one.values()))})"
    for letter, letters in _PAIRS.items():
        changed = f"replace({changed}, {quoted(letter)}, {quoted(letters)})"
    special = f"[{''.join([*one, *_PAIRS])}]"
    text = f"CASE WHEN regexp_matches(x, {quoted(special)}) THEN {changed} ELSE x END"
    other = f"regexp_matches({text}, {quoted(_OTHER_SCRIPT)})"
    return f"CASE WHEN {other} THEN nfc_normalize({text}) ELSE strip_accents({text}) END"


def _alternatives(words: str) -> str:
    r"""Return words as alternatives of a pattern, the longest first; a blank in a word is written `\ `."""
    found = [word.replace("\0", " ") for word in words.replace(r"\ ", "\0").split()]
    return "|".join(sorted(dict.fromkeys(found), key=len, reverse=True))


# --- digits ----------------------------------------------------------------------------------------------------------

_ZEROS = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10)
"""Where the digits of other scripts begin: Arabic, Persian, Devanagari, Bengali, Thai, wide ones."""
_FOREIGN = "".join(chr(zero + n) for zero in _ZEROS for n in range(10))
_READ = f"translate({_TEXT}, {quoted(_FOREIGN)}, {quoted('0123456789' * len(_ZEROS))})"
_DIGITS = f"NULLIF(regexp_replace(CASE WHEN {_IS_ASCII} THEN {_TEXT} ELSE {_READ} END, '[^0-9]+', '', 'g'), '')"

# --- dates -----------------------------------------------------------------------------------------------------------

MOST_FORMATS = 8
_MOMENTS = "'DATE', 'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE'"
_STRIPPED = rf"regexp_replace({_TEXT}, '^[{BLANK}]+|[{BLANK}]+$', '', 'g')"


def _parse_date(formats: int) -> str:
    names = [f"f{number}" for number in range(1, formats + 1)]
    parsed = f"CAST(try_strptime({_STRIPPED}, [{', '.join(names)}]) AS DATE)"
    day = f"TRY_CAST({_TEXT} AS DATE)"
    return f"({', '.join(['x', *names])}) AS CASE WHEN typeof(x) IN ({_MOMENTS}) THEN {day} ELSE {parsed} END"


MACROS = (
    f"CREATE MACRO norm_email(x) AS {_NORM_EMAIL}",
    f"CREATE MACRO norm_name(x) AS {_norm_name()}",
    f"CREATE MACRO digits(x) AS {_DIGITS}",
    f"CREATE MACRO parse_date{', '.join(_parse_date(formats) for formats in range(1, MOST_FORMATS + 1))}",
)
