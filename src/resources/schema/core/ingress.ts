import { canonicalIpAddress } from '../../../model/ip-address.ts';
import { type FieldError, invalid, notSupportedName, required } from '../field-error.ts';
import { any, int32, list, named, string, struct } from '../go-struct.ts';
import { objectMeta } from '../metadata.ts';
import { isDnsLabel, isDnsSubdomain, isPortName, isWildcardDnsSubdomain } from '../names.ts';
import type { CoreKind, Fields } from './kind.ts';

const backend = struct('IngressBackend', {
  service: struct('IngressServiceBackend', {
    name: string,
    port: struct('ServiceBackendPort', { name: string, number: int32 }),
  }),
  resource: struct('TypedLocalObjectReference', { apiGroup: string, kind: string, name: string }),
});

const path = struct('HTTPIngressPath', { path: string, pathType: named('v1.PathType'), backend });
const rule = struct(
  'IngressRule',
  { host: string, http: struct('HTTPIngressRuleValue', { paths: list(path) }) },
  { http: 'IngressRuleValue' },
);

/** networking.k8s.io/v1 Ingress. */
export const ingress: CoreKind = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  namespaced: true,
  nameRule: isDnsSubdomain,
  type: struct('Ingress', {
    metadata: objectMeta,
    spec: struct('IngressSpec', {
      ingressClassName: string,
      defaultBackend: backend,
      tls: list(struct('IngressTLS', { hosts: list(string), secretName: string })),
      rules: list(rule),
    }),
    status: any,
  }),
  dropped: ['status'],
  complete: (object) => ({ ...object, spec: object.spec ?? {} }),
  validate,
};

interface Backend {
  readonly service?: { readonly name?: string; readonly port?: { readonly name?: string; readonly number?: number } };
  readonly resource?: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string };
}

interface Path {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend?: Backend;
}

interface Rule {
  readonly host?: string;
  readonly http?: { readonly paths?: readonly Path[] };
}

interface Spec {
  readonly ingressClassName?: string;
  readonly defaultBackend?: Backend;
  readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
  readonly rules?: readonly Rule[];
}

const classAnnotation = 'kubernetes.io/ingress.class';

/** k8s.io/kubernetes/pkg/apis/networking/validation.ValidateIngressCreate */
function validate(object: Fields): readonly FieldError[] {
  const { annotations = {} } = object.metadata as { readonly annotations?: Readonly<Record<string, string>> };
  const { ingressClassName, defaultBackend, tls = [], rules = [] } = object.spec as Spec;
  const faults: FieldError[] = [];
  if (rules.length === 0 && defaultBackend === undefined) {
    faults.push(invalid('spec', null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend !== undefined) faults.push(...backendFaults('spec.defaultBackend', defaultBackend));
  faults.push(...rules.flatMap((each, index) => ruleFaults(`spec.rules[${index}]`, each)));
  faults.push(
    ...tls.flatMap(({ hosts = [], secretName = '' }, index) => [
      ...hosts.flatMap((host, position) => hostFaults(`spec.tls[${index}].hosts[${position}]`, host)),
      ...(secretName === '' ? [] : nameFaults(`spec.tls[${index}].secretName`, secretName, isDnsSubdomain)),
    ]),
  );
  if (ingressClassName !== undefined) {
    faults.push(...nameFaults('spec.ingressClassName', ingressClassName, isDnsSubdomain));
  }
  const annotated = annotations[classAnnotation];
  if (annotated !== undefined && ingressClassName !== undefined && annotated !== ingressClassName) {
    const detail = 'must match `ingressClassName` when both are specified';
    faults.push(invalid(`annotations.${classAnnotation}`, annotated, detail));
  }
  return faults;
}

const nameFaults = (field: string, name: string, ruleOf: (name: string) => readonly string[]): readonly FieldError[] =>
  ruleOf(name).map((fault) => invalid(field, name, fault));

function hostFaults(field: string, host: string): readonly FieldError[] {
  return nameFaults(field, host, host.includes('*') ? isWildcardDnsSubdomain : isDnsSubdomain);
}

function ruleFaults(path: string, { host = '', http }: Rule): readonly FieldError[] {
  const faults: FieldError[] = [];
  if (host !== '') {
    if (canonicalIpAddress(host) !== null) {
      faults.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'));
    }
    faults.push(...hostFaults(`${path}.host`, host));
  }
  if (http === undefined) return faults;
  const paths = http.paths ?? [];
  if (paths.length === 0) faults.push(required(`${path}.http.paths`, ''));
  return [...faults, ...paths.flatMap((each, index) => pathFaults(`${path}.http.paths[${index}]`, each))];
}

const pathTypes: readonly string[] = ['Exact', 'ImplementationSpecific', 'Prefix'];
const refusedSequences: readonly string[] = ['//', '/./', '/../', '%2f', '%2F'];
const refusedEnds: readonly string[] = ['/..', '/.'];

function pathFaults(at: string, { path = '', pathType, backend: target = {} }: Path): readonly FieldError[] {
  if (pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  const faults: FieldError[] = [];
  const fault = (detail: string): void => {
    faults.push(invalid(`${at}.path`, path, detail));
  };
  if (!pathTypes.includes(pathType)) faults.push(notSupportedName(`${at}.pathType`, pathType, pathTypes));
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) fault('must be an absolute path');
  } else {
    if (!path.startsWith('/')) fault('must be an absolute path');
    for (const sequence of refusedSequences) if (path.includes(sequence)) fault(`must not contain '${sequence}'`);
    for (const end of refusedEnds) if (path.endsWith(end)) fault(`cannot end with '${end}'`);
  }
  return [...faults, ...backendFaults(`${at}.backend`, target)];
}

function backendFaults(path: string, { service, resource }: Backend): readonly FieldError[] {
  if (service !== undefined && resource !== undefined) {
    return [invalid(path, '', 'cannot set both resource and service backends')];
  }
  if (resource !== undefined) {
    const { apiGroup, kind = '', name = '' } = resource;
    return [
      ...(apiGroup === undefined ? [] : nameFaults(`${path}.resource.apiGroup`, apiGroup, isDnsSubdomain)),
      ...segmentFaults(`${path}.resource.kind`, kind),
      ...segmentFaults(`${path}.resource.name`, name),
    ];
  }
  if (service === undefined) return [invalid(path, '', 'resource or service backend is required')];
  const { name = '', port: { name: portName = '', number = 0 } = {} } = service;
  const faults: FieldError[] = [];
  if (name === '') faults.push(required(`${path}.service.name`, ''));
  else faults.push(...nameFaults(`${path}.service.name`, name, isDnsLabel));
  if (portName !== '' && number !== 0) faults.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (portName !== '') faults.push(...nameFaults(`${path}.service.port.name`, portName, isPortName));
  else if (number === 0) faults.push(required(path, 'port name or number is required'));
  else if (number < 1 || number > 65_535) {
    faults.push(invalid(`${path}.service.port.number`, number, 'must be between 1 and 65535, inclusive'));
  }
  return faults;
}

/** k8s.io/apimachinery/pkg/api/validation/path.IsValidPathSegmentName */
function segmentFaults(field: string, name: string): readonly FieldError[] {
  if (name === '') return [required(field, '')];
  if (name === '.' || name === '..') return [invalid(field, name, `may not be '${name}'`)];
  return ['/', '%']
    .filter((each) => name.includes(each))
    .map((each) => invalid(field, name, `may not contain '${each}'`));
}
