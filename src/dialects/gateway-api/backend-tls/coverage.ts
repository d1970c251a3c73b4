/** Remembers which backends a policy decides, so that findings can tell what follows for traffic. */
export class Coverage<P> {
  readonly #backends = new Map<P, Set<string>>();

  /** `backend` is a service's name, `shop/orders:443`. */
  add(policy: P, backend: string): void {
    const backends = this.#backends.get(policy);
    if (backends === undefined) this.#backends.set(policy, new Set([backend]));
    else backends.add(backend);
  }

  /** `shop/orders:443 answers 503`, in a sentence for any number of backends; undefined where there are none. */
  effect(policy: P, one: string, many: string): { readonly effect?: string } {
    const names = [...(this.#backends.get(policy) ?? [])].sort();
    if (names.length === 0) return {};
    const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
    const last = shown.at(-1);
    const list = shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
    return { effect: `${list} ${names.length === 1 ? one : many}` };
  }
}
