"""The most memory that a `cdi` of its own held, told by itself at its end.

What the system says of a child counts the memory of its parent too, of which it is a copy for a moment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cdi_federate

_RUN = """
import sys
from pathlib import Path
from cdi_federate.cli import main
told = sys.argv.pop(1)
try:
    main()
finally:
    if sys.platform == "linux":
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        peak = int(line.split()[1]) * 1024
    else:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    Path(told).write_text(str(peak))
"""


def peak_of(*words: str) -> int:
    """Run `cdi` with these words, which must succeed; returns the most memory it held, in bytes."""
    env = {**os.environ, "PYTHONPATH": str(Path(cdi_federate.__file__).parent.parent)}
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "peak"
        subprocess.run([sys.executable, "-c", _RUN, str(told), *words], env=env, stdout=subprocess.DEVNULL, check=True)
        return int(told.read_text())
