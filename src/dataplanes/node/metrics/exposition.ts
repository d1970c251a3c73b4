/** Label values by name. Undefined leaves a label out. */
export type Labels = Readonly<Record<string, string | undefined>>;

/** Builds a page in Prometheus' text format 0.0.4. */
export class Exposition {
  readonly #lines: string[] = [];

  /** One metric with all its samples. Without samples nothing is written. */
  metric(
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    samples: Iterable<readonly [labels: Labels, value: number]>,
  ): void {
    const lines = [...samples].map(([labels, value]) => `${name}${describe(labels)} ${value}`);
    if (lines.length > 0) this.#lines.push(...head(type, name, help), ...lines);
  }

  /** @param bounds upper bounds; each sample has one count more, not cumulative */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    samples: Iterable<readonly [labels: Labels, counts: readonly number[], sum: number]>,
  ): void {
    const lines: string[] = [];
    for (const [labels, counts, sum] of samples) {
      let cumulative = 0;
      for (const [index, count] of counts.entries()) {
        cumulative += count;
        lines.push(`${name}_bucket${describe({ ...labels, le: String(bounds[index] ?? '+Inf') })} ${cumulative}`);
      }
      lines.push(`${name}_sum${describe(labels)} ${sum}`, `${name}_count${describe(labels)} ${cumulative}`);
    }
    if (lines.length > 0) this.#lines.push(...head('histogram', name, help), ...lines);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

const head = (type: string, name: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

function describe(labels: Labels): string {
  const parts = Object.entries(labels).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}="${escaped(value)}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (each) => (each === '\n' ? '\\n' : `\\${each}`));
