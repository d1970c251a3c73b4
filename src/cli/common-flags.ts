import { fittingWorkers } from '../dataplanes/node/worker-count.ts';
import { compatibleDialects, parseAddress, parseHostPort, parseWholeNumber } from './flags.ts';

// Flags that several commands have, as @stricli/core takes them.

export const parsed = <T>(brief: string, placeholder: string, parse: (input: string) => T, fallback: string) =>
  ({ kind: 'parsed', brief, placeholder, parse, default: fallback }) as const;

export const addressFlags = {
  address: parsed(
    'Address to listen on, or a CIDR from which each Gateway gets an address of its own',
    'ADDRESS',
    parseAddress,
    '127.0.0.1',
  ),
  portOffset: parsed('Added to the port of every listener: 443 opens 443+N', 'N', parseWholeNumber(0, 65_534), '0'),
} as const;

export const dialectFlags = {
  contourConfig: {
    kind: 'parsed',
    brief: "Contour's configuration file; without it, what the ContourConfiguration projectcontour/contour says counts",
    placeholder: 'FILE',
    parse: String,
    optional: true,
  },
  compat: {
    kind: 'enum',
    values: compatibleDialects,
    brief: 'Be as loose as the peer where that is less safe (docs/decisions/compatibility.md)',
    optional: true,
    variadic: ',',
  },
} as const;

export const adminFlag = parsed('Where the admin API is', 'HOST:PORT', parseHostPort, '127.0.0.1:9990');

export const jsonFlag = {
  kind: 'enum',
  values: ['json'],
  brief: 'Print JSON',
  optional: true,
  placeholder: 'json',
} as const;

export const workersFlag = parsed(
  'Worker processes that carry the traffic',
  'N',
  parseWholeNumber(1, 256),
  String(fittingWorkers()),
);

export const logFlags = {
  logFormat: { kind: 'enum', values: ['text', 'json'], brief: 'How log lines look', default: 'text' },
  logLevel: {
    kind: 'enum',
    values: ['debug', 'info', 'warn', 'error', 'silent'],
    brief: 'The least important lines to log; requests are logged at info',
    default: 'info',
  },
} as const;

export const paths = {
  kind: 'array',
  minimum: 1,
  parameter: { brief: 'Files and folders of YAML', placeholder: 'PATH', parse: String },
} as const;

export const optionalText = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', brief, placeholder, parse: String, optional: true }) as const;
