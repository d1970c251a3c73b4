import { describeObject, type Origin } from '../../../model/origin.ts';
import type { XBackend } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { type ServicePortTarget, serviceName } from '../../../resources/service-port.ts';
import { originOf } from '../../../resources/set.ts';
import type { AppProtocol } from './app-protocol.ts';

/** What a backendRef leads to. */
export type BackendTarget = ServiceTarget | XBackendTarget;

/** A port of a Service. */
export interface ServiceTarget extends ServicePortTarget {
  readonly type: 'service';
  readonly appProtocol: AppProtocol;
}

/** An XBackend (GEP-4894): one port, and how it is to be connected to. */
export interface XBackendTarget {
  readonly type: 'xbackend';
  readonly backend: Resource<XBackend>;
  readonly port: number;
  readonly appProtocol: AppProtocol;
}

/** The object that is reached. */
export function resourceOf(target: BackendTarget): Resource {
  return target.type === 'service' ? target.service : target.backend;
}

/** `shop/orders:443`, and `XBackend/shop/openai:443` for what is no Service. */
export function backendName(target: BackendTarget): string {
  if (target.type === 'service') return serviceName(target);
  const { kind, namespace, name } = target.backend.reference;
  return `${kind}/${namespace}/${name}:${target.port}`;
}

/** `port 443 of Service shop/orders`, `XBackend shop/openai`. */
export function describeBackend(target: BackendTarget): string {
  const name = describeObject(resourceOf(target).reference);
  return target.type === 'service' ? `port ${target.port.port} of ${name}` : name;
}

/** Where it is stated. */
export function backendOrigin(target: BackendTarget): Origin {
  if (target.type === 'xbackend') return originOf(target.backend, 'spec');
  return originOf(target.service, target.portIndex === null ? 'spec' : `spec.ports[${target.portIndex}]`);
}
