"""Content in a bucket of any server that speaks the S3 API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import obstore
from obstore.store import S3Store

from agenthub.kit.blobs import streams
from agenthub.kit.blobs.port import Blobs, Stored, checked


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where and as whom; without an endpoint it is Amazon's."""

    name: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint: str | None = None
    prefix: str | None = None


class S3Blobs(Blobs):
    """An upload that is broken off leaves parts behind: let the bucket expire incomplete uploads."""

    def __init__(self, bucket: Bucket) -> None:
        endpoint = bucket.endpoint or f"https://s3.{bucket.region}.amazonaws.com"
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            endpoint=endpoint,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=30),
                # Of a whole answer, however slowly its reader takes it.
                "timeout": timedelta(hours=6),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        return await streams.write(self._store, checked(key), chunks)

    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        return await streams.read(self._store, checked(key), start, length)

    async def delete(self, key: str) -> None:
        await streams.remove(self._store, checked(key))

    async def sign(self, key: str, ttl_seconds: float) -> str | None:
        return await obstore.sign_async(self._store, "GET", checked(key), timedelta(seconds=ttl_seconds))
