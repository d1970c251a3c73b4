/** Decodes bytes to one character each. `Buffer.toString` spends as long on its arguments as on a short head. */
export function decodeLatin1(buffer: Buffer, start: number, end: number): string {
  return slice.call(buffer, start, end);
}

type Slice = (this: Buffer, start: number, end: number) => string;

/** Node's own primitive behind `toString`, which has no type and may be missing elsewhere. */
const primitive: unknown = Reflect.get(Buffer.prototype, 'latin1Slice');

const slice: Slice =
  typeof primitive === 'function'
    ? (primitive as Slice)
    : function (start, end) {
        return this.toString('latin1', start, end);
      };
