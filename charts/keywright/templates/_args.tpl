{{/* Arguments of the operator's container. Every flag that a value stands for is here and in keywright.ownFlags. */}}
{{- define "keywright.args" -}}
- controller
{{- with .Values.targetNamespaces }}
- --watch-namespaces={{ join "," . }}
{{- end }}
{{- if .Values.keyring.existingSecret }}
- --create-keyring=false
{{- end }}
- --workers={{ int .Values.workers }}
- --resync-interval={{ .Values.resyncInterval }}
- --leader-elect={{ .Values.leaderElection.enabled }}
- --lease-name={{ .Values.leaderElection.id }}
- --lease-duration={{ .Values.leaderElection.leaseDuration }}
- --renew-deadline={{ .Values.leaderElection.renewDeadline }}
- --retry-period={{ .Values.leaderElection.retryPeriod }}
- --health-port={{ int .Values.health.port }}
- --metrics-port={{ ternary (int .Values.metrics.port) 0 .Values.metrics.enabled }}
- --log-level={{ .Values.log.level }}
- --log-format={{ .Values.log.format }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Flags that are set by a value, or that make no sense in a pod, and what to do instead. */}}
{{- define "keywright.ownFlags" -}}
namespace: set namespaceOverride
watch-namespaces: set targetNamespaces
create-keyring: set keyring.existingSecret
create-namespace: use "helm install --create-namespace"
kubeconfig: the operator connects as its ServiceAccount
context: the operator connects as its ServiceAccount
bind-address: the kubelet probes the pod's address
workers: set workers
resync-interval: set resyncInterval
leader-elect: set leaderElection.enabled
lease-name: set leaderElection.id
lease-duration: set leaderElection.leaseDuration
renew-deadline: set leaderElection.renewDeadline
retry-period: set leaderElection.retryPeriod
health-port: set health.port
metrics-port: set metrics.port
log-level: set log.level
log-format: set log.format
{{- end }}
