import { duplicate, type FieldError, invalid, notSupportedName, required, tooMany } from '../field-error.ts';
import { addressVersion, canonicalIpv6, withoutLeadingZeros } from '../formats.ts';
import { bool, int32, list, map, named, string, struct } from '../go-struct.ts';
import { goQuote } from '../go-text.ts';
import { objectMeta } from '../metadata.ts';
import { isDnsLabel, isDnsSubdomain, isQualifiedName } from '../names.ts';
import { type CoreKind, type Fields, protocols } from './kind.ts';

const objectReference = struct('ObjectReference', {
  kind: string,
  namespace: string,
  name: string,
  uid: named('types.UID'),
  apiVersion: string,
  resourceVersion: string,
  fieldPath: string,
});

const endpointType = struct('Endpoint', {
  addresses: list(string),
  conditions: struct('EndpointConditions', { ready: bool, serving: bool, terminating: bool }),
  hostname: string,
  targetRef: objectReference,
  deprecatedTopology: map(string),
  nodeName: string,
  zone: string,
  hints: struct('EndpointHints', {
    forZones: list(struct('ForZone', { name: string })),
    forNodes: list(struct('ForNode', { name: string })),
  }),
});

const endpointPort = struct('EndpointPort', {
  name: string,
  protocol: named('v1.Protocol'),
  port: int32,
  appProtocol: string,
});

/**
 * discovery.k8s.io/v1 EndpointSlice. Loopback addresses, which a cluster refuses, are accepted: a folder describes this
 * very machine.
 */
export const endpointSlice: CoreKind = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  namespaced: true,
  nameRule: isDnsSubdomain,
  type: struct('EndpointSlice', {
    metadata: objectMeta,
    addressType: named('v1.AddressType'),
    endpoints: list(endpointType),
    ports: list(endpointPort),
  }),
  dropped: [],
  complete,
  validate,
};

interface Port {
  readonly name: string;
  readonly protocol: string;
  readonly appProtocol?: string;
}

interface Endpoint {
  readonly addresses?: readonly string[];
  readonly hostname?: string;
}

/** k8s.io/kubernetes/pkg/apis/discovery/v1.SetDefaults_EndpointPort */
function complete(object: Fields): Fields {
  const ports = object.ports as readonly Partial<Port>[] | undefined;
  const endpoints = object.endpoints ?? [];
  if (ports === undefined) return { ...object, endpoints };
  return { ...object, endpoints, ports: ports.map((port) => ({ name: '', protocol: 'TCP', ...port })) };
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

/** k8s.io/kubernetes/pkg/apis/discovery/validation.ValidateEndpointSlice */
function validate(object: Fields): readonly FieldError[] {
  const addressType = (object.addressType ?? '') as string;
  const endpoints = object.endpoints as readonly Endpoint[];
  const faults: FieldError[] = [];
  if (addressType === '') faults.push(required('addressType', ''));
  else if (!addressTypes.includes(addressType)) faults.push(notSupportedName('addressType', addressType, addressTypes));
  faults.push(...portFaults((object.ports ?? []) as readonly Port[]));
  if (endpoints.length > 1000) return [...faults, tooMany('endpoints', endpoints.length, 1000)];
  return [...faults, ...endpoints.flatMap((endpoint, index) => endpointFaults(endpoint, addressType, index))];
}

function portFaults(ports: readonly Port[]): readonly FieldError[] {
  if (ports.length > 20_000) return [tooMany('ports', ports.length, 20_000)];
  const names = new Set<string>();
  return ports.flatMap(({ name, protocol, appProtocol }, index) => {
    const path = `ports[${index}]`;
    const faults: FieldError[] = [];
    if (name !== '') faults.push(...isDnsLabel(name).map((fault) => invalid(`${path}.name`, name, fault)));
    if (names.has(name)) faults.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (!protocols.includes(protocol)) faults.push(notSupportedName(`${path}.protocol`, protocol, protocols));
    if (appProtocol !== undefined) {
      faults.push(...isQualifiedName(appProtocol).map((fault) => invalid(`${path}.appProtocol`, appProtocol, fault)));
    }
    return faults;
  });
}

function endpointFaults(endpoint: Endpoint, addressType: string, index: number): readonly FieldError[] {
  const path = `endpoints[${index}].addresses`;
  const addresses = endpoint.addresses ?? [];
  const faults: FieldError[] = [];
  if (addresses.length === 0) faults.push(required(path, 'must contain at least 1 address'));
  else if (addresses.length > 100) faults.push(tooMany(path, addresses.length, 100));
  for (const [at, address] of addresses.entries()) {
    const place = `${path}[${at}]`;
    if (addressType === 'FQDN') {
      faults.push(...hostnameFaults(place, address));
    } else if (addressType === 'IPv4' || addressType === 'IPv6') {
      faults.push(...addressFaults(path, place, address, addressType));
    }
  }
  const { hostname } = endpoint;
  if (hostname === undefined) return faults;
  return [...faults, ...isDnsLabel(hostname).map((fault) => invalid(`endpoints[${index}].hostname`, hostname, fault))];
}

/** A host name of two labels or more; a dot may end it. */
function hostnameFaults(place: string, address: string): readonly FieldError[] {
  const name = address.replace(/\.$/, '');
  if (name === '') return [required(place, '')];
  const faults = isDnsSubdomain(name);
  if (faults.length > 0) return [invalid(place, name, faults.join(','))];
  const labels = name.split('.');
  if (labels.length < 2) {
    return [invalid(place, name, 'should be a domain with at least two segments separated by dots')];
  }
  const bad = labels.find((label) => isDnsLabel(label).length > 0);
  return bad === undefined ? [] : [invalid(place, bad, isDnsLabel(bad).join(','))];
}

function addressFaults(list: string, place: string, address: string, type: 'IPv4' | 'IPv6'): readonly FieldError[] {
  const version = addressVersion(address);
  if (version === 0) {
    const zeros = addressVersion(withoutLeadingZeros(address)) !== 0;
    const rule = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    return [invalid(place, address, zeros ? 'must not have leading 0s' : rule)];
  }
  if (type === 'IPv6' && version === 6 && canonicalIpv6(address) !== address) {
    return [invalid(place, address, `must be in canonical form (${goQuote(canonicalIpv6(address))})`)];
  }
  const faults: FieldError[] = [];
  if (version !== Number(type.slice(3))) faults.push(invalid(list, address, `must be an ${type} address`));
  if (address === '0.0.0.0' || address === '::') {
    faults.push(invalid(place, address, `may not be unspecified (${address})`));
  } else if (/^169\.254\.|^fe[89ab][0-9a-f]:/i.test(address)) {
    faults.push(invalid(place, address, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  } else if (/^224\.0\.0\.|^ff02:/i.test(address)) {
    faults.push(invalid(place, address, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
  return faults;
}
