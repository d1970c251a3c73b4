/** Values for one reader, in order. Ends when it is closed. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  #closed = false;
  #wake: (() => void) | null = null;

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  put(value: T): void {
    if (this.#closed) return;
    this.#values.push(value);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *read(): AsyncGenerator<T> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else if (this.#closed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
