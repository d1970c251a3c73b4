import { errorCode } from './connect-failure.ts';

/** Why a client's handshake failed. Closed, so that metrics can have it as a label. */
export type ClientHandshakeFailure =
  | 'unrecognized-name'
  | 'no-certificate'
  | 'plain-http'
  | 'malformed'
  | 'timeout'
  | 'reset'
  | 'protocol-version'
  | 'cipher-mismatch'
  | 'alpn-mismatch'
  | 'client-alert'
  | 'other';

/** Sorts what Node tells of a client's handshake that failed. */
export function classifyClientError(error: Error): ClientHandshakeFailure {
  const code = errorCode(error);
  switch (code) {
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return 'timeout';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'protocol-version';
    case 'ERR_SSL_NO_SHARED_CIPHER':
    case 'ERR_SSL_NO_SUITABLE_GROUPS':
    case 'ERR_SSL_NO_SUITABLE_KEY_SHARE':
    case 'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM':
    case 'ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS':
      return 'cipher-mismatch';
    case 'ERR_SSL_NO_APPLICATION_PROTOCOL':
      return 'alpn-mismatch';
    default:
      return code.includes('_ALERT_') ? 'client-alert' : 'other';
  }
}
