import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile, settingsOf } from '../../scripts/image/dockerfile.ts';

/** The variables that an image has by these lines, as Docker reads them. */
function environmentOf(...lines: readonly string[]): Readonly<Record<string, string>> {
  const [stage] = parseDockerfile(['FROM base', ...lines].join('\n'));
  assert.ok(stage);
  return settingsOf(stage).environment;
}

test('quotes around the value of a variable are not part of it', () => {
  assert.deepEqual(environmentOf('ENV OPTIONS="--first=1 --second"', "ENV OTHER='a b'", 'ENV PLAIN=a=b'), {
    OPTIONS: '--first=1 --second',
    OTHER: 'a b',
    PLAIN: 'a=b',
  });
});

test('one line sets several variables', () => {
  assert.deepEqual(environmentOf('ENV A=1 \\', '    B="2 3" C='), { A: '1', B: '2 3', C: '' });
});

test('what is not NAME=value is not guessed at', () => {
  assert.throws(() => environmentOf('ENV NAME value'), /ENV NAME value/);
  assert.throws(() => environmentOf('ENV A="1'), /ENV A="1/);
  assert.throws(() => environmentOf('ENV A=a\\ b'), /ENV A=a/);
});
