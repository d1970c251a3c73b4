/** The API server answered, and not with what was asked for (metav1.Status). */
export class ApiError extends Error {
  readonly status: number;
  /** `NotFound`, `Conflict`, `Expired` ...; empty where the answer is no Status. */
  readonly reason: string;
  /** Milliseconds until it makes sense to ask again, where the server says so. */
  readonly retryAfter: number | null;

  constructor(status: number, reason: string, message: string, retryAfter: number | null = null) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** No answer came, or it broke off: the server is away, slow, or somebody else. */
export class ConnectionError extends Error {}

/** Reads metav1.Status as far as it can be read; `fallback` is the message where there is none. */
export function toApiError(
  value: unknown,
  status: number,
  fallback: string,
  retryAfter: number | null = null,
): ApiError {
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const { code, reason, message } = fields;
  return new ApiError(
    typeof code === 'number' && code > 0 ? code : status,
    typeof reason === 'string' ? reason : '',
    typeof message === 'string' && message !== '' ? message : fallback,
    retryAfter,
  );
}

/** The resourceVersion or the continue token is too old: 410 Gone. */
export const isExpired = (cause: unknown): boolean =>
  cause instanceof ApiError && (cause.status === 410 || cause.reason === 'Expired' || cause.reason === 'Gone');
export const isNotFound = (cause: unknown): boolean => cause instanceof ApiError && cause.status === 404;
export const isConflict = (cause: unknown): boolean => cause instanceof ApiError && cause.status === 409;
