"""The double's control loop: everything it knows it reads from the cluster, each time anew."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Mapping
from typing import Any

import grpc
import yaml

from eegtune.cluster.katib.client.follow import read_experiment
from eegtune.cluster.katib.kube import Kube
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.spec.defaults import apply_defaults
from eegtune.spec.injection import DATABASE
from eegtune.spec.katib_config import KatibConfig
from eegtune.spec.rendering import RenderError

from .cluster_api import APPS, BATCH, CORE, KATIB, ClusterApi, path
from .messages import experiment_message, stopping_message, trial_messages
from .services import (
    STOPPING,
    SUGGESTION,
    PodCalls,
    deployment,
    early_stopping_rights,
    labels_of,
    service,
    service_name,
)
from .status import FINAL, holds, now, observation, summary, verdict, wanted, with_condition
from .trials import (
    EXPERIMENT,
    INJECTION,
    condition_of_job,
    failed,
    job_of,
    metric_names,
    owner_of,
    rendered,
    started,
    succeeded,
    trial_object,
)

Object = dict[str, Any]
COMPARISONS = {api.EQUAL: "equal", api.LESS: "less", api.GREATER: "greater"}

logger = logging.getLogger(__name__)


class Double(threading.Thread):
    """Katib's controller, in a thread of the test; its database is a pod of the cluster."""

    def __init__(self, kube: Kube, katib_namespace: str, period_seconds: float = 0.5) -> None:
        super().__init__(daemon=True)
        self.api = ClusterApi(kube)
        self.calls = PodCalls(kube)
        self.katib_namespace = katib_namespace
        self.period_seconds = period_seconds
        self.told = threading.Event()
        self.random = random.Random(0)

    def run(self) -> None:
        while not self.told.wait(self.period_seconds):
            try:
                experiments = self.api.items(f"{KATIB}/experiments")
            except Exception:
                logger.exception("the Experiments cannot be listed")
                continue
            for thing in experiments:
                try:
                    self.reconcile(thing)
                except Exception:  # as Katib: logged, and tried again
                    logger.exception("reconciling %s", thing["metadata"]["name"])

    def stop(self) -> None:
        self.told.set()
        self.join(30)
        self.calls.close()

    def reconcile(self, thing: Object) -> None:
        """Bring one Experiment a step further."""
        if thing["metadata"].get("deletionTimestamp"):
            return
        if not (thing.get("status") or {}).get("conditions"):
            self._begin(thing)
            return
        is_over = holds(thing, "Succeeded") or holds(thing, "Failed")
        trials = self._trials(thing)
        if is_over and all(FINAL & self._true(trial) for trial in trials):
            return
        trials = [self._reconcile_trial(thing, trial) for trial in trials]
        status = summary(thing["spec"], trials)
        end = None if is_over else verdict(thing["spec"], trials)
        if end is not None:
            status |= {"conditions": with_condition(thing, *end), "completionTime": now()}
        if any((thing["status"].get(key) or None) != value for key, value in status.items()):
            self._put(thing, {"status": status})
        if end is not None:
            self._finish(thing)
        elif not is_over:
            self._reconcile_suggestion(thing, trials)

    def _begin(self, thing: Object) -> None:
        """Do what the webhook does on create, and open the books."""
        where = self._path(thing)
        spec = {key: value for key, value in apply_defaults(dict(thing["spec"])).items()
                if value is not None}  # fmt: skip
        self.api.merge(where, {"spec": spec})
        conditions = with_condition(thing, "Created", "ExperimentCreated", "Experiment is created")
        running = with_condition(
            {"status": {"conditions": conditions}},
            "Running", "ExperimentRunning", "Experiment is running",
        )  # fmt: skip
        self._put(thing, {"status": {"conditions": running, "startTime": now()}})

    def _reconcile_suggestion(self, thing: Object, trials: list[Object]) -> None:
        suggestion = self._suggestion(thing)
        added, requests = wanted(thing["spec"], trials)
        if added and suggestion["spec"]["requests"] != requests:
            self.api.merge(self._path(suggestion), {"spec": {"requests": requests}})
            suggestion["spec"]["requests"] = requests
        pod = self._ready_pod(thing)
        if pod is None:
            return
        if not holds(suggestion, "Running") and not self._validated(thing, suggestion, pod):
            return
        count = suggestion["spec"]["requests"] - suggestion["status"].get("suggestionCount", 0)
        if count > 0:
            suggestion = self._ask(thing, suggestion, trials, pod, count)
        known = {trial["metadata"]["name"] for trial in trials}
        for entry in suggestion["status"].get("suggestions") or ():
            if entry["name"] not in known:
                self._create_trial(thing, entry)

    def _suggestion(self, thing: Object) -> Object:
        namespace, name = thing["metadata"]["namespace"], thing["metadata"]["name"]
        where = path(KATIB, namespace, "suggestions", name)
        found = self.api.get(where)
        if found is not None:
            found.setdefault("status", {})
            return found
        body = {
            "apiVersion": "kubeflow.org/v1beta1", "kind": "Suggestion",
            "metadata": {"name": name, "ownerReferences": [owner_of(thing)]},
            "spec": {"algorithm": thing["spec"]["algorithm"], "requests": 0,
                     "resumePolicy": thing["spec"].get("resumePolicy", "Never")},
        }  # fmt: skip
        self.api.create(path(KATIB, namespace, "suggestions"), body)
        owner = owner_of(self.api.get(where) or body)
        self._create_services(thing, owner)
        created: Object = self.api.get(where) or body
        created.setdefault("status", {})
        return created

    def _create_services(self, thing: Object, owner: Object) -> None:
        namespace = thing["metadata"]["namespace"]
        if "earlyStopping" in thing["spec"]:
            for where, body in early_stopping_rights(thing, owner):
                group, _, plural = where.partition(":")
                self.api.create(path(group, namespace, plural), body)
        self.api.create(path(CORE, namespace, "services"), service(thing, owner))
        made = deployment(thing, self.config(), owner)
        self.api.create(path(APPS, namespace, "deployments"), made)

    def config(self) -> Object:
        """Return katib-config, read anew each time, as Katib does."""
        found = self.api.get(path(CORE, self.katib_namespace, "configmaps", "katib-config"))
        config: Object = yaml.safe_load((found or {"data": {}})["data"]["katib-config.yaml"])
        return config

    def _ready_pod(self, thing: Object) -> str | None:
        selector = ",".join(f"{key}={value}" for key, value in labels_of(thing).items())
        for pod in self.api.items(path(CORE, thing["metadata"]["namespace"], "pods"), selector):
            if holds(pod, "Ready") and not pod["metadata"].get("deletionTimestamp"):
                return str(pod["metadata"]["name"])
        return None

    def _validated(self, thing: Object, suggestion: Object, pod: str) -> bool:
        """Ask the services whether they take the Experiment; a refusal is its end."""
        message = experiment_message(thing, {})
        try:
            request = api.ValidateAlgorithmSettingsRequest(experiment=message)
            self._call(thing, pod, "Suggestion", "ValidateAlgorithmSettings", request)
            if "earlyStopping" in thing["spec"]:
                stopping = stopping_message(thing["spec"]["earlyStopping"])
                ask = api.ValidateEarlyStoppingSettingsRequest(early_stopping=stopping)
                self._call(thing, pod, "EarlyStopping", "ValidateEarlyStoppingSettings", ask)
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNKNOWN):
                raise
            conditions = with_condition(
                suggestion, "Failed", "SuggestionFailed",
                f"Validation failed: rpc error: code = InvalidArgument desc = {error.details()}",
            )  # fmt: skip
            self._put(suggestion, {"status": {"conditions": conditions}})
            end = with_condition(thing, "Failed", "ExperimentFailed", "Suggestion has failed")
            self._put(thing, {"status": {"conditions": end, "completionTime": now()}})
            return False
        running = with_condition(suggestion, "Running", "SuggestionRunning",
                                 "Suggestion is running")  # fmt: skip
        self._put(suggestion, {"status": {"conditions": running, "startTime": now()}})
        suggestion["status"]["conditions"] = running
        return True

    def _ask(
        self, thing: Object, suggestion: Object, trials: list[Object], pod: str, count: int
    ) -> Object:
        """Ask for suggestions and rules, and write down exactly as many as were asked for."""
        status = suggestion["status"]
        back = {e["name"]: e["value"] for e in status.get("algorithmSettings") or ()}
        message = experiment_message(thing, back)
        told = self._told(thing, trials)
        reply = self._call(thing, pod, "Suggestion", "GetSuggestions", api.GetSuggestionsRequest(
            experiment=message, trials=told, current_request_number=count,
            total_request_number=suggestion["spec"]["requests"],
        ))  # fmt: skip
        if len(reply.parameter_assignments) != count:
            raise RuntimeError("The response contains unexpected trials")
        rules = self._rules(thing, message, told, pod)
        back |= {s.name: s.value for s in reply.algorithm.algorithm_settings}
        made = [self._entry(thing, assignments, rules)
                for assignments in reply.parameter_assignments]  # fmt: skip
        changed = {
            "algorithmSettings": [{"name": n, "value": v} for n, v in back.items()],
            "suggestions": [*(status.get("suggestions") or ()), *made],
            "suggestionCount": status.get("suggestionCount", 0) + count,
        }
        self._put(suggestion, {"status": changed})
        return {**suggestion, "status": {**status, **changed}}

    def _told(self, thing: Object, trials: list[Object]) -> list[api.Trial]:
        """Return what Katib sends: those of all namespaces' Experiments of this name."""
        selector = f"{EXPERIMENT}={thing['metadata']['name']}"
        own = {trial["metadata"]["uid"]: trial for trial in trials}
        found = {each["metadata"]["uid"]: each for each in
                 self.api.items(f"{KATIB}/trials", selector)}  # fmt: skip
        others = [each for uid, each in found.items() if uid not in own]
        told = trial_messages([*trials, *(each for each in others if each.get("status"))])
        self.random.shuffle(told)  # the informer's cache has no order
        return told

    def _rules(
        self, thing: Object, message: api.Experiment, told: list[api.Trial], pod: str
    ) -> list[Object]:
        if "earlyStopping" not in thing["spec"]:
            return []
        request = api.GetEarlyStoppingRulesRequest(
            experiment=message, trials=told, db_manager_address=DATABASE
        )
        reply = self._call(thing, pod, "EarlyStopping", "GetEarlyStoppingRules", request)
        return [
            {"name": rule.name, "value": rule.value, "startStep": rule.start_step,
             "comparison": COMPARISONS[rule.comparison]}
            for rule in reply.early_stopping_rules
        ]  # fmt: skip

    def _entry(self, thing: Object, assignments: Any, rules: list[Object]) -> Object:
        letters = "".join(self.random.choices("bcdfghjklmnpqrstvwxz2456789", k=8))
        return {
            "name": assignments.trial_name or f"{thing['metadata']['name']}-{letters}",
            "parameterAssignments": [{"name": a.name, "value": a.value}
                                     for a in assignments.assignments],
            "earlyStoppingRules": rules,
            "labels": dict(assignments.labels),
        }  # fmt: skip

    def _create_trial(self, thing: Object, entry: Object) -> None:
        try:
            run = rendered(thing, read_experiment(thing), entry)
        except RenderError as error:
            logger.warning("trial %s cannot be made: %s", entry["name"], error)
            return
        body = trial_object(thing, entry, run)
        self.api.create(path(KATIB, thing["metadata"]["namespace"], "trials"), body)

    def _reconcile_trial(self, thing: Object, trial: Object) -> Object:
        """Make a trial's Job, and take over how it ended; return the trial as it is then."""
        namespace, name = trial["metadata"]["namespace"], trial["metadata"]["name"]
        true = self._true(trial)
        has_observation = bool((trial.get("status") or {}).get("observation"))
        if FINAL & true and (has_observation or "EarlyStopped" not in true):
            return trial
        where = path(BATCH, namespace, "jobs", name)
        job = self.api.get(where)
        if job is None:
            if "EarlyStopped" not in true:
                self._create_job(thing, trial)
            return self._put(trial, started(trial)) if not true else trial
        if lost := condition_of_job(job, "Failed"):
            trial = self._put(trial, failed(trial, lost))
        elif "EarlyStopped" in true:
            observed = self._observed(thing, name)
            trial = self._put(trial, {"status": {"observation": observed}}) if observed else trial
        elif done := condition_of_job(job, "Complete"):
            observed = self._observed(thing, name)
            trial = self._put(trial, succeeded(trial, observed, done)) if observed else trial
        if FINAL & self._true(trial) and not trial["spec"]["retainRun"]:
            self.api.delete(where)
        return trial

    def _create_job(self, thing: Object, trial: Object) -> None:
        namespace = trial["metadata"]["namespace"]
        labels = (self.api.get(f"{CORE}/namespaces/{namespace}") or {})["metadata"].get("labels")
        experiment = read_experiment(thing)
        try:
            job = job_of(trial, experiment, self._collectors(),
                         is_labelled=(labels or {}).get(INJECTION) == "enabled")  # fmt: skip
        except RenderError as error:
            logger.warning("the webhook refuses the pod of %s: %s", trial["metadata"]["name"],
                           error)  # fmt: skip
            return
        self.api.create(path(BATCH, namespace, "jobs"), job)

    def _collectors(self) -> KatibConfig:
        entries = self.config()["runtime"]["metricsCollectors"]
        images = {entry["kind"]: entry["image"] for entry in entries}
        return KatibConfig({}, {}, images, {}, ("Job.v1.batch",))

    def _observed(self, thing: Object, trial: str) -> Object | None:
        """Return what the database has of a trial; None while it has nothing."""
        pods = self.api.items(path(CORE, self.katib_namespace, "pods"),
                              "katib.kubeflow.org/component=db-manager")  # fmt: skip
        ready = [pod["metadata"]["name"] for pod in pods if holds(pod, "Ready")]
        if not ready:
            return None
        request = api.GetObservationLogRequest(trial_name=trial)
        reply = self.calls(
            self.katib_namespace, ready[0], SUGGESTION, "DBManager", "GetObservationLog", request
        )
        logs = reply.observation_log.metric_logs
        # Where trials report by themselves, Katib waits for nothing.
        is_pushed = thing["spec"]["metricsCollectorSpec"]["collector"]["kind"] == "Push"
        return observation(metric_names(thing), logs) if logs or is_pushed else None

    def _finish(self, thing: Object) -> None:
        """Take the services away, as resumePolicy Never does."""
        suggestion = self._suggestion(thing)
        conditions = with_condition(
            suggestion, "Succeeded", "Experiment is succeeded",
            "Suggestion is succeeded, can't be restarted",
        )  # fmt: skip
        self._put(suggestion, {"status": {"conditions": conditions}})
        namespace, name = thing["metadata"]["namespace"], service_name(thing)
        self.api.delete(path(APPS, namespace, "deployments", name))
        self.api.delete(path(CORE, namespace, "services", name))

    def _call(self, thing: Object, pod: str, service: str, method: str, request: Any) -> Any:
        port = STOPPING if service == "EarlyStopping" else SUGGESTION
        return self.calls(thing["metadata"]["namespace"], pod, port, service, method, request)

    def _trials(self, thing: Object) -> list[Object]:
        where = path(KATIB, thing["metadata"]["namespace"], "trials")
        trials = self.api.items(where, f"{EXPERIMENT}={thing['metadata']['name']}")
        return sorted(trials, key=lambda trial: str(trial["metadata"]["creationTimestamp"]))

    def _put(self, thing: Object, change: Object) -> Object:
        """Change an object's status and return it so."""
        found = self.api.merge(f"{self._path(thing)}/status", change)
        return found or thing

    def _path(self, thing: Mapping[str, Any]) -> str:
        plural = f"{thing['kind'].lower()}s"
        return path(KATIB, thing["metadata"]["namespace"], plural, thing["metadata"]["name"])

    @staticmethod
    def _true(thing: Mapping[str, Any]) -> set[str]:
        conditions = (thing.get("status") or {}).get("conditions") or ()
        return {c["type"] for c in conditions if c["status"] == "True"}
