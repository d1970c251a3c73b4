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
  | 'client-certificate-missing'
  | 'client-certificate-refused'
  | 'client-alert'
  | 'other';

const missing = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';

/**
 * Sorts what Node tells of a client's handshake that failed.
 *
 * @param refusal why the client's certificate does not verify, or null; Node itself then only tells that the socket closed
 */
export function classifyClientError(error: Error, refusal: Error | string | null = null): ClientHandshakeFailure {
  const code = errorCode(error);
  // Of a certificate that is missing Node tells that it does not verify, too.
  if (code === missing) return 'client-certificate-missing';
  if (refusal !== null && refusal !== '') return 'client-certificate-refused';
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
