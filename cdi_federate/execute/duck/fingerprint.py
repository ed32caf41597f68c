"""What tells attachments apart, so that an instance serves every query that needs no other ones than it has."""

from __future__ import annotations

from pathlib import Path

from cdi_federate.stages.ports import Attachment


def fingerprint(attachment: Attachment) -> tuple[object, ...]:
    """Return what tells an attachment from others, and the state of what it attaches."""
    tables = tuple((table, id(data)) for table, data in attachment.tables.items())
    state = _state(attachment) if attachment.target else ()
    credential = attachment.credential
    secret: tuple[object, ...] = ()
    if credential is not None:
        given = (tuple(credential.values.items()), tuple(credential.headers.items()))
        secret = (credential.type, *given, credential.scope)
    what = (attachment.source, attachment.alias, attachment.type, attachment.target, attachment.paths)
    mounts = tuple((scheme, id(mount)) for scheme, mount in attachment.filesystems.items())
    return (*what, tables, state, secret, mounts, tuple(attachment.settings.items()))


def _state(attachment: Attachment) -> tuple[int, ...]:
    """Return what tells that a file was replaced. A SQLite file is seen changing while attached, a DuckDB file not."""
    try:
        stat = Path(attachment.target).stat()
    except OSError:
        return ()
    if attachment.type == "sqlite":
        return (stat.st_dev, stat.st_ino)
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
