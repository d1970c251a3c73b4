import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ImageSettings, parseCopy, parseDockerfile, type Stage, settingsOf } from './dockerfile.ts';

export const root = resolve(import.meta.dirname, '../..');

/** An image as files of this machine. */
export interface BuiltImage extends ImageSettings {
  /** Files and folders of this machine by their paths in the image. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Does what the Dockerfile says, without Docker: its build stage runs in a folder of this machine, with this Node and npm,
 * on the very files that .dockerignore lets into the context; what the last stage takes of it is the image. The base
 * images are not had: of theirs, only the path of Node is known, and stands for this one.
 */
export function buildImage(work: string): BuiltImage {
  const stages = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const [build, last] = stages;
  if (stages.length !== 2 || build === undefined || last === undefined) throw new Error('two stages are expected');
  const context = join(work, 'context');
  copyContext(context);
  const folder = runStage(build, context, work);
  const settings = settingsOf(last);
  const [node = ''] = settings.entrypoint;
  const taken = last.instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ rest }) => {
      const { from, sources, target } = parseCopy(rest);
      const [source = ''] = sources;
      if (from !== build.name || !source.startsWith(folder.inImage)) throw new Error(`unexpected: COPY ${rest}`);
      return [target, join(folder.here, source.slice(folder.inImage.length))] as const;
    });
  return { ...settings, files: { ...Object.fromEntries(taken), [node]: process.execPath } };
}

/** Every line of .dockerignore after the first takes something into the context that is otherwise empty. */
function copyContext(target: string): void {
  const [all, ...lines] = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n');
  if (all !== '*') throw new Error('.dockerignore begins by leaving everything out');
  for (const line of lines) {
    if (!line.startsWith('!')) throw new Error(`.dockerignore: ${line}`);
    cpSync(join(root, line.slice(1)), join(target, line.slice(1)), { recursive: true });
  }
}

function runStage(stage: Stage, context: string, work: string): { readonly inImage: string; readonly here: string } {
  const { workingFolder: inImage } = settingsOf(stage);
  const here = join(work, 'stage');
  mkdirSync(here, { recursive: true });
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  for (const { name, rest } of stage.instructions) {
    if (name === 'COPY') copyInto(here, context, rest);
    else if (name === 'RUN') {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', rest], {
        ...{ cwd: here, env: { ...process.env, PATH: path }, encoding: 'utf8' },
      });
      if (status !== 0) throw new Error(`RUN ${rest}: exit code ${status}\n${stdout}${stderr}`);
    } else if (name !== 'WORKDIR') throw new Error(`the build stage has ${name}, which is not known here`);
  }
  return { inImage, here };
}

function copyInto(folder: string, context: string, rest: string): void {
  const { sources, target } = parseCopy(rest);
  for (const source of sources) {
    const found = globSync(source, { cwd: context });
    if (found.length === 0) throw new Error(`COPY ${rest}: ${source} is not in the context`);
    const destination = target.endsWith('/') ? join(folder, target, source) : join(folder, target);
    cpSync(join(context, source), destination, { recursive: true });
  }
}
