"""An S3-compatible server on loopback, for as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class S3:
    """A bucket, as the storage's own tools write to it."""

    def __init__(self, address: str) -> None:
        import boto3

        self.environment = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
        }
        self.client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.client.create_bucket(Bucket="exports")

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket="exports", Key=name, Body=content)


@contextmanager
def object_storage() -> Iterator[S3]:
    """Start a server with the bucket `exports`."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield S3(f"http://{host}:{port}")
    finally:
        server.stop()
