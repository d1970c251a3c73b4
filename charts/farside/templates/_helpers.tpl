{{/* Names have room for 63 characters, and the longest suffix takes 8. */}}
{{- define "farside.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 54 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 54 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 54 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "farside.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "farside.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed where serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "farside.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Never change: a Deployment's selector cannot. */}}
{{- define "farside.selectorLabels" -}}
app.kubernetes.io/name: farside
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end -}}

{{- define "farside.labels" -}}
{{ include "farside.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: farside
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels that Farside gives to the pods of every Gateway. */}}
{{- define "farside.dataPlaneLabels" -}}
app.kubernetes.io/name: farside
app.kubernetes.io/component: data-plane
app.kubernetes.io/managed-by: farside
{{- end -}}

{{- define "farside.streamPort" -}}18000{{- end -}}
{{- define "farside.adminPort" -}}9990{{- end -}}
