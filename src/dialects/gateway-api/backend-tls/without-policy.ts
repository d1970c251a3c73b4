import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { BackendSecurity } from '../../../model/tls.ts';
import { serviceName } from '../../../resources/service-port.ts';
import { originOf } from '../../../resources/set.ts';
import { saysCleartextHttp2 } from '../service/app-protocol.ts';
import type { BackendTarget } from '../service/target.ts';

/** Security of a port that no policy covers, and the problem that it makes where the Service asks for TLS. */
export function withoutPolicy(target: BackendTarget): {
  readonly security: BackendSecurity;
  readonly problem: Finding | null;
} {
  if (target.type === 'xbackend') {
    return { security: { type: 'plaintext', origin: originOf(target.backend, 'spec.tls') }, problem: null };
  }
  const { service, portIndex, port, appProtocol } = target;
  const field = portIndex === null ? 'spec' : `spec.ports[${portIndex}]`;
  if (!appProtocol.tls) {
    const decided = port.appProtocol === undefined ? field : `${field}.appProtocol`;
    return { security: { type: 'plaintext', origin: originOf(service, decided) }, problem: null };
  }
  const origin = originOf(service, `${field}.appProtocol`);
  // GEP-1911: such a backend can be reached only where a BackendTLSPolicy says how to verify it.
  const reason = 'UnsupportedProtocol';
  const message = `port ${port.port} of ${describeObject(service.reference)} speaks TLS (appProtocol ${port.appProtocol}), and no BackendTLSPolicy says whom to trust`;
  return {
    security: { type: 'refused', reason, message, origin },
    problem: {
      severity: 'error',
      reason,
      message,
      effect: `${serviceName(target)} answers 503, rather than being sent plain HTTP`,
      remedy: `create a BackendTLSPolicy whose targetRefs name Service ${service.reference.name}`,
      origin,
    },
  };
}

/** A port that says it speaks cleartext HTTP/2, while a policy asks for TLS; null for any other. */
export function cleartextNote(target: BackendTarget, policy: string): Finding | null {
  if (target.type === 'xbackend') return null;
  const { service, port, portIndex } = target;
  if (portIndex === null || !saysCleartextHttp2(port.appProtocol)) return null;
  return {
    severity: 'warning',
    reason: 'ContradictingProtocol',
    message: `port ${port.port} of ${describeObject(service.reference)} says that it speaks cleartext HTTP/2 (appProtocol ${port.appProtocol}), while ${policy} asks for TLS; TLS is used, and ALPN picks the protocol`,
    remedy: 'remove appProtocol if the port speaks TLS, or the policy if it does not',
    origin: originOf(service, `spec.ports[${portIndex}].appProtocol`),
  };
}

/** A host outside of the cluster that is reached without TLS (GEP-4894 calls that a security risk); null for any other. */
export function externalNote(target: BackendTarget): Finding | null {
  if (target.type === 'service' || target.backend.object.spec.externalHostname === undefined) return null;
  const { hostname } = target.backend.object.spec.externalHostname;
  return {
    severity: 'warning',
    reason: 'ExternalPlaintext',
    message: `${describeObject(target.backend.reference)} leads to ${hostname}, outside of the cluster, without TLS: whoever is on the way reads and changes what is sent`,
    remedy: 'set spec.tls.mode to ServerOnly, with the validation of the certificate',
    origin: originOf(target.backend, 'spec.tls'),
  };
}

/**
 * A port that nobody says anything about and that looks as if it spoke TLS: requests are sent to it in the clear, as the
 * Gateway API has it, and what comes back is the backend's own complaint. Null for any other, and for streams, which may
 * be TLS themselves.
 */
export function plaintextNote(target: BackendTarget): Finding | null {
  if (target.type === 'xbackend' || target.appProtocol.protocol === 'tcp') return null;
  const { service, port, portIndex } = target;
  if (portIndex === null || port.appProtocol !== undefined) return null;
  if (port.port !== 443 && !/^https(-|$)/.test(port.name ?? '')) return null;
  const { name } = service.reference;
  return {
    severity: 'warning',
    reason: 'PlaintextToHttps',
    message: `port ${port.port} of ${describeObject(service.reference)} is sent plain HTTP, since no BackendTLSPolicy covers it`,
    effect: 'whoever is on the way reads and changes what is sent; a backend that speaks TLS refuses it',
    remedy: `create a BackendTLSPolicy whose targetRefs name Service ${name}; if the port does speak plain HTTP, set its appProtocol to http`,
    origin: originOf(service, `spec.ports[${portIndex}]`),
  };
}
