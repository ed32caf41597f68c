"""A catalog as it was at a git revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cdi_federate.catalog.load import SUFFIXES, load
from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import UsageError


@contextmanager
def at_ref(path: str | Path, ref: str, *, target: str = "") -> Iterator[Catalog]:
    """Give the catalog of a folder as it was at a git revision; its `${…}` are left as they are.

    Nothing in the working tree is touched: the files are taken out of git into a folder that is gone afterwards.
    Places name the files as they were in git: `REF:catalog/sources/crm.yaml`. Raises `UsageError` where git, the
    repository or the revision is missing, and `CatalogError` where the old version is not valid.
    """
    folder = Path(path).resolve()
    folder = folder.parent if folder.name == "catalog.yaml" else folder
    if ref.startswith("-"):
        raise UsageError(f"'{ref}' is no revision")
    prefix = _git(folder, "rev-parse", "--show-prefix").decode().strip()
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())  # archive reads paths from where it runs
    _git(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", missing=f"git knows no revision '{ref}'")
    archive = _git(
        top,
        "archive",
        "--format=tar",
        f"{ref}:{prefix}",
        missing=f"there was no catalog in '{prefix or '.'}' at {ref}",
    )
    with tempfile.TemporaryDirectory(prefix="cdi-") as temporary:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            wanted = [member for member in files if member.isfile() and member.name.endswith(SUFFIXES)]
            files.extractall(temporary, wanted, filter="data")
        yield load(temporary, target=target, resolved=False, called=f"{ref}:{prefix.rstrip('/')}".rstrip(":"))


def _git(folder: Path, *arguments: str, missing: str = "") -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise UsageError("git is not installed", help="compare with a folder instead of a revision") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            missing or f"git: {said[-1] if said else 'it failed'}", help="see `git log --oneline`" if missing else ""
        )
    return done.stdout
