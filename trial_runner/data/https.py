"""Public files over HTTPS, read by ranges."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from trial_runner.data.transfer import TemporaryTransferError
from trial_runner.errors import DataError

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class HttpObject:
    """One file as a source of ranges."""

    url: str
    bytes_: int
    timeout_seconds: float

    @property
    def name(self) -> str:
        """Its address."""
        return self.url

    def size(self) -> int:
        """Return its size in bytes."""
        return self.bytes_

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes of a range.

        Raises:
            TemporaryTransferError: The connection broke, or the server failed.
            DataError: The server does not answer with ranges.
        """
        wanted = {"Range": f"bytes={start}-{stop - 1}"}
        try:
            request = urllib.request.Request(self.url, headers=wanted)
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as answer:
                if answer.status != 206 and (start, stop) != (0, self.bytes_):
                    raise DataError(f"{self.url}: the server does not serve ranges")
                while chunk := answer.read1(_CHUNK_BYTES):  # a trickle is seen while it trickles
                    yield chunk
        except (OSError, http.client.HTTPException) as error:
            raise _explained(self.url, error) from None


def open_url(url: str, timeout_seconds: float = 30.0) -> HttpObject:
    """Look at a file.

    Raises:
        DataError: It is not there, or the server does not tell its size.
    """
    try:
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:
            length = answer.headers.get("Content-Length")
    except (OSError, http.client.HTTPException) as error:
        raise _explained(url, error) from None
    if length is None:
        raise DataError(f"{url}: the server does not tell the size")
    return HttpObject(url, int(length), timeout_seconds)


def read_url(url: str, timeout_seconds: float = 30.0) -> str | None:
    """Return a small file's text; None where there is none.

    Raises:
        DataError: It cannot be read.
    """
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds) as answer:
            return str(answer.read().decode("utf-8"))
    except UnicodeDecodeError:
        raise DataError(f"{url} is no text") from None
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError) and error.code == 404:
            return None
        raise _explained(url, error) from None


def join_url(base: str, path: str) -> str:
    """Return the address of a path below a base.

    >>> join_url("https://host/data/", "S001/S001 R01.edf")
    'https://host/data/S001/S001%20R01.edf'
    """
    return f"{base.rstrip('/')}/{urllib.parse.quote(path)}"


def _explained(url: str, error: Exception) -> DataError:
    if isinstance(error, urllib.error.HTTPError):
        if error.code >= 500 or error.code == 429:
            return TemporaryTransferError(f"{url}: the server failed ({error.code})")
        return DataError(f"{url}: {error.code} {error.reason}")
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return TemporaryTransferError(f"{url}: {type(error).__name__}: {reason}")
