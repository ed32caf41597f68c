"""Texts that look like something and are something else: what every cleaning function has to live with."""

from __future__ import annotations

TEXTS: tuple[str | None, ...] = (
    None, "", " ", "\t\n", "\x00", "a\x00b", "\u00a0", "\u200b", "\ufeff", "\u202e", "\ud7ff", "\U0010ffff", "\u0301",
    "0", "-", "--", "n/a", "NULL", "none", ".", "@", "@@", "a@", "@b.c", "+", "++", "+0", "(", ")", "'", '"', "\\", "%",
    "K", "İ", "ı", "ß", "ẞ", "ﬁ", "Ａ", "１２３", "٣", "½", "²", "Ⅷ", "Σς", "ǅ", "é", "e\u0301", "Å", "ÅA",
    "한국어", "日本", "が", "हिन्दी", "ไทย", "ذَهَبَ", "שָׁלוֹם", "👩‍👩‍👧", "🇩🇪",
    "x" * 10_000, "9" * 1_000, "a@" * 500, "+49" * 300,
    "<script>", "'; DROP TABLE x; --", "{a=b}", "[1]", "1e309", "-0", "1.0", "0x10", "31.02.2020", "2020-01-01",
)  # fmt: skip
