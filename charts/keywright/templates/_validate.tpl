{{/*
What a schema cannot say, because it takes several values or wants a reason. Each check prints nothing, or one line that
says what is wrong and what to change.
*/}}
{{- define "keywright.problems" -}}
{{- $values := .Values }}
{{- if hasKey $values "namespaceSelector" }}
- namespaceSelector: there is no such value, because Roles are made when the chart is rendered: a namespace that is labelled later would have none. List namespaces in targetNamespaces, or leave that empty to work in the whole cluster, where a KeyProject may select namespaces by label.
{{- end }}
{{- if and (gt (int $values.replicaCount) 1) (not $values.leaderElection.enabled) }}
- replicaCount: {{ int $values.replicaCount }} replicas without leader election would write at the same time; set leaderElection.enabled=true, or replicaCount=1.
{{- end }}
{{- if and (eq (int $values.replicaCount) 1) (not $values.leaderElection.enabled) (ne $values.strategy.type "Recreate") }}
- strategy: without leader election the old and the new pod of an upgrade would write at the same time; set strategy.type=Recreate and strategy.rollingUpdate=null, or leaderElection.enabled=true.
{{- end }}
{{- include "keywright.leaseProblems" $values.leaderElection }}
{{- include "keywright.memoryProblems" $values }}
{{- if and $values.metrics.enabled (eq (int $values.health.port) (int $values.metrics.port)) }}
- metrics.port: is the same as health.port ({{ int $values.health.port }}); give it another, such as 8080.
{{- end }}
{{- include "keywright.monitorProblems" $values.metrics }}
{{- if and (ne (toString $values.podDisruptionBudget.minAvailable) "") (ne (toString $values.podDisruptionBudget.maxUnavailable) "") }}
- podDisruptionBudget: minAvailable and maxUnavailable exclude each other; set one.
{{- end }}
{{- if and $values.podDisruptionBudget.enabled (regexMatch "^[0-9]+$" (toString $values.podDisruptionBudget.minAvailable)) }}
{{- if ge (int $values.podDisruptionBudget.minAvailable) (int $values.replicaCount) }}
- podDisruptionBudget.minAvailable: {{ $values.podDisruptionBudget.minAvailable }} of {{ int $values.replicaCount }} replicas lets no drain go on; lower it, or raise replicaCount.
{{- end }}
{{- end }}
{{- if and (not $values.serviceAccount.create) (not $values.serviceAccount.name) }}
- serviceAccount.name: name the ServiceAccount to use, or set serviceAccount.create=true.
{{- end }}
{{- if has (include "keywright.namespace" .) $values.targetNamespaces }}
- targetNamespaces: holds {{ include "keywright.namespace" . }}, the operator's own namespace; whoever may read Secrets there can open every key. Take it out.
{{- end }}
{{- if and (has "Deny" $values.policies.validationActions) (has "Warn" $values.policies.validationActions) }}
- policies.validationActions: Deny and Warn exclude each other; take one out.
{{- end }}
{{- $own := include "keywright.ownFlags" . | fromYaml }}
{{- range $values.extraArgs }}
{{- $flag := regexReplaceAll "=.*$" (trimPrefix "--" .) "" }}
{{- if hasKey $own $flag }}
- extraArgs: --{{ $flag }} is not for here; {{ get $own $flag }}.
{{- end }}
{{- end }}
{{- range $values.extraEnv }}
{{- if eq .name "NODE_OPTIONS" }}
- extraEnv: NODE_OPTIONS is the chart's to set; set maxHeapMiB.
{{- else if has .name (list "POD_NAMESPACE" "KEYWRIGHT_NAMESPACE" "KUBECONFIG") }}
- extraEnv: {{ .name }} is the chart's to set, or would lead the operator elsewhere; take it out.
{{- end }}
{{- end }}
{{- end }}

{{/* Called with leaderElection. Its values are whole numbers of one unit: the schema says so. */}}
{{- define "keywright.leaseProblems" -}}
{{- $lease := include "keywright.milliseconds" .leaseDuration | int }}
{{- $renew := include "keywright.milliseconds" .renewDeadline | int }}
{{- $retry := include "keywright.milliseconds" .retryPeriod | int }}
{{- if le $lease $renew }}
- leaderElection.leaseDuration: {{ .leaseDuration }} is not more than renewDeadline ({{ .renewDeadline }}), so two replicas could write at once; for example leaseDuration=15s, renewDeadline=10s.
{{- end }}
{{- if le (mul 10 $renew) (mul 12 $retry) }}
- leaderElection.renewDeadline: {{ .renewDeadline }} is not more than 1.2 times retryPeriod ({{ .retryPeriod }}), so one late attempt loses the lease; for example renewDeadline=10s, retryPeriod=2s.
{{- end }}
{{- end }}

{{- define "keywright.milliseconds" -}}
{{- $number := regexFind "^[0-9]+" . | int }}
{{- $unit := regexFind "[a-z]+$" . }}
{{- mul $number (get (dict "ms" 1 "s" 1000 "m" 60000) $unit) }}
{{- end }}

{{/* Called with the values. A limit that is text in a notation without a row below, such as '1e9', is not judged. */}}
{{- define "keywright.memoryProblems" -}}
{{- $bytes := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 }}
{{- $least := add 128 (int .maxHeapMiB) }}
{{- with ((.resources).limits).memory }}
{{- $limit := ternary . (. | int64 | toString) (kindIs "string" .) }}
{{- if regexMatch "^[0-9]+([.][0-9]+)?([kMG]|[KMG]i)?$" $limit }}
{{- $unit := regexFind "[A-Za-z]*$" $limit }}
{{- if lt (mulf (trimSuffix $unit $limit) (get $bytes $unit)) (mulf $least 1048576) }}
- resources.limits.memory: {{ $limit }} is too little for maxHeapMiB={{ int $.maxHeapMiB }}, as code and threads take some 100 MB more; give at least {{ $least }}Mi, or lower maxHeapMiB.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Called with metrics. */}}
{{- define "keywright.monitorProblems" -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled }}
- metrics: serviceMonitor and podMonitor would both scrape every replica; enable one.
{{- end }}
{{- if and .serviceMonitor.enabled (not .service.enabled) }}
- metrics.serviceMonitor: selects a Service, and there is none; set metrics.service.enabled=true, or use metrics.podMonitor.
{{- end }}
{{- if and (not .enabled) (or .serviceMonitor.enabled .podMonitor.enabled) }}
- metrics.enabled: is false, so there is nothing to scrape; set it to true, or disable the monitor.
{{- end }}
{{- end }}

{{- define "keywright.validate" -}}
{{- with include "keywright.problems" . | trim }}
{{- fail (printf "the values of keywright cannot work:\n%s\n" .) }}
{{- end }}
{{- end }}
