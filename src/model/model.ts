import type { Backend, EndpointSet } from './backend.ts';
import type { Listener, VirtualHost } from './listener.ts';
import type { Route } from './route.ts';
import type { StreamRoute } from './stream.ts';
import type { Certificate, TrustBundle } from './tls.ts';

/** Values by id. The keys are the values' own ids. */
export type Table<T> = Readonly<Record<string, T>>;

/**
 * What will happen to traffic: readonly plain data in the field's terms, with no Kubernetes object and no data plane's
 * word in it. Values that did not change between two revisions are equal, and where possible identical.
 */
export interface Model {
  readonly listeners: Table<Listener>;
  readonly virtualHosts: Table<VirtualHost>;
  readonly routes: Table<Route>;
  readonly streams: Table<StreamRoute>;
  readonly backends: Table<Backend>;
  readonly endpoints: Table<EndpointSet>;
  readonly certificates: Table<Certificate>;
  readonly trustBundles: Table<TrustBundle>;
}

/** PEM that data planes need. Kept apart from the model so that no output can hold it. */
export interface KeyMaterial {
  /** By `Certificate.id`. */
  readonly certificates: Table<KeyPair>;
  /** By `TrustBundle.id`: the certificates of the bundle, one PEM block after the other. */
  readonly trustBundles: Table<string>;
}

export interface KeyPair {
  readonly certificateChain: string;
  readonly privateKey: string;
}

export const emptyModel: Model = {
  listeners: {},
  virtualHosts: {},
  routes: {},
  streams: {},
  backends: {},
  endpoints: {},
  certificates: {},
  trustBundles: {},
};

export const emptyKeyMaterial: KeyMaterial = { certificates: {}, trustBundles: {} };
