{{- define "eegtune.labels" -}}
app.kubernetes.io/name: eegtune
app.kubernetes.io/part-of: eegtune
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* The full name of an image: (list $ "torch") */ -}}
{{- define "eegtune.image" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
eegtune/{{ index . 1 }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{- define "eegtune.s3Secret" -}}
{{ .Values.s3.existingSecret | default "eegtune-s3" }}
{{- end }}

{{- define "eegtune.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What the Pod Security Standard `restricted` asks of a pod and of a container. */ -}}
{{- define "eegtune.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "eegtune.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* The source of a shared volume: (list $ "cache") */ -}}
{{- define "eegtune.volumeSource" -}}
{{- $given := index (index . 0).Values (index . 1) -}}
{{- if $given.hostPath -}}
hostPath: {path: {{ $given.hostPath | quote }}, type: DirectoryOrCreate}
{{- else -}}
persistentVolumeClaim: {claimName: {{ $given.existingClaim | default (printf "eegtune-%s" (index . 1)) }}}
{{- end -}}
{{- end }}

{{- /* Tolerations of trials, a list. */ -}}
{{- define "eegtune.tolerations" -}}
{{- $root := index . 0 -}}
{{- range $root.Values.trials.tolerations }}
- {{ toJson . }}
{{- end }}
{{- if $root.Values.trials.spot }}
- {key: cloud.google.com/gke-spot, operator: Equal, value: "true", effect: NoSchedule}
- {key: kubernetes.azure.com/scalesetpriority, operator: Equal, value: spot, effect: NoSchedule}
- {key: eegtune.dev/spot, operator: Exists, effect: NoSchedule}
{{- end }}
{{- if index . 1 }}
- {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
{{- end }}
{{- end }}
