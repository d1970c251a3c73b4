import type { Readable, Writable } from 'node:stream';

const newline = 0x0a;

/** Joins the lines that several workers write into one output, whole lines only. A slow output holds the workers' pipes. */
export class LineRelay {
  readonly #output: Writable | null;
  readonly #sources = new Set<Readable>();
  #blocked = false;

  /** @param output null throws everything away */
  constructor(output: Writable | null) {
    this.#output = output;
  }

  follow(source: Readable): void {
    let rest: Buffer = Buffer.alloc(0);
    this.#sources.add(source);
    source.on('data', (chunk: Buffer) => {
      const end = chunk.lastIndexOf(newline) + 1;
      if (end === 0) {
        rest = Buffer.concat([rest, chunk]);
        return;
      }
      const lines = chunk.subarray(0, end);
      this.#write(rest.length === 0 ? lines : Buffer.concat([rest, lines]));
      rest = chunk.subarray(end);
    });
    // A worker that died left half a line: it tells more than nothing.
    source.once('end', () => this.#write(rest.length === 0 ? rest : Buffer.concat([rest, Buffer.from('\n')])));
    source.once('close', () => this.#sources.delete(source));
    // What ends a worker's pipe is its process, which is told of elsewhere.
    source.on('error', () => {});
    if (this.#blocked) source.pause();
  }

  #write(lines: Buffer): void {
    const output = this.#output;
    if (output === null || lines.length === 0 || output.destroyed || output.write(lines) || this.#blocked) return;
    this.#blocked = true;
    for (const source of this.#sources) source.pause();
    output.once('drain', () => {
      this.#blocked = false;
      for (const source of this.#sources) source.resume();
    });
  }
}
