"""`cdi version`: what is installed."""

from __future__ import annotations

import platform


def version() -> None:
    """Print the versions of cdi-federate, of the libraries that give answers their meaning, and of Python."""
    for package in ("cdi-federate", "duckdb", "sqlglot", "pyarrow"):
        print(f"{package} {_version(package)}")
    print(f"python {platform.python_version()}")


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed  # every verb loads this file, and this brings parsers of mail

    try:
        return installed(package)
    except PackageNotFoundError:
        return "run from a checkout, not installed" if package == "cdi-federate" else "missing"
