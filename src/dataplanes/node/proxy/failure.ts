import type { Origin } from '../../../model/origin.ts';
import type { AbortReason, StreamFailure } from '../http/stream.ts';
import type { ConnectFailure } from './connector.ts';

/** Why the gateway itself answered, or why an exchange broke off. Closed, so that metrics can have it as a label. */
export type FailureClass =
  | 'no-route'
  | 'misdirected'
  | 'ambiguous-path'
  | 'invalid-route'
  | 'no-destination'
  | 'client-not-allowed'
  | 'content-too-large'
  | 'denied'
  | 'authorization-failed'
  | 'backend-refused'
  | 'backend-missing'
  | 'no-endpoints'
  | 'no-healthy-endpoints'
  | 'pending-overflow'
  | 'connect-failed'
  | 'tls-failed'
  | 'upgrade-failed'
  | 'upgrade-not-allowed'
  | 'backend-closed'
  | 'backend-reset'
  | 'backend-invalid-response'
  | 'backend-timeout'
  | 'request-timeout'
  | 'tunnel-idle'
  | 'stream-reset'
  | AbortReason;

/** What went wrong with one exchange, for the log. Clients are only told the class. */
export interface Failure {
  readonly class: FailureClass;
  /** One sentence, cause first. */
  readonly message: string;
  /** What in the configuration decided it, where something did. */
  readonly origin: Origin | null;
  /** With what was wanted and what was presented, where there was no connection. */
  readonly connect: ConnectFailure | null;
}

/** A status to answer with and the failure to log. */
export interface Refusal {
  readonly status: number;
  readonly failure: Failure;
}

export function failureOf(failureClass: FailureClass, message: string, origin: Origin | null = null): Failure {
  return { class: failureClass, message, origin, connect: null };
}

export function refusal(
  status: number,
  failureClass: FailureClass,
  message: string,
  origin: Origin | null = null,
): Refusal {
  return { status, failure: failureOf(failureClass, message, origin) };
}

/** The class of a response that ended early or never came. */
export function classOfStream({ type }: StreamFailure): FailureClass {
  switch (type) {
    case 'connection-closed':
      return 'backend-closed';
    case 'connection-reset':
    case 'stream-reset':
      return 'backend-reset';
    case 'upgrade-refused':
      return 'upgrade-failed';
    case 'protocol-error':
      return 'backend-invalid-response';
  }
}

/**
 * What clients are told: the class of the failure in one line, and nothing of what is behind the gateway. Classes that
 * come when no response can be sent any more have none.
 */
const sentences: Readonly<Partial<Record<FailureClass, string>>> = {
  'no-route': 'no route matches this host and path',
  misdirected: 'this connection was made for another host',
  'ambiguous-path': 'the path is ambiguous',
  'invalid-route': 'the route is not configured correctly',
  'no-destination': 'the route has no destination',
  'client-not-allowed': 'the route does not serve this address',
  'content-too-large': 'the content of the request is too large',
  'client-timeout': 'the content of the request did not come in time',
  denied: 'the request is not allowed',
  'authorization-failed': 'it cannot be found out whether the request is allowed',
  'backend-refused': 'the backend is not configured correctly',
  'backend-missing': 'the backend is not configured',
  'no-endpoints': 'the backend has no endpoints',
  'no-healthy-endpoints': 'no endpoint of the backend is healthy',
  'pending-overflow': 'too many requests wait for the backend',
  'connect-failed': 'the backend cannot be reached',
  'tls-failed': 'the connection to the backend cannot be secured',
  'upgrade-failed': 'the backend did not upgrade the connection',
  'upgrade-not-allowed': 'the route does not allow WebSockets',
  'backend-closed': 'the backend closed the connection',
  'backend-reset': 'the backend broke off',
  'backend-invalid-response': 'the response of the backend is not valid HTTP',
  'backend-timeout': 'the backend did not respond in time',
  'request-timeout': 'the request took too long',
};

/** A line of text for the client. */
export function describeToClient(failureClass: FailureClass): string {
  return `${sentences[failureClass] ?? 'the request failed'}\n`;
}

/** The refusal that a failed connection means: 503, since no byte of the request was sent. */
export function refusalOfConnect(connect: ConnectFailure): Refusal {
  const secured = connect.stage === 'tls' || connect.stage === 'verify';
  return {
    status: 503,
    failure: {
      class: secured ? 'tls-failed' : 'connect-failed',
      message: connect.message,
      origin: connect.origin,
      connect,
    },
  };
}
