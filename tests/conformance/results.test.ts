import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concernsGateways, readResults, summarize } from '../../conformance/results.ts';

/** What Go prints with `-test.v`, shortened: ends of parallel tests come after those of all others, parts below theirs. */
const output = `=== RUN   TestConformance
    conformance.go:98: Running conformance tests with:
=== RUN   TestConformance/HTTPRouteCORS
    conformance.go:59: Skipping HTTPRouteCORS: suite does not support HTTPRouteCORS
=== RUN   TestConformance/MeshBasic
    conformance.go:59: Skipping MeshBasic: suite does not support Mesh
=== RUN   TestConformance/HTTPRouteWeight
=== RUN   TestConformance/HTTPRouteWeight/Requests_should_have_a_distribution_that_matches_the_weight
    helpers.go:12: --- PASS: TestConformance/Quoted (1.00s) is only text
--- FAIL: TestConformance (31.20s)
    --- SKIP: TestConformance/HTTPRouteCORS (0.00s)
    --- SKIP: TestConformance/MeshBasic (0.00s)
    --- PASS: TestConformance/GatewayModifyListeners (12.50s)
        --- PASS: TestConformance/GatewayModifyListeners/should_be_able_to_add_a_listener (6.00s)
    --- FAIL: TestConformance/HTTPRouteWeight (30.01s)
        --- FAIL: TestConformance/HTTPRouteWeight/Requests_should_have_a_distribution_that_matches_the_weight (30.00s)
        --- PASS: TestConformance/HTTPRouteWeight/Other (0.00s)
FAIL
`;

describe('results of the conformance suite', () => {
  it('has each test with its outcome, its failed parts and the feature that it lacks', () => {
    assert.deepEqual(readResults(output), [
      { name: 'HTTPRouteCORS', outcome: 'skipped', duration: 0, missingFeature: 'HTTPRouteCORS', failedParts: [] },
      { name: 'MeshBasic', outcome: 'skipped', duration: 0, missingFeature: 'Mesh', failedParts: [] },
      { name: 'GatewayModifyListeners', outcome: 'passed', duration: 12.5, missingFeature: null, failedParts: [] },
      {
        name: 'HTTPRouteWeight',
        outcome: 'failed',
        duration: 30.01,
        missingFeature: null,
        failedParts: ['Requests_should_have_a_distribution_that_matches_the_weight'],
      },
    ]);
  });

  it('does not count the tests of service meshes', () => {
    const results = readResults(output);
    assert.deepEqual(
      results.filter((result) => !concernsGateways(result)).map(({ name }) => name),
      ['MeshBasic'],
    );
    assert.equal(
      summarize(results),
      [
        'failed   HTTPRouteWeight',
        '           Requests_should_have_a_distribution_that_matches_the_weight',
        'skipped  HTTPRouteCORS: HTTPRouteCORS',
        '1 passed, 1 failed, 1 skipped',
      ].join('\n'),
    );
  });

  it('finds nothing in what ends before the tests', () => {
    assert.deepEqual(readResults('=== RUN   TestConformance\n--- FAIL: TestConformance (0.02s)\nFAIL\n'), []);
  });
});
