"""Processes that are killed under load: `python -m tests.audit.killed CATALOG ROUNDS SEED query|write`.

Each round, two processes with two threads each ask one catalog, note every answer in a file once they have it, and are
killed at a random moment, some while they start. What the file says was answered must be in the log. `write` does the
same with the log alone, which is quicker.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from cdi_federate import Subject, connect
from cdi_federate.audit import Log
from tests.audit.audited import ANCHOR, LOG

THREADS = 2
PROCESSES = 2


def ask(folder: Path, name: str, ready: int, how: str) -> None:
    """Ask without end, from some threads, and note what was answered; say so once the process may be killed."""
    noted = os.open(folder / "answered", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    federation = connect(folder, as_=name) if how == "query" else None
    log = Log(folder / LOG, folder / ANCHOR)

    def on_and_on(thread: int) -> None:
        number = 0
        while True:
            number += 1
            purpose = f"{name}-{thread}-{number}"
            rows = number
            if federation is not None:
                subject = Subject("tester", name, purpose)
                rows = len(federation.sql("SELECT id FROM thing WHERE mail = 'a'", subject=subject))
            else:
                log.append({"event": "intent", "query": purpose, "purpose": purpose})
                log.append({"event": "closed", "query": purpose, "outcome": "complete", "rows": rows})
            os.write(noted, f"{purpose} {rows}\n".encode())
            if number == 1:
                os.write(ready, b"x")

    for thread in range(THREADS):
        threading.Thread(target=on_and_on, args=(thread,), daemon=True).start()
    time.sleep(60)


def main(folder: Path, rounds: int, seed: int, how: str) -> None:
    """Start, kill, again."""
    randomly = random.Random(seed)
    for number in range(rounds):
        children = []
        reading, writing = os.pipe()
        for process in range(PROCESSES):
            child = os.fork()
            if child == 0:
                ask(folder, f"{number}-{process}", writing, how)
            children.append(child)
        if randomly.random() < 0.8:
            os.read(reading, 1)
        for child in children:
            time.sleep(randomly.uniform(0, 0.08))
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
