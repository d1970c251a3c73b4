/** Ports that need a privilege on Linux by default, which a pod does without. */
const privileged = 1_024;
/** 64512 + 1023 is the last port there is. */
const shift = 64_512;

/** The port of the admin server of a data-plane pod. */
export const adminPort = shift;

/**
 * The port that a pod opens for a listener's port, the same for everyone who computes it: the declared one, or for a
 * privileged port one of the last 1,024. Null for a port that is taken by that, or by the admin server.
 */
export function containerPort(port: number): number | null {
  if (port < privileged) return port + shift;
  return port >= shift ? null : port;
}
