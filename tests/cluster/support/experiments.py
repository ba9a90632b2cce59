"""A small Experiment, a format string, and what its trials do."""

EXPERIMENT = """
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {{name: jobs}}
spec:
  objective: {{type: maximize, objectiveMetricName: score}}
  algorithm:
    algorithmName: random
    algorithmSettings: [{{name: random_state, value: "1"}}]
  parallelTrialCount: {parallel}
  maxTrialCount: {trials}
  maxFailedTrialCount: {failed}
  parameters:
  - {{name: x, parameterType: double, feasibleSpace: {{min: "0", max: "1"}}}}
  trialTemplate:
    retain: {retain}
    primaryContainerName: trial
    trialParameters: [{{name: x, reference: x}}]
    trialSpec:
      apiVersion: batch/v1
      kind: Job
      spec:
        backoffLimit: 0
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: trial
              image: {image}
              command: [sh, -c, {script}]
              resources:
                requests: {{cpu: 20m, memory: 16Mi}}
                limits: {{memory: 256Mi}}
{more}
"""
QUICK = "for i in 1 2 3; do echo epoch=$i score=${trialParameters.x}; sleep 0.3; done"
