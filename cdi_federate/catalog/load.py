"""`load`: a folder of YAML → a `Catalog`, or every mistake in every file at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdi_federate.catalog.build import built
from cdi_federate.catalog.check import check
from cdi_federate.catalog.check_policy import conditions
from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.catalog.kinds import KINDS, KindSpec
from cdi_federate.catalog.model import Catalog
from cdi_federate.config import dotenv
from cdi_federate.config.files import FILES, CatalogFile
from cdi_federate.config.located import Document, read
from cdi_federate.config.located import Path as Way
from cdi_federate.config.shape import fitted
from cdi_federate.config.values import Values, resolve
from cdi_federate.errors import CatalogError, Place, Problems, UsageError, nearest

FOLDERS = {"entities": "entity", "sources": "source", "standards": "standard", "policies": "policy"}
"""The folders of a catalog, and the kind of file each holds."""

SUFFIXES = (".yaml", ".yml")


def load(
    path: str | Path,
    *,
    target: str = "",
    env: Mapping[str, str] | None = None,
    kinds: Mapping[str, KindSpec] = KINDS,
    resolved: bool = True,
    called: str = "",
) -> Catalog:
    """Return the catalog in a folder, wholly checked; nothing is connected to.

    `target` chooses a variant of the connections (`targets:` in catalog.yaml). `env` stands for the process's
    environment; the file `.env` in the folder adds what it does not set. With `resolved` false no `${…}` is looked up,
    so that a catalog can be read where its secrets are not. `called` is what messages call the folder. Raises
    `CatalogError` with all problems, and `UsageError` where there is no such folder or target.
    """
    return built(*drafted(path, target=target, env=env, kinds=kinds, resolved=resolved, called=called))


def drafted(
    path: str | Path,
    *,
    target: str = "",
    env: Mapping[str, str] | None = None,
    kinds: Mapping[str, KindSpec] = KINDS,
    resolved: bool = True,
    called: str = "",
) -> tuple[Draft, Problems]:
    """Return a catalog's checked files, and the warnings; raises as `load` does."""
    root = _root(Path(path))
    problems = Problems()
    beside = dotenv.read_env(root / ".env", str(root / ".env"), problems) if resolved else {}
    variables = {**beside, **(os.environ if env is None else env)}
    reader = _Reader(root, called or str(root), Values(variables, root) if resolved else None, problems)
    draft = reader.draft(target)
    check(draft, problems, kinds)
    if problems.errors:  # warnings wait until the catalog can be used
        raise CatalogError(problems.errors)
    return draft, problems


def _root(path: Path) -> Path:
    root = path.parent if path.name in ("catalog.yaml", "catalog.yml") else path
    if not root.is_dir():
        raise UsageError(f"there is no catalog folder '{root}'", help=f"`cdi init {root}` makes one")
    return root


@dataclass(slots=True)
class _Reader:
    root: Path
    called: str
    values: Values | None
    problems: Problems

    def shown(self, file: Path) -> str:
        """Return what messages call a file or folder of the catalog."""
        return f"{self.called}/{file.relative_to(self.root).as_posix()}" if self.called != "." else str(file)

    def draft(self, target: str) -> Draft:
        draft = Draft(self.root, target)
        digest = hashlib.sha256(target.encode())
        self.catalog_file(draft, digest)
        for folder, kind in FOLDERS.items():
            for file in sorted(f for f in (self.root / folder).rglob("*") if f.suffix in SUFFIXES and f.is_file()):
                self.file(draft, kind, file, digest)
        self.strays()
        draft.version = digest.hexdigest()[:16]
        return draft

    def catalog_file(self, draft: Draft, digest: Any) -> None:
        """Read catalog.yaml, which names the targets that the other files need."""
        file = next((self.root / f"catalog{s}" for s in SUFFIXES if (self.root / f"catalog{s}").is_file()), None)
        if file is None:
            where = Place(1, 1, self.shown(self.root / "catalog.yaml"))
            self.problems.add(
                where, "the file is missing: this folder is no catalog", help="`cdi init` makes a catalog"
            )
            return
        document = self.document(file, digest)
        if document is None:
            return
        known = document.at(("targets",))
        known = known if isinstance(known, dict) else {}
        if draft.target and draft.target not in known:
            others = f"targets here: {', '.join(known)}" if known else f"{self.shown(file)} has no targets"
            raise UsageError(
                f"there is no target '{draft.target}'", candidates=nearest(draft.target, known, limit=1), help=others
            )
        skip: tuple[Way, ...] = tuple(("targets", name) for name in known if name != draft.target)
        chosen = known.get(draft.target)
        variants = tuple(("targets", draft.target, name) for name in chosen) if isinstance(chosen, dict) else ()
        secret: tuple[Way, ...] = (("identity",), *variants)
        resolve(document, self.values, self.problems, secret=secret, skip=skip)
        shape = fitted(document, CatalogFile, self.problems)
        if shape is not None:
            draft.catalog = Part(document, shape)

    def file(self, draft: Draft, kind: str, file: Path, digest: Any) -> None:
        """Read one file of a folder."""
        document = self.document(file, digest)
        if document is None:
            draft.broken.add((kind, file.stem.lower()))
            return
        name = document.data.get(kind) if isinstance(document.data, dict) else None
        name = name if isinstance(name, str) else file.stem
        overridden: tuple[Way, ...] = ()
        if kind == "source":
            changed = draft.overlay(name)
            overridden = (("connection",),) if "kind" in changed else tuple(("connection", key) for key in changed)
        if kind == "policy":
            overridden = tuple(conditions(document.data))  # where ${user.…} is the user's, and known only when one asks
        secret: tuple[Way, ...] = {"source": (("connection",),), "policy": (("secret",),)}.get(kind, ())
        resolve(document, self.values, self.problems, secret=secret, skip=overridden)
        shape: Any = fitted(document, FILES[kind], self.problems)
        if shape is None:
            draft.broken.update({(kind, name.lower()), (kind, file.stem.lower())})
            return
        parts: dict[str, list[Any]] = {
            "entity": draft.entities, "source": draft.sources, "standard": draft.standards, "policy": draft.policies,
        }  # fmt: skip
        parts[kind].append(Part(document, shape))

    def document(self, file: Path, digest: Any) -> Document | None:
        """Return a file's document, None where it cannot be read."""
        try:
            raw = file.read_bytes()
        except OSError as error:
            self.problems.add(
                Place(1, 1, self.shown(file)), f"the file cannot be read: {error.strerror or 'unknown reason'}"
            )
            return None
        digest.update(f"{file.relative_to(self.root).as_posix()}\0{len(raw)}\0".encode() + raw)
        return read(raw, self.shown(file), self.problems)

    def strays(self) -> None:
        """Note folders and files whose names are nearly those of a catalog: what they hold would not be read."""
        for entry in sorted(self.root.iterdir()):
            if entry.is_dir() and entry.name not in FOLDERS and any(f.suffix in SUFFIXES for f in entry.iterdir()):
                guesses = nearest(entry.name, FOLDERS, limit=1)
                if guesses:
                    self.problems.add(Place(1, 1, self.shown(entry)), "this folder is not read", candidates=guesses)
            elif entry.suffix in SUFFIXES and entry.stem != "catalog":
                help = f"its folder says what a file is: {', '.join(f'{name}/' for name in FOLDERS)}"
                self.problems.add(Place(1, 1, self.shown(entry)), "this file is not read", help=help, warning=True)
