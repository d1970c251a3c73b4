import { dataPlaneOfClass } from '../../../model/data-plane.ts';

/**
 * Data planes by their names in the model, and by the URI in the certificate of their pods (RFC 5280 section 4.2.1.6):
 * `infra/edge` of a Gateway, `ingress-class:contour` of what an ingress class has in common.
 */
const forms: readonly { readonly prefix: string; readonly scheme: string; readonly pattern: RegExp }[] = [
  {
    prefix: dataPlaneOfClass(''),
    scheme: 'farside://ingress-class/',
    pattern: /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
  },
  {
    prefix: '',
    scheme: 'farside://gateway/',
    pattern: /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
  },
];

/** The URI by which the certificate of a pod says which data plane it is of. Throws for a name that no data plane has. */
export function dataPlaneUri(name: string): string {
  for (const { prefix, scheme, pattern } of forms) {
    const rest = name.slice(prefix.length);
    if (name.startsWith(prefix) && pattern.test(rest)) return `${scheme}${rest}`;
  }
  throw new Error(`"${name}" is not the name of a data plane`);
}

/** The name in such a URI. Null for anything else: who is nobody's gets nothing. */
export function dataPlaneOfUri(uri: string): string | null {
  for (const { prefix, scheme, pattern } of forms) {
    const rest = uri.slice(scheme.length);
    if (uri.startsWith(scheme)) return pattern.test(rest) ? `${prefix}${rest}` : null;
  }
  return null;
}

/** The DNS name that the certificate of the controller carries, whatever address it is reached by. */
export const controllerServerName = 'controller.farside.internal';
