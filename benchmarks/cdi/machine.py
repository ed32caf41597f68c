"""What the figures were measured on, in one sentence."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from benchmarks.cdi.places import Places


def about(places: Places) -> dict[str, str]:
    """Return the machine, the servers and the versions of who is measured."""
    with places.open_postgres() as server:
        postgres = str(server.execute("SHOW server_version").fetchone()[0]).split()[0]  # type: ignore[index]
    with places.open_mysql(places.mysql.database) as billing, billing.cursor() as cursor:
        cursor.execute("SELECT version()")
        mysql = str(cursor.fetchone()[0]).split("-")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}, "
        f"Postgres {postgres} and MariaDB {mysql} on the same machine as they come; "
        f"its load was {os.getloadavg()[1]:.1f} when it began."
    )
    return {"duckdb": _version("duckdb"), "chdb": _version("chdb"), "machine": machine}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
