/** What became of one test of the suite. */
export type TestResult = {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Seconds. */
  readonly duration: number;
  /** Of a skipped test: the feature that nobody claimed, as the suite names it. */
  readonly missingFeature: string | null;
  /** Names of its parts that failed, without the test's own name. */
  readonly failedParts: readonly string[];
};

const outcomes = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' } as const;
const endOfTest = /^\s*--- (PASS|FAIL|SKIP): TestConformance\/([^/\s]+)(?:\/(.+))? \((\d+\.\d+)s\)$/;
const skipped = /Skipping ([^:\s]+): suite does not support (\S+)/;

/** Reads what a Go test binary prints with `-test.v`. A test appears once it has ended, in that order. */
export function readResults(output: string): readonly TestResult[] {
  const results = new Map<string, TestResult>();
  const missingFeatures = new Map<string, string>();
  const failedParts = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const [, skippedTest, feature] = skipped.exec(line) ?? [];
    if (skippedTest !== undefined && feature !== undefined) missingFeatures.set(skippedTest, feature);
    const [, word, name, part, seconds] = endOfTest.exec(line) ?? [];
    if (word === undefined || name === undefined) continue;
    const outcome = outcomes[word as keyof typeof outcomes];
    if (part !== undefined) {
      if (outcome === 'failed') failedParts.set(name, [...(failedParts.get(name) ?? []), part]);
      continue;
    }
    results.set(name, { name, outcome, duration: Number(seconds), missingFeature: null, failedParts: [] });
  }
  return [...results.values()].map((result) => ({
    ...result,
    missingFeature: missingFeatures.get(result.name) ?? null,
    failedParts: failedParts.get(result.name) ?? [],
  }));
}

/**
 * Whether the test is about something that a gateway can do. The suite also holds the tests of service meshes, which it
 * skips for a GatewayClass.
 */
export function concernsGateways(result: TestResult): boolean {
  return result.missingFeature === null || !result.missingFeature.startsWith('Mesh');
}

/** A table for people: failures with their parts, skipped tests by feature, and the sums. */
export function summarize(results: readonly TestResult[]): string {
  const ours = results.filter(concernsGateways);
  const of = (outcome: TestResult['outcome']) => ours.filter((result) => result.outcome === outcome);
  const byFeature = Map.groupBy(of('skipped'), (result) => result.missingFeature ?? 'left out');
  return [
    ...of('failed').flatMap(({ name, failedParts }) => [
      `failed   ${name}`,
      ...failedParts.map((part) => `           ${part}`),
    ]),
    ...[...byFeature].map(([feature, tests]) => `skipped  ${feature}: ${tests.map(({ name }) => name).join(', ')}`),
    `${of('passed').length} passed, ${of('failed').length} failed, ${of('skipped').length} skipped`,
  ].join('\n');
}
