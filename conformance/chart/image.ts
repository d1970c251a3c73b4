import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltImage, buildImage } from '../../scripts/image/build.ts';
import { cache, root } from '../build.ts';

/** An image as the cluster's `--images` takes it. */
export interface ClusterImage {
  readonly entrypoint: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly user: number;
  readonly workingDir: string;
}

/** Farside's image, made once of one state of the sources: what the Dockerfile says, as files of this machine. */
export function farsideImage(): ClusterImage {
  const name = `image-${digestOfContext()}`;
  const folder = join(cache, name);
  const description = join(folder, 'image.json');
  if (!existsSync(description)) {
    console.error('building the image of Farside, which takes a minute');
    forgetOldImages();
    const partial = join(cache, `partial-${name}-${process.pid}`);
    mkdirSync(partial, { recursive: true });
    try {
      const built = JSON.stringify(describe(buildImage(partial)), null, 2);
      writeFileSync(join(partial, 'image.json'), built.replaceAll(partial, folder));
      renameSync(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return JSON.parse(readFileSync(description, 'utf8')) as ClusterImage;
}

/** A run that is under way may still use what is younger than some hours. */
function forgetOldImages(): void {
  const old = Date.now() - 6 * 3_600_000;
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const folder = join(cache, name);
    if (/^(partial-)?image-/.test(name) && statSync(folder).mtimeMs < old) rmSync(folder, { recursive: true });
  }
}

function describe({ entrypoint, files, environment, user, workingFolder }: BuiltImage): ClusterImage {
  return { entrypoint, files, env: environment, user: Number.parseInt(user, 10), workingDir: workingFolder };
}

/** Of everything that an image is built of and by. */
function digestOfContext(): string {
  const hash = createHash('sha256').update(process.version);
  const context = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  for (const path of ['Dockerfile', 'scripts/image', ...context]) {
    for (const file of filesOf(path))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

function filesOf(path: string): readonly string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .sort();
}
