"""What opens a store or a web server: keys of the catalog's connection, else the usual variables of the environment.

Every part of a key is stated, the empty ones too: DuckDB would complete a key of the catalog's by a session token that
happens to stand in the environment.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from cdi_federate.config.secret import reveal
from cdi_federate.errors import UnavailableError
from cdi_federate.sources import urls
from cdi_federate.stages.ports import Credential

TIMEOUT = 30.0
"""Seconds that one request may take."""


class Owner(Protocol):
    """What is asked of a source here."""

    name: str
    model: Any

    def connection(self, key: str, default: str = "") -> str:
        """Return a value of the connection, secrets revealed."""
        ...


def timeout(owner: Owner) -> float:
    """Return how many seconds one request may take; raises `UnavailableError` where that is no number."""
    given = owner.connection("timeout") or str(TIMEOUT)
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not seconds >= 1:
        raise UnavailableError("connection.timeout is no number of seconds from 1 on", source=owner.name)
    return seconds


def settings(seconds: float) -> Mapping[str, Any]:
    """Return the engine's settings for requests: a request that fails is tried three times within its time."""
    return {"http_timeout": int(seconds), "http_retries": 2, "http_retry_wait_ms": 100, "http_retry_backoff": 4}


def origin(owner: Owner, scheme: str) -> str:
    """Say where the key comes from."""
    own = ("key_id", "secret", "bearer_token", "connection_string", "account_key", "sas_token", "credential_chain")
    if any(owner.connection(key) for key in (*own, "password")) or owner.model.connection.get("headers"):
        return "from the catalog"
    if scheme in urls.S3 and os.environ.get("AWS_ACCESS_KEY_ID"):
        return "from AWS_ACCESS_KEY_ID"
    if scheme in urls.AZURE and _azure_environment():
        return "from AZURE_STORAGE_…"
    return "none: read as anyone may"


def of_store(owner: Owner, scheme: str, scope: str) -> Credential:
    """Return the secret for a store's URLs."""
    if scheme in urls.AZURE:
        return Credential("azure", _azure(owner), scope)
    type_ = "s3" if scheme in urls.S3 else "gcs"
    return Credential(type_, _s3(owner, environment=os.environ if type_ == "s3" else {}), scope)


def _s3(owner: Owner, environment: Mapping[str, str]) -> dict[str, Any]:
    google = not environment and environment is not os.environ
    own = owner.connection("key_id") or owner.connection("secret")
    if own and not (owner.connection("key_id") and owner.connection("secret")):
        raise UnavailableError(
            f"the connection has no '{'secret' if owner.connection('key_id') else 'key_id'}'", source=owner.name
        )
    elsewhere = {} if own else environment
    found: dict[str, Any] = {
        "key_id": owner.connection("key_id") or elsewhere.get("AWS_ACCESS_KEY_ID", ""),
        "secret": owner.connection("secret") or elsewhere.get("AWS_SECRET_ACCESS_KEY", ""),
        "session_token": owner.connection("session_token") or elsewhere.get("AWS_SESSION_TOKEN", ""),
    }
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    found["region"] = owner.connection("region") or region or ("" if google else "us-east-1")
    if owner.connection("bearer_token"):
        found = {"bearer_token": owner.connection("bearer_token")}
    endpoint = (
        owner.connection("endpoint")
        or environment.get("AWS_ENDPOINT_URL_S3")
        or environment.get("AWS_ENDPOINT_URL", "")
    )
    secure = owner.connection("use_ssl").lower() not in ("false", "no", "0")
    if urls.scheme(endpoint):
        secure, endpoint = urls.scheme(endpoint) == "https", urlsplit(endpoint).netloc
    found["use_ssl"] = "true" if secure else "false"
    # A store of one's own answers under its one name; only Amazon's gives each bucket a name.
    found["url_style"] = owner.connection("url_style") or ("path" if endpoint or google else "vhost")
    if endpoint:
        found["endpoint"] = endpoint
    return found


def _azure(owner: Owner) -> dict[str, Any]:
    text, account = owner.connection("connection_string"), owner.connection("account")
    key, sas = owner.connection("account_key"), owner.connection("sas_token")
    if text:
        return {"connection_string": text}
    if account and (key or sas):
        proof = f"AccountKey={key}" if key else f"SharedAccessSignature={sas.removeprefix('?')}"
        endpoint = owner.connection("endpoint")
        where = f"BlobEndpoint={endpoint}" if endpoint else "EndpointSuffix=core.windows.net"
        return {"connection_string": f"DefaultEndpointsProtocol=https;AccountName={account};{proof};{where};"}
    if owner.connection("credential_chain"):
        chain = {"provider": "credential_chain", "chain": owner.connection("credential_chain")}
        return {**chain, "account_name": account} if account else chain
    if not account and (found := _azure_environment()):
        return {"connection_string": found}
    if not account:
        raise UnavailableError(
            "the connection names no account",
            source=owner.name,
            help="connection: {connection_string: …} or {account: …, account_key: …}",
        )
    return {"account_name": account}


def _azure_environment() -> str:
    """Return the connection string that the environment means; empty where it means none."""
    known = os.environ
    if known.get("AZURE_STORAGE_CONNECTION_STRING"):
        return known["AZURE_STORAGE_CONNECTION_STRING"]
    account, key = known.get("AZURE_STORAGE_ACCOUNT", ""), known.get("AZURE_STORAGE_KEY", "")
    protocol = "DefaultEndpointsProtocol=https;EndpointSuffix=core.windows.net"
    return f"{protocol};AccountName={account};AccountKey={key};" if account and key else ""


def headers(owner: Owner) -> dict[str, str]:
    """Return the headers that every request to a web server carries; empty where anyone may read."""
    found = {str(name): str(reveal(value)) for name, value in dict(owner.model.connection.get("headers") or {}).items()}
    user, password = owner.connection("user"), owner.connection("password")
    if owner.connection("bearer_token"):
        found["Authorization"] = f"Bearer {owner.connection('bearer_token')}"
    elif user or password:
        found["Authorization"] = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
    if any("\n" in part or "\r" in part for item in found.items() for part in item):
        raise UnavailableError("a header of the connection holds a line break", source=owner.name)
    return found


def of_web(owner: Owner, scope: str) -> Credential | None:
    """Return the secret for a web server's URLs; None where anyone may read."""
    sent = headers(owner)
    return Credential("http", {}, scope, sent) if sent else None
