"""Katib's DB manager as far as a test needs it: logs by the trial's name, in memory.

Runs in a pod with our `services` image: python database.py
"""

from __future__ import annotations

import threading
from collections import defaultdict

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import Answer, service_handler
from eegtune.cluster.katib.server import serve_until_told, start

PORT = 6789


class Database:
    """Observation logs by trial; Katib's knows no namespace either."""

    def __init__(self) -> None:
        self._logs: dict[str, list[api.MetricLog]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def answers(self) -> dict[str, Answer]:
        return {
            "ReportObservationLog": self.report,
            "GetObservationLog": self.read,
            "DeleteObservationLog": self.delete,
        }

    def report(self, request: api.ReportObservationLogRequest) -> api.ReportObservationLogReply:
        with self._lock:
            self._logs[request.trial_name].extend(request.observation_log.metric_logs)
        return api.ReportObservationLogReply()

    def read(self, request: api.GetObservationLogRequest) -> api.GetObservationLogReply:
        with self._lock:
            logs = [
                log
                for log in self._logs.get(request.trial_name, ())
                if request.metric_name in ("", log.metric.name)
            ]
        logs.sort(key=lambda log: log.time_stamp)
        return api.GetObservationLogReply(observation_log=api.ObservationLog(metric_logs=logs))

    def delete(self, request: api.DeleteObservationLogRequest) -> api.DeleteObservationLogReply:
        with self._lock:
            self._logs.pop(request.trial_name, None)
        return api.DeleteObservationLogReply()


if __name__ == "__main__":
    serve_until_told(
        start([service_handler("DBManager", Database().answers)], port=PORT, workers=4), 1
    )
