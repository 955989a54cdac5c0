"""Uploaded pictures in a bucket of S3's protocol: every machine has them, and the shop shows them at its own address."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from rest.outages import StorageAway

# Seconds until it is reached, and for an answer; asked so often at most.
CONNECT_SECONDS, ANSWER_SECONDS, TRIES = 2, 10, 2
NOT_THERE = ("404", "NoSuchKey")


class Bucket(S3Storage):
    """Raises StorageAway where the bucket does not answer, or refuses."""

    def get_default_settings(self) -> dict[str, Any]:
        return super().get_default_settings() | {
            "client_config": Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                retries={"total_max_attempts": TRIES},
                signature_version="s3v4",
                # With the bucket in the path, as services beside Amazon's have it.
                s3={"addressing_style": "path" if (settings.STORAGE or {}).get("endpoint_url") else "auto"},
                # Newer checksums, which not every service knows, are left out.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    def url(self, name: str | None, *more: Any, **named: Any) -> str:
        """At the shop, as those on a disk: no other host stands in pages, and the bucket may be private."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name or "").lstrip("/"))

    def exists(self, name: str) -> bool:
        with asked():
            return super().exists(name)

    def delete(self, name: str) -> None:
        with asked():
            super().delete(name)

    def names(self) -> Iterator[str]:
        """Of all that is in the bucket's folder: one question for a thousand of them."""
        prefix = f"{self.location}/" if self.location else ""
        with asked():
            for one in self.bucket.objects.filter(Prefix=prefix):
                yield one.key.removeprefix(prefix)

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """Its whole content. Raises FileNotFoundError."""
        key = self._normalize_name(name)
        with asked():
            try:
                body = self.bucket.Object(key).get()["Body"].read()
            except ClientError as error:
                if error.response["Error"]["Code"] in NOT_THERE:
                    raise FileNotFoundError(name) from error
                raise
        return File(BytesIO(body), name)

    def _save(self, name: str, content: Any) -> str:
        with asked():
            return str(super()._save(name, content))


@contextmanager
def asked() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StorageAway(str(error)) from error
