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

{{/* Labels of a pod: `own` by which it is found, and those that the user gives. */}}
{{- define "leasegate.podLabels" -}}
{{- merge (deepCopy .context.Values.podLabels) .context.Values.commonLabels (fromYaml .own) | toYaml -}}
{{- end -}}

{{/* A map without what is null, and nothing where no more is left of it. */}}
{{- define "leasegate.given" -}}
{{- $given := dict -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "invalid" $value) -}}{{- $_ := set $given $key $value -}}{{- end -}}
{{- end -}}
{{- with $given -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{- define "leasegate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "leasegate.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "leasegate.image" -}}
{{- with .Values.global.imageRegistry -}}{{- printf "%s/" (trimSuffix "/" .) -}}{{- end -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- with .Values.image.digest -}}{{- printf "@%s" . -}}{{- end -}}
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
{{- range list "strategy-conflict" "strategy-conflict-lower" "strategy-takeover" -}}
{{- $default := ternary "Warn" "Off" $profileUses -}}
{{- if ne (default $default (get $actions .)) "Off" -}}{{- $uses = true -}}{{- end -}}
{{- end -}}
{{- if $uses -}}true{{- end -}}
{{- end -}}

{{/* Whether the pods follow Leases. */}}
{{- define "leasegate.watchesLeases" -}}
{{- if (default dict .Values.config.process).watchLeases -}}true{{- end -}}
{{- end -}}

{{/* Whether the pods talk to the API server at all. */}}
{{- define "leasegate.usesApi" -}}
{{- if or (eq .Values.certificates.mode "self") (include "leasegate.usesSiblings" .) (include "leasegate.watchesLeases" .) -}}true{{- end -}}
{{- end -}}

{{/* What the pods of the server and of the hooks have in common. */}}
{{- define "leasegate.pod" -}}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if not (kindIs "invalid" .Values.hostUsers) }}
hostUsers: {{ .Values.hostUsers }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with default (ternary "ClusterFirstWithHostNet" "" .Values.hostNetwork) .Values.dnsPolicy }}
dnsPolicy: {{ . | quote }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "leasegate.given" .Values.podSecurityContext }}
securityContext: {{- . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What their containers have in common. */}}
{{- define "leasegate.container" -}}
name: leasegate
image: {{ include "leasegate.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
resources: {{- toYaml .Values.resources | nindent 2 }}
{{- with include "leasegate.given" .Values.securityContext }}
securityContext: {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The mode of mounted secrets: where the pod's group does not own them, all in the pod may read. */}}
{{- define "leasegate.secretMode" -}}
{{- ternary "0444" "0440" (empty (get (default dict .Values.podSecurityContext) "fsGroup")) -}}
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

{{/* Labels by which the pods of a hook are found. */}}
{{- define "leasegate.hookSelectorLabels" -}}
app.kubernetes.io/component: hook
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/part-of: leasegate
{{- end -}}

{{/* The labels of the pod of the hook `name`. */}}
{{- define "leasegate.hookLabels" -}}
{{- $own := printf "%s\napp.kubernetes.io/name: %s" (include "leasegate.hookSelectorLabels" .context) (quote .name) -}}
{{- include "leasegate.podLabels" (dict "context" .context "own" $own) -}}
{{- end -}}

{{- define "leasegate.hookAccount" -}}
{{- ternary .name (include "leasegate.serviceAccountName" .context) .context.Values.serviceAccount.create -}}
{{- end -}}

{{/* The pod of the hook `name`, up to the arguments of its one container. */}}
{{- define "leasegate.hookPod" -}}
{{ include "leasegate.pod" .context }}
restartPolicy: Never
serviceAccountName: {{ include "leasegate.hookAccount" . | quote }}
automountServiceAccountToken: true
{{- /* Not the rest of it, which is there to keep pods of the server away from each other. */}}
{{- with pick .context.Values.affinity "nodeAffinity" }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - {{- include "leasegate.container" .context | nindent 4 }}
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

{{/* Whether the API server has MutatingAdmissionPolicy in v1. */}}
{{- define "leasegate.hasMutatingPolicies" -}}
{{- if or (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy") (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version) -}}true{{- end -}}
{{- end -}}

{{/*
Whether the policy on holders of Leases is installed. Helm reads an object before it creates it; it
is read here first, so that the error of who may not names the value by the name of this template.
*/}}
{{- define "leasegate.policies.leaseHolder" -}}
{{- if and .Values.policies.leaseHolder.enabled (include "leasegate.hasMutatingPolicies" .) -}}
{{- $_ := lookup "admissionregistration.k8s.io/v1" "MutatingAdmissionPolicy" "" (printf "%s-lease-holder" (include "leasegate.fullname" .)) -}}
true
{{- end -}}
{{- end -}}
