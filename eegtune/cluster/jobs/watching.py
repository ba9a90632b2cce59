"""Follow the Jobs and pods of a run.

List once, watch for changes, and list again where the watch broke, was too old, or the API server
was away. What vanished meanwhile is found out.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from eegtune.cluster.jobs.access import cut, is_passing, said

Object = dict[str, Any]
Changed = Callable[[str, Object, bool], None]
"""Called with the kind, the object, and whether it is gone."""

_WATCH_SECONDS = 240
_SILENCE_SECONDS = _WATCH_SECONDS + 30
_PAUSE_SECONDS = 1.0

_logger = logging.getLogger(__name__)


class Watching:
    """Watches objects of one kind with a label, in a thread of its own.

    Args:
        kind: `Job`, `Pod`: what `changed` is told.
        list_objects: The client's call; takes `watch` and `resource_version` among others.
        selector: The label selector.
        changed: Called in the thread for every change.
    """

    def __init__(
        self, kind: str, list_objects: Callable[..., Any], selector: str, changed: Changed
    ) -> None:
        self._kind, self._list, self._selector, self._changed = (
            kind, list_objects, selector, changed,
        )  # fmt: skip
        self._known: dict[str, Object] = {}
        self._stopped = threading.Event()
        self._response: Any = None
        self._thread = threading.Thread(target=self._run, name=f"watch-{kind}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a call under way is cut."""
        self._stopped.set()
        cut(self._response)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow(self._relist())
            except Exception as error:
                if self._stopped.is_set():
                    return
                if not is_passing(error) and getattr(error, "status", None) != 410:
                    _logger.warning("watching %ss: %s", self._kind, said(error))
                self._stopped.wait(_PAUSE_SECONDS)

    def _relist(self) -> str:
        """Tell what is there, and what is gone; return from when on to watch."""
        response = self._list(
            label_selector=self._selector, _preload_content=False, _request_timeout=30
        )
        found = json.loads(response.data)
        now = {each["metadata"]["uid"]: each for each in found["items"]}
        for uid, gone in list(self._known.items()):
            if uid not in now:
                del self._known[uid]
                self._changed(self._kind, gone, True)
        for uid, each in now.items():
            version = each["metadata"]["resourceVersion"]
            before = self._known.get(uid)
            if before is None or before["metadata"]["resourceVersion"] != version:
                self._known[uid] = each
                self._changed(self._kind, each, False)
        return str(found["metadata"]["resourceVersion"])

    def _follow(self, version: str) -> None:
        while not self._stopped.is_set():
            self._response = self._list(
                label_selector=self._selector, watch=True, resource_version=version,
                allow_watch_bookmarks=True, timeout_seconds=_WATCH_SECONDS,
                _preload_content=False, _request_timeout=(10, _SILENCE_SECONDS),
            )  # fmt: skip
            for event in _events(self._response):
                found = event["object"]
                if event["type"] == "ERROR":
                    return  # too old, as a rule: list again
                version = found["metadata"]["resourceVersion"]
                if event["type"] == "BOOKMARK":
                    continue
                uid = found["metadata"]["uid"]
                is_gone = event["type"] == "DELETED"
                if is_gone:
                    self._known.pop(uid, None)
                else:
                    self._known[uid] = found
                self._changed(self._kind, found, is_gone)


def _events(response: Any) -> Iterator[dict[str, Any]]:
    rest = b""
    for data in response.stream(amt=None, decode_content=False):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
