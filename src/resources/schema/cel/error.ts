/** A failure to evaluate an expression (CEL specification, "Runtime errors"): `no such key: port`. */
export class CelError extends Error {
  override readonly name = 'CelError';
}
