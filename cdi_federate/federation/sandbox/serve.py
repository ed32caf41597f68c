"""What the sandbox's process does once it is walled in: it plans and runs, and keeps no log of its own.

Each line of the audit log is sent to the parent, who writes it; nothing goes on before it is written.
"""

from __future__ import annotations

import io
import pickle
import queue
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from cdi_federate.audit import Trail
from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import AuditError
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.execute.result import Result
from cdi_federate.federation.api import Federation
from cdi_federate.federation.sandbox.message import omissions_told, packed, plan_told, told
from cdi_federate.stages.events import Event
from cdi_federate.stages.subject import Subject
from cdi_federate.walls.frames import Ended, Receiver, Sender

_TOLD = ("progress", "fragment_start", "fragment_end")


class Server:
    """Answers the parent's questions one after the other; hears its word to stop at any time."""

    def __init__(self, federation: Federation, send: Sender) -> None:
        self._federation, self._send = federation, send
        self.asked: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.allowed: queue.Queue[str] = queue.Queue()
        self._running: Result | None = None

    def listen(self, receive: Receiver) -> None:
        """Take messages until the parent is gone."""
        while True:
            try:
                kind, raw = receive()
            except Ended:
                self.asked.put(None)
                self.allowed.put("the parent is gone")
                return
            if kind == b"Q":
                self.asked.put(pickle.loads(raw))  # of the parent, which is trusted
            elif kind == b"A":
                self.allowed.put(raw.decode())
            elif kind == b"C" and self._running is not None:
                self._running.cancel()

    def answer(self, asked: Mapping[str, Any]) -> None:
        """Answer one question: `plan` it, `run` it, or `explain` it."""
        try:
            given = dict(asked["subject"])
            subject = Subject(given["user"], given["role"], given["purpose"], given["attributes"])
            result = self._federation.sql(
                asked["sql"],
                dialect=asked["dialect"],
                deadline=asked["deadline"],
                parameters=asked["parameters"],
                listener=self._listener,
                subject=subject,
                on_failure=asked["on_failure"],
                allow_wrong=asked["allow_wrong"],
            )
            if asked["what"] == "plan":
                self._send(b"J", packed(plan_told(result)))
            elif asked["what"] == "explain":
                self._send(b"J", packed({"text": result.explain(analyze=asked["analyze"])}))
            else:
                self._run(result)
        except Ended:
            raise
        except BaseException as error:
            self._send(b"J", packed({"error": told(error)}))

    def _run(self, result: Result) -> None:
        self._running = result
        try:
            reader = result.reader()
            with pa.ipc.new_stream(_Sink(self._send), reader.schema) as writer:
                for batch in reader:
                    writer.write_batch(batch)
            self._send(b"J", packed({"end": True, "omissions": omissions_told(result)}))
        finally:
            self._running = None

    def _listener(self, event: Event) -> None:
        if event.kind in _TOLD:
            detail = {name: value for name, value in event.detail.items() if name != "text"}
            self._send(b"J", packed({"event": event.kind, "detail": detail}))


class _Sink(io.RawIOBase):
    """A file whose bytes go to the parent."""

    def __init__(self, send: Sender) -> None:
        self._to = send

    def writable(self) -> bool:
        """Say that it is one."""
        return True

    def write(self, data: Any) -> int:
        """Send bytes."""
        raw = bytes(data)
        self._to(b"B", raw)
        return len(raw)


class _Asking:
    """The log as this process has it: the parent writes the line, and says whether it could."""

    def __init__(self, send: Sender, allowed: queue.Queue[str]) -> None:
        self._send, self._allowed = send, allowed

    def append(self, entry: Mapping[str, Any], *, forced: bool = True) -> None:
        """Have a line written; raises `AuditError`."""
        self._send(b"J", packed({"audit": dict(entry), "forced": forced}))
        why = self._allowed.get()
        if why:
            raise AuditError(why)


def serve(catalog: Catalog, asked: Mapping[str, Any], send: Sender, receive: Receiver) -> None:
    """Answer until the parent is gone."""
    federation = Federation(
        catalog, DuckEngine(memory_limit=asked["memory_limit"]), role=asked["role"], purpose=asked["purpose"]
    )
    server = Server(federation, send)
    trail = federation._setting.audit
    if trail is not None:
        asking = Trail(_Asking(send, server.allowed), trail.names)
        federation._setting = replace(federation._setting, audit=asking)
    threading.Thread(target=server.listen, args=(receive,), name="cdi-listen", daemon=True).start()
    send(b"J", packed({"ready": True}))
    while (question := server.asked.get()) is not None:
        server.answer(question)
    federation.close()
