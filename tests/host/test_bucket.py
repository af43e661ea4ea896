"""File contents in a bucket instead of the installation's folder."""

from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from tests.engines.s3 import S3Server
from tests.host.test_embedded import agenthub, free_port
from tests.journeys.owner import Owner


@pytest.mark.parametrize("prefix", ["", "hub/files"])
def test_an_uploaded_file_lies_in_the_bucket_and_comes_back(
    prefix: str, tmp_path: Path, s3_server: S3Server
) -> None:
    bucket = s3_server.new_bucket()
    settings = {
        "AGENTHUB_HOST_BLOBS_URL": f"s3://{bucket}/{prefix}",
        "AGENTHUB_HOST_BLOBS_ENDPOINT": s3_server.endpoint,
        "AGENTHUB_HOST_BLOBS_REGION": s3_server.region,
        "AGENTHUB_HOST_BLOBS_ACCESS_KEY": s3_server.access_key,
        "AGENTHUB_HOST_BLOBS_SECRET_KEY": s3_server.secret_key,
    }
    with agenthub("up", "--port", str(free_port()), home=tmp_path, **settings) as (_, ready):
        owner = Owner(ready)
        file_id = owner.upload("hours.txt", b"Open until nine.", "text/plain")
        assert owner.read(f"/api/files/{file_id}/content") == b"Open until nine."
    store = S3Store(
        bucket,
        endpoint=s3_server.endpoint,
        region=s3_server.region,
        access_key_id=s3_server.access_key,
        secret_access_key=s3_server.secret_key,
        client_options={"allow_http": True},
    )
    stored = [entry["path"] for page in obstore.list(store) for entry in page]
    assert b"Open until nine." in [bytes(obstore.get(store, path).bytes()) for path in stored]
    assert all(path.startswith(prefix) for path in stored)
    assert not any(path.is_file() for path in (tmp_path / "files").rglob("*"))
