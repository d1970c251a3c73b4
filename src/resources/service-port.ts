import type { Service, ServicePort } from './core.ts';
import type { Resource } from './object.ts';

/** A port of a Service that something leads to. */
export interface ServicePortTarget {
  readonly service: Resource<Service>;
  readonly port: ServicePort;
  /** Index in `spec.ports`, or null for a port that the Service does not list (ExternalName). */
  readonly portIndex: number | null;
}

/** `shop/orders:443`, what people know the port of a Service by. */
export function serviceName({ service, port }: ServicePortTarget): string {
  return `${service.reference.namespace}/${service.reference.name}:${port.port}`;
}
