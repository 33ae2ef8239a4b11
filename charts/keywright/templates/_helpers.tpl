{{- define "keywright.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* First part of the names of all objects: the release's name, unless that holds the chart's already. */}}
{{- define "keywright.fullname" -}}
{{- $name := include "keywright.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "keywright.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "keywright.serviceAccountName" -}}
{{- default (include "keywright.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "keywright.selectorLabels" -}}
app.kubernetes.io/name: {{ include "keywright.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end }}

{{- define "keywright.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" (include "keywright.name" .)
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/part-of" "keywright"
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") }}
{{- merge $own .Values.commonLabels | toYaml }}
{{- end }}

{{/*
Metadata of an object of the release. Called with a list: the root, the name, and optionally a dict with namespace,
labels and annotations. An empty namespace is that of a cluster-scoped object.
*/}}
{{- define "keywright.metadata" -}}
{{- $root := index . 0 }}
{{- $more := dict }}
{{- if gt (len .) 2 }}{{ $more = index . 2 }}{{ end }}
{{- $namespace := include "keywright.namespace" $root }}
{{- if hasKey $more "namespace" }}{{ $namespace = $more.namespace }}{{ end -}}
name: {{ index . 1 }}
{{- with $namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "keywright.labels" $root | nindent 2 }}
  {{- range $key, $value := $more.labels }}
  {{ $key }}: {{ $value | quote }}
  {{- end }}
{{- with merge (dict) (default (dict) $more.annotations) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "keywright.crdAnnotations" -}}
{{- $keep := ternary (dict "helm.sh/resource-policy" "keep") (dict) .Values.crds.keep }}
{{- with merge $keep .Values.commonAnnotations }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* The rules of a role, from the file that documents each of them. Called with a list: the root, then names of files. */}}
{{- define "keywright.rules" -}}
{{- $root := index . 0 -}}
rules:
{{- range rest . }}
{{ $root.Files.Get (printf "rules/%s.yaml" .) | trim | indent 2 }}
{{- end }}
{{- end }}

{{/* roleRef and subjects of a binding. Called with a list: the root, the role's kind and name. */}}
{{- define "keywright.bound" -}}
{{- $root := index . 0 -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ include "keywright.serviceAccountName" $root }}
    namespace: {{ include "keywright.namespace" $root }}
{{- end }}

{{/* Who may write delivered Secrets, as a list in CEL: the operator of this release, and who the values name. */}}
{{- define "keywright.secretWriters" -}}
{{- $own := printf "system:serviceaccount:%s:%s" (include "keywright.namespace" .) (include "keywright.serviceAccountName" .) }}
{{- printf "['%s']" (prepend .Values.policies.managedSecrets.writers $own | join "', '") }}
{{- end }}

{{- define "keywright.image" -}}
{{- with .Values.image }}
{{- $name := printf "%s/%s" .registry .repository | trimPrefix "/" }}
{{- if .digest }}{{ printf "%s@%s" $name .digest }}
{{- else }}{{ printf "%s:%s" $name (default $.Chart.AppVersion .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{/* A probe of the health port. Called with a list: the values of the probe, the path. */}}
{{- define "keywright.probe" -}}
httpGet:
  path: {{ index . 1 }}
  port: health
{{ omit (index . 0) "enabled" | toYaml }}
{{- end }}

{{/* Whether the rights on Secrets end at named namespaces: "true" or nothing. */}}
{{- define "keywright.isNamespaced" -}}
{{- if .Values.targetNamespaces }}true{{ end }}
{{- end }}
