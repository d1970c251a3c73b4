/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  readonly rest: string;
}

/** What comes from one FROM. */
export interface Stage {
  /** The image that it begins with. */
  readonly base: string;
  /** Its own name, by which later stages copy from it. */
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile. Knows comments, continued lines and `FROM … AS …`; throws for what precedes a FROM. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ');
  const stages: { base: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of lines.split('\n')) {
    const [, name = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === '') continue;
    if (name.toUpperCase() === 'FROM') {
      const [, base = '', as] = /^(\S+)(?:\s+as\s+(\S+))?$/i.exec(rest) ?? [];
      stages.push({ base, name: as ?? null, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${name} comes before any FROM`);
    stage.instructions.push({ name: name.toUpperCase(), rest });
  }
  return stages;
}

export interface Copy {
  /** The stage that it copies from; null for the context, the folder that the image is built of. */
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export function parseCopy(rest: string): Copy {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--'));
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length) ?? null;
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** What an image tells a runtime of itself. */
export interface ImageSettings {
  readonly entrypoint: readonly string[];
  readonly arguments: readonly string[];
  readonly user: string;
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export function settingsOf({ instructions }: Stage): ImageSettings {
  const last = (name: string): string => instructions.findLast((each) => each.name === name)?.rest ?? '';
  const list = (name: string): readonly string[] => JSON.parse(last(name) || '[]') as readonly string[];
  const variables = instructions.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => parseVariables(rest));
  return {
    entrypoint: list('ENTRYPOINT'),
    arguments: list('CMD'),
    user: last('USER'),
    workingFolder: last('WORKDIR'),
    environment: Object.fromEntries(variables),
  };
}

/** `NAME=value …`, with values in quotes that have none inside, or without quotes. Throws for every other form that Docker knows. */
function parseVariables(rest: string): readonly (readonly [name: string, value: string])[] {
  if (!/^(\w+=("[^"\\$]*"|'[^']*'|[^\s"'\\$]*)(\s+|$))+$/.test(rest)) throw new Error(`not understood: ENV ${rest}`);
  return [...rest.matchAll(/(\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))/g)].map(
    ([, name = '', double, single, plain]) => [name, double ?? single ?? plain ?? ''] as const,
  );
}
