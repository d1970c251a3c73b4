/**
 * Names of data planes (`Listener.dataPlane`), where there is more than one: `infra/edge` is that of a Gateway, and
 * `ingress-class:contour` that of all proxies of an ingress class together. No Gateway has a name of the second form.
 */
const classPrefix = 'ingress-class:';

/** The data plane that all proxies of an ingress class share. */
export const dataPlaneOfClass = (ingressClass: string): string => `${classPrefix}${ingressClass}`;

/** The class whose proxies share a data plane; null for that of a Gateway. */
export const classOfDataPlane = (name: string): string | null =>
  name.startsWith(classPrefix) ? name.slice(classPrefix.length) : null;
