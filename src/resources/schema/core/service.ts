import { duplicate, type FieldError, forbidden, invalid, notSupportedName, Raw, required } from '../field-error.ts';
import { any, bool, int32, intOrString, list, map, named, string, struct } from '../go-struct.ts';
import { goJson } from '../go-text.ts';
import { labelFaults, objectMeta } from '../metadata.ts';
import { isDnsLabel, isDnsSubdomain, isPortName, isQualifiedName } from '../names.ts';
import { type CoreKind, type Fields, protocols } from './kind.ts';

const servicePort = struct('ServicePort', {
  name: string,
  protocol: named('v1.Protocol'),
  appProtocol: string,
  port: int32,
  targetPort: intOrString,
  nodePort: int32,
});

const serviceSpec = struct('ServiceSpec', {
  ports: list(servicePort),
  selector: map(string),
  clusterIP: string,
  clusterIPs: list(string),
  type: named('v1.ServiceType'),
  externalIPs: list(string),
  sessionAffinity: named('v1.ServiceAffinity'),
  loadBalancerIP: string,
  loadBalancerSourceRanges: list(string),
  externalName: string,
  externalTrafficPolicy: named('v1.ServiceExternalTrafficPolicy'),
  healthCheckNodePort: int32,
  publishNotReadyAddresses: bool,
  sessionAffinityConfig: struct('SessionAffinityConfig', {
    clientIP: struct('ClientIPConfig', { timeoutSeconds: int32 }),
  }),
  ipFamilies: list(named('v1.IPFamily')),
  ipFamilyPolicy: named('v1.IPFamilyPolicy'),
  allocateLoadBalancerNodePorts: bool,
  loadBalancerClass: string,
  internalTrafficPolicy: named('v1.ServiceInternalTrafficPolicy'),
  trafficDistribution: string,
});

/**
 * core/v1 Service. Addresses and node ports, which a cluster allocates, are neither allocated nor checked: no gateway
 * reads them.
 */
export const service: CoreKind = {
  apiVersion: 'v1',
  kind: 'Service',
  namespaced: true,
  nameRule: isDnsLabel,
  type: struct('Service', { metadata: objectMeta, spec: serviceSpec, status: any }),
  dropped: ['status'],
  complete,
  validate,
};

interface Port {
  readonly name?: string;
  readonly protocol: string;
  readonly port?: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
  readonly appProtocol?: string;
}

interface Spec {
  readonly type: string;
  readonly ports?: readonly Port[];
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly externalName?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly sessionAffinity: string;
}

/** k8s.io/kubernetes/pkg/apis/core/v1.SetDefaults_Service */
function complete(object: Fields): Fields {
  const spec = (object.spec ?? {}) as Partial<Spec>;
  const type = spec.type || 'ClusterIP';
  return {
    ...object,
    spec: {
      ...spec,
      type,
      sessionAffinity: spec.sessionAffinity || 'None',
      ...(spec.ports === undefined ? {} : { ports: spec.ports.map(completePort) }),
    },
  };
}

function completePort(port: Partial<Port>): Port {
  return { ...port, protocol: port.protocol || 'TCP', targetPort: port.targetPort || (port.port ?? 0) };
}

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

/** k8s.io/kubernetes/pkg/apis/core/validation.ValidateService */
function validate(object: Fields): readonly FieldError[] {
  const spec = object.spec as Spec;
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  const faults: FieldError[] = [];
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') faults.push(required('spec.ports', ''));
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    faults.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type === 'ExternalName') faults.push(...externalNameFaults(spec));
  faults.push(...portFaults(ports), ...labelFaults(spec.selector ?? {}, 'spec.selector'));
  if (spec.sessionAffinity !== 'None' && spec.sessionAffinity !== 'ClientIP') {
    faults.push(notSupportedName('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
  }
  if (!types.includes(spec.type)) faults.push(notSupportedName('spec.type', spec.type, types));
  if (spec.type === 'ClusterIP') {
    for (const [index, port] of ports.entries()) {
      if (!port.nodePort) continue;
      faults.push(forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
  }
  return [...faults, ...repeatedPorts(ports)];
}

function externalNameFaults(spec: Spec): readonly FieldError[] {
  const faults: FieldError[] = [];
  if (spec.clusterIP || spec.clusterIPs?.length) {
    faults.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'));
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') faults.push(required('spec.externalName', ''));
  else faults.push(...isDnsSubdomain(name).map((fault) => invalid('spec.externalName', name, fault)));
  return faults;
}

function portFaults(ports: readonly Port[]): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const name = port.name ?? '';
    const faults: FieldError[] = [];
    if (name === '' && ports.length > 1) faults.push(required(`${path}.name`, ''));
    else if (name !== '') {
      faults.push(...isDnsLabel(name).map((fault) => invalid(`${path}.name`, name, fault)));
      if (names.has(name)) faults.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    faults.push(...numberFaults(`${path}.port`, port.port ?? 0));
    if (!protocols.includes(port.protocol)) faults.push(notSupportedName(`${path}.protocol`, port.protocol, protocols));
    if (typeof port.targetPort === 'number') faults.push(...numberFaults(`${path}.targetPort`, port.targetPort));
    else {
      const { targetPort } = port;
      faults.push(...isPortName(targetPort).map((fault) => invalid(`${path}.targetPort`, targetPort, fault)));
    }
    if (port.appProtocol !== undefined) {
      const { appProtocol } = port;
      faults.push(...isQualifiedName(appProtocol).map((fault) => invalid(`${path}.appProtocol`, appProtocol, fault)));
    }
    return faults;
  });
}

function numberFaults(path: string, port: number): readonly FieldError[] {
  return port >= 1 && port <= 65535 ? [] : [invalid(path, port, 'must be between 1 and 65535, inclusive')];
}

/** Two ports may not share their number and protocol. The message shows the server's own key of a port. */
function repeatedPorts(ports: readonly Port[]): readonly FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ protocol, port = 0 }, index) => {
    const key = `${protocol}/${port}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const rest = `"AppProtocol":null,"Port":${port},"TargetPort":0,"NodePort":0`;
    return [duplicate(`spec.ports[${index}]`, new Raw(`{"Name":"","Protocol":${goJson(protocol)},${rest}}`))];
  });
}
