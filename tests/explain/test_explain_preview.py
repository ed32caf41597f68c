"""The HTML preview: a value is never markup."""

from __future__ import annotations

from cdi_federate.explain.preview import preview_html


def test_values_and_names_are_escaped() -> None:
    html = preview_html([("<b>", "VARCHAR")], [("<script>alert(1)</script>",)], note="<i>")
    assert "<script>" not in html and "<b>" not in html and "<i>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_null_is_not_the_text_null() -> None:
    null, text = preview_html([("a", "VARCHAR")], [(None,)]), preview_html([("a", "VARCHAR")], [("NULL",)])
    assert null != text


def test_numbers_stand_to_the_right_and_long_values_are_cut() -> None:
    html = preview_html([("n", "BIGINT"), ("l", "INTEGER[]"), ("t", "VARCHAR")], [(1, [1], "x" * 500)])
    assert html.count("text-align:right") == 1
    assert f"{'x' * 200}…<" in html
