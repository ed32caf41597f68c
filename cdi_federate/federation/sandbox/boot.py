"""The sandbox's process, run as a file: all that must happen before a package with threads of its own is imported.

It reads the catalog, with its secrets, then gives up whatever it will not need, and only then imports the engine. So no
statement ever meets a process that could open another file than those of the sources.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

# Where packages stand is told by the parent, and comes after Python's own: a file `numbers.py` beside a script is
# no reason not to start. So not by PYTHONPATH, which comes first.
sys.path += [place for place in os.environ.pop("CDI_SANDBOX_PLACES", "").split(os.pathsep) if place]

from cdi_federate.catalog.load import load
from cdi_federate.errors import CdiError, InvariantError
from cdi_federate.walls import landlock, process
from cdi_federate.walls.frames import Ended, Receiver, Sender


def main() -> None:
    """Wall this process in and serve; the pipes are its standard input and output."""
    reading, writing = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)  # what a library prints must not become a message
    send, receive = Sender(writing), Receiver(reading)
    process.end_with_parent()
    _, raw = receive()
    asked = pickle.loads(raw)  # of the parent, which is trusted
    process.bound(asked["memory"])
    try:
        catalog = load(asked["path"], target=asked["target"])
        if catalog.version != asked["version"]:
            raise InvariantError("the catalog has changed since it was opened: open it again")
        _forget(asked["folder"])
        if asked["walled"]:
            landlock.restrict(
                read=(*landlock.system_paths(Path(asked["package"])), *asked["read"]),
                listed=asked["listed"],
                write=(asked["folder"], os.devnull),
                ports=asked["ports"],
            )
    except CdiError as error:
        send(b"E", str(error).encode())
        return
    from cdi_federate.federation.sandbox.serve import serve

    serve(catalog, asked, send, receive)


def _forget(folder: str) -> None:
    """Keep nothing of the environment but what programs need: the catalog has read its values."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "LOGNAME") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, TMPDIR=folder, HOME=folder, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    os.chdir(folder)


if __name__ == "__main__":
    sys.setswitchinterval(0.005)
    try:
        main()
    except Ended:
        pass
    finally:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - open to the end
        os._exit(0)
