"""docs/catalog.md: its examples load, its messages are real, and it speaks of every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdi_federate.catalog.kinds import KINDS
from cdi_federate.catalog.load import load
from cdi_federate.config.files import RULES, Shape
from cdi_federate.errors import CatalogError

PAGE = (Path(__file__).parents[2] / "docs" / "catalog.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.S)
FIRST = 4
"""So many blocks make the small catalog; all together make the whole one, where later blocks replace earlier ones."""


def write(folder: Path, blocks: list[tuple[str, str]]) -> Path:
    for name, text in blocks:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_every_yaml_block_is_a_file() -> None:
    assert len(BLOCKS) == PAGE.count("```yaml") > FIRST


def test_the_small_catalog_loads(tmp_path: Path) -> None:
    assert load(write(tmp_path, BLOCKS[:FIRST]), env={}).warnings == ()


@pytest.mark.parametrize("target", ["", "dev", "prod"])
def test_the_whole_catalog_loads(tmp_path: Path, target: str) -> None:
    catalog = load(write(tmp_path, BLOCKS), env={"CRM_FILE": "x.sqlite"}, target=target)
    assert catalog.warnings == ()
    assert len(list(catalog.mappings())) == 4


def test_the_message_shown_is_the_message_given(tmp_path: Path) -> None:
    wrong = BLOCKS[3][1].replace("email:", "emial:")
    with pytest.raises(CatalogError) as caught:
        load(write(tmp_path, [*BLOCKS[:3], (BLOCKS[3][0], wrong)]), env={})
    shown = re.search(r"```\n(catalog/sources.*?)```", PAGE, re.S)
    assert shown
    assert shown[1].splitlines()[0].split(": ", 1)[1] == str(caught.value).splitlines()[0].split(": ", 1)[1]


@pytest.mark.parametrize("shape", Shape.__subclasses__(), ids=lambda shape: shape.__name__)
def test_every_key_stands_on_the_page(shape: type[Shape]) -> None:
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGE))
    for key in shape.entries:
        assert re.search(rf"\b{key}\b", code), f"{shape.__name__}.{key} is not explained"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda spec: spec.name)
def test_every_kind_and_option_stands_on_the_page(kind: object) -> None:
    for word in (kind.name, *kind.connection, *kind.options, *RULES):  # type: ignore[attr-defined]
        assert f"`{word}`" in PAGE
