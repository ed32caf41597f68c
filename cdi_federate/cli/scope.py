"""The options that hold for every verb: which catalog, which target, as whom and for what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdi_federate.errors import UsageError

if TYPE_CHECKING:
    from cdi_federate.catalog.model import Catalog
    from cdi_federate.federation import Federation

FILE = "catalog.yaml"


@dataclass(frozen=True, slots=True)
class Scope:
    """What `cdi [OPTIONS] VERB` was given before (or after) the verb."""

    catalog: Path | None = None
    target: str | None = None
    role: str | None = None
    purpose: str | None = None
    memory_limit: str | None = None

    def folder(self) -> Path:
        """Return the catalog's folder: the one named, else ./catalog, else this folder; each must hold catalog.yaml."""
        if self.catalog is not None:
            named = self.catalog.expanduser()
            folder = named.parent if named.name == FILE else named
            if not (folder / FILE).is_file():
                raise UsageError(
                    f"no catalog in '{folder}': it has no {FILE}",
                    help=f"`cdi init {folder}` writes one to start from.",
                )
            return folder
        for folder in (Path("catalog"), Path()):
            if (folder / FILE).is_file():
                return folder
        raise UsageError(
            "no catalog here: neither ./catalog nor this folder has a catalog.yaml",
            help="Name its folder with -C/--catalog or $CDI_CATALOG, or write one to start from with `cdi init`.",
        )

    def load(self, *, resolved: bool = False) -> Catalog:
        """Read and check the catalog; raises `CatalogError` with every mistake. No source is touched.

        Only with `resolved` are `${…}` looked up: who only reads what is there needs no secrets.
        """
        from cdi_federate.catalog.load import load

        return load(self.folder(), target=self.target or "", resolved=resolved)

    def connect(self) -> Federation:
        """Return a federation over the catalog, as the role and for the purpose named."""
        import gc

        from cdi_federate.federation import connect

        options: dict[str, Any] = {"as_": self.role, "purpose": self.purpose, "target": self.target}
        options["memory_limit"] = self.memory_limit
        federation = connect(self.folder(), **options)
        gc.freeze()  # else the first collection walks all that was loaded
        gc.enable()
        return federation
