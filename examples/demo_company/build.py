"""Write all departments' data into one folder, whole or not at all; twice is as good as once."""

import shutil
from hashlib import sha256
from pathlib import Path

from examples.demo_company import billing, crm, loyalty, shop, support, web
from examples.demo_company.world import World

DEPARTMENTS = (crm, billing, shop, support, loyalty, web)


def build(folder: Path, size: int = 20_000) -> str:
    """Write the company's data, unless the folder already holds exactly it; return a sentence on what was done."""
    stamp, seal = _stamp(size), folder / ".stamp"
    if seal.exists() and seal.read_text() == stamp:
        return f"{folder} is up to date"
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    world = World(size)
    for department in DEPARTMENTS:
        department.write(world, draft)
    (draft / ".stamp").write_text(stamp)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return f"{folder}: {size:,} customers, {len(world.orders):,} orders, {len(world.events):,} web events"


def _stamp(size: int) -> str:
    """Return what the data depend on: the size asked for and the text of this package."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return f"{size} {sha256(b''.join(p.read_bytes() for p in sources)).hexdigest()}\n"
