/** How the API server of a cluster is reached, and who asks. */
export interface ClusterAccess {
  /** Scheme, host, port and, where the server is behind a proxy, the path before `/api`. */
  readonly server: URL;
  /** The namespace to use where none is said. */
  readonly namespace: string;
  /** As of now: files are read again, since service-account tokens and authorities rotate. */
  credentials(): Promise<Credentials>;
}

/** Equal credentials are the same object, so that connections live as long as what they were made with. */
export interface Credentials {
  readonly tls: TlsCredentials;
  /** Sent as a bearer token (RFC 6750), or null. */
  readonly token: string | null;
}

/** What is absent is Node's default: the public authorities, no client certificate. PEM. */
export interface TlsCredentials {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate must have, where it is not the host. */
  readonly serverName?: string;
  /** Someone wrote `insecure-skip-tls-verify` into the kubeconfig. */
  readonly skipVerification?: true;
}

/** The cluster cannot be asked as it was said. The message says why and what to do, and holds no credentials. */
export class ClusterAccessError extends Error {}
