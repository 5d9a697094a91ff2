{{- define "leasegate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "leasegate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "leasegate.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "leasegate.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "leasegate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "leasegate.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "leasegate.labels" -}}
{{ include "leasegate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: leasegate
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The same labels with more of them, which win: a key must not stand twice. */}}
{{- define "leasegate.labelsWith" -}}
{{- merge (deepCopy .more) (include "leasegate.labels" .context | fromYaml) | toYaml -}}
{{- end -}}

{{- define "leasegate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "leasegate.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "leasegate.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- if .Values.image.digest -}}
{{- printf "%s:%s@%s" .Values.image.repository $tag .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the serving certificate. */}}
{{- define "leasegate.secretName" -}}
{{- if eq .Values.certificates.mode "existing" -}}
{{- .Values.certificates.existing.secretName -}}
{{- else -}}
{{- printf "%s-tls" (include "leasegate.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/*
The CA that is given in mode existing. Where the pods that run have certificates of their own, what
they are trusted by stays beside it until the next upgrade, so that they are called until they go.
*/}}
{{- define "leasegate.givenBundle" -}}
{{- $fullname := include "leasegate.fullname" .context -}}
{{- $running := lookup "apps/v1" "Deployment" .context.Release.Namespace $fullname -}}
{{- .context.Values.certificates.existing.caBundle -}}
{{- range dig "spec" "template" "spec" "containers" list $running -}}
{{- if has "--certificates=self" (default list .args) -}}
{{- $live := lookup "admissionregistration.k8s.io/v1" (printf "%sWebhookConfiguration" $.kind) "" $fullname -}}
{{- range default list $live.webhooks -}}
{{- with .clientConfig.caBundle }}
{{ b64dec . }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The name that the serving certificate must have, since kube-apiserver calls it. */}}
{{- define "leasegate.calledName" -}}
{{- if .Values.webhooks.url -}}
{{- (urlParse .Values.webhooks.url).hostname -}}
{{- else -}}
{{- printf "%s.%s.svc" (include "leasegate.fullname" .) .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{/* Whether a rule of the configuration compares candidates with their siblings. */}}
{{- define "leasegate.usesSiblings" -}}
{{- $rules := default dict .Values.config.rules -}}
{{- $actions := default dict $rules.actions -}}
{{- $profileUses := ne (default "recommended" $rules.profile) "builtin" -}}
{{- $uses := false -}}
{{- range list "strategy-conflict" "strategy-conflict-lower" -}}
{{- $default := ternary "Warn" "Off" $profileUses -}}
{{- if ne (default $default (get $actions .)) "Off" -}}{{- $uses = true -}}{{- end -}}
{{- end -}}
{{- if $uses -}}true{{- end -}}
{{- end -}}

{{/* Whether the pods talk to the API server at all. */}}
{{- define "leasegate.usesApi" -}}
{{- if or (eq .Values.certificates.mode "self") (include "leasegate.usesSiblings" .) -}}true{{- end -}}
{{- end -}}

{{/* Pods and containers as Pod Security "restricted" wants them. */}}
{{- define "leasegate.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "leasegate.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "leasegate.namespaceSelector" -}}
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values: {{ append .Values.webhooks.excludedNamespaces .Release.Namespace | uniq | sortAlpha | toJson }}
  {{- with .Values.webhooks.namespaceSelectorExpressions }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* The pod of a hook, up to the arguments of its one container. */}}
{{- define "leasegate.hookPod" -}}
restartPolicy: Never
serviceAccountName: {{ .serviceAccount | quote }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .context.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- include "leasegate.podSecurityContext" .context | nindent 2 }}
{{- with .context.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .context.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: leasegate
    image: {{ include "leasegate.image" .context | quote }}
    imagePullPolicy: {{ .context.Values.image.pullPolicy }}
    securityContext: {{- include "leasegate.containerSecurityContext" .context | nindent 6 }}
    resources:
      requests: {cpu: 10m, memory: 64Mi}
      limits: {memory: 128Mi}
{{- end -}}

{{/* Where `helm test` creates its candidate; empty where there is no such namespace. */}}
{{- define "leasegate.testNamespace" -}}
{{- if and .Values.test.enabled (include "leasegate.testedWebhooks" .) -}}
{{- if .Values.test.namespace -}}
{{- .Values.test.namespace -}}
{{- else if not (has "default" (append .Values.webhooks.excludedNamespaces .Release.Namespace)) -}}
default
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
The webhooks that `helm test` asks for their own words. Those of the validating one are a rule's, so
there are none where that rule is silent, or where a policy denies before the webhook is called.
*/}}
{{- define "leasegate.testedWebhooks" -}}
{{- $rules := default dict .Values.config.rules -}}
{{- $action := get (default dict $rules.actions) "lease-name-not-dns" -}}
{{- $silent := or (eq (default "recommended" $rules.profile) "builtin") (has $action (list "Audit" "Off")) -}}
{{- if has $action (list "Deny" "Warn") -}}{{- $silent = false -}}{{- end -}}
{{- if and .Values.webhooks.validating.enabled (not $silent) (not .Values.policies.rules.enabled) -}}validate {{ end -}}
{{- if .Values.webhooks.mutating.enabled -}}mutate{{- end -}}
{{- end -}}

{{/* The address that pods listen on: all of IPv4, or all of both where the node has IPv6. */}}
{{- define "leasegate.host" -}}
{{- if and (has "IPv4" .Values.service.ipFamilies) (not (has "IPv6" .Values.service.ipFamilies)) -}}
0.0.0.0
{{- else -}}
::
{{- end -}}
{{- end -}}
