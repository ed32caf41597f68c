"""The bytes of an answer from the sandbox's process, as batches; each is held against what it says it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from cdi_federate.errors import InvariantError


class Stream:
    """A file of the bytes of an answer, for the reader of Arrow streams; `last` is the message that ended it."""

    closed = False

    def __init__(self, said: Iterator[dict[str, Any] | bytes], heard: Callable[[Mapping[str, Any]], None]) -> None:
        self._said, self._heard = said, heard
        self._left = b""
        self.last: dict[str, Any] = {}

    def read(self, count: int = -1) -> bytes:
        """Return some bytes; none at the end."""
        while len(self._left) < count or count < 0:
            part = next(self._said, None)
            if part is None:
                break
            if isinstance(part, bytes):
                self._left += part
            elif "event" in part:
                self._heard(part)
            else:
                self.last = part
        found, self._left = (self._left, b"") if count < 0 else (self._left[:count], self._left[count:])
        return found

    def drain(self) -> None:
        """Read to the end; raises where more came than the answer."""
        if self.read(-1):
            raise InvariantError("the sandbox's process said more than its answer")


def batches(stream: Stream) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema and the batches of a stream, each of them held against what it says it is."""
    with _believed():
        reader = pa.ipc.open_stream(pa.PythonFile(stream, mode="r"))

    def rows() -> Iterator[pa.RecordBatch]:
        while True:
            with _believed():
                batch = next(reader, None)
                if batch is not None:
                    batch.validate(full=True)
            if batch is None:
                break
            yield batch
        stream.drain()

    return reader.schema, rows()


@contextmanager
def _believed() -> Iterator[None]:
    """Say of Arrow's bytes that are not what they say they are that they come from there."""
    try:
        yield
    except (pa.ArrowException, ValueError, OSError):
        raise InvariantError("the sandbox's process sent rows that are none") from None
