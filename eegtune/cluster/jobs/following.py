"""Follow what a pod's container prints, over cut lines and restarts of the API server.

Every line comes with the node's time. After a cut the log is asked for again from a little before
the last line seen, and what was seen is left out: nothing is lost and nothing comes twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from eegtune.cluster.jobs.access import cut, is_passing, said

_PAUSE_SECONDS = 0.5
_OVERLAP_SECONDS = 60
_SILENCE_SECONDS = 3600

_logger = logging.getLogger(__name__)


class Following:
    """Follows one container's log in a thread of its own.

    Args:
        core: The client of `v1`.
        namespace: The pod's.
        pod: Its name.
        container: Whose log.
        feed: Called in the thread with what the container printed, line ends included.
    """

    def __init__(
        self, core: Any, namespace: str, pod: str, container: str, feed: Callable[[bytes], None]
    ) -> None:
        self._core, self._namespace, self.pod, self._container = core, namespace, pod, container
        self._feed = feed
        self._last = b""
        self._last_at: float | None = None
        self._ended = threading.Event()  # the container: no more lines will come
        self._stopped = False
        self._response: Any = None
        self._thread = threading.Thread(target=self._run, name=f"log-{pod}", daemon=True)
        self._thread.start()

    def finish(self, at_most_seconds: float) -> None:
        """Wait until everything is read, now that the container has ended."""
        self._ended.set()
        self._thread.join(at_most_seconds)
        self.stop()

    def stop(self) -> None:
        """End; a call under way is cut."""
        self._stopped = True
        cut(self._response)

    def _run(self) -> None:
        while not self._stopped:
            was_over = self._ended.is_set()
            try:
                self._read()
            except Exception as error:
                if getattr(error, "status", None) == 404 or self._stopped:
                    return  # the pod is gone, and its log with it
                if not is_passing(error) and getattr(error, "status", None) != 400:
                    _logger.warning("log of pod %s: %s", self.pod, said(error))
            else:
                if was_over:
                    return
            self._ended.wait(_PAUSE_SECONDS) if not was_over else time.sleep(_PAUSE_SECONDS)

    def _read(self) -> None:
        since = None
        if self._last_at is not None:
            since = int(time.monotonic() - self._last_at) + _OVERLAP_SECONDS
        self._response = self._core.read_namespaced_pod_log(
            self.pod, self._namespace, container=self._container, follow=True, timestamps=True,
            since_seconds=since, _preload_content=False,
            _request_timeout=(10, _SILENCE_SECONDS),
        )  # fmt: skip
        for line in _lines(self._response):
            stamp, _, text = line.partition(b" ")
            if stamp > self._last:
                self._last, self._last_at = stamp, time.monotonic()
                self._feed(text)


def _lines(response: Any) -> Iterator[bytes]:
    """Yield lines with their ends; one that is cut is left out, as it comes again."""
    rest = b""
    for data in response.stream(amt=None, decode_content=False):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line + b"\n"
