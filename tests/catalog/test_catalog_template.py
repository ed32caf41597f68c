"""What `cdi init` writes is a valid catalog."""

from __future__ import annotations

from pathlib import Path

from cdi_federate.catalog.load import load
from cdi_federate.catalog.template import template


def written(folder: Path) -> Path:
    for name, text in template().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_it_is_valid_without_environment_or_warning(tmp_path: Path) -> None:
    catalog = load(written(tmp_path), env={})
    assert catalog.warnings == ()
    assert [mapping.qualified for mapping in catalog.mappings()] == ["shop.customers"]
    assert (tmp_path / str(catalog.sources["shop"].connection["path"].reveal()) / "customers.csv").is_file()


def test_its_tests_and_comments_are_there(tmp_path: Path) -> None:
    catalog = load(written(tmp_path), env={})
    assert next(catalog.mappings()).tests[0].expect["country"] == "NO"
    assert all(text.startswith("# yaml-language-server") for name, text in template().items() if name.endswith(".yaml"))
    assert sum(text.count("#") for text in template().values()) > 20
