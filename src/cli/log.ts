import { type Logger, pino } from 'pino';
import type { Paint } from './report/paint.ts';
import { printable } from './report/printable.ts';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Members of every line that a person does not need to see. */
const hidden: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err']);

/** The gateway's own log. JSON lines go out as pino makes them; text is one line an event, made for reading. */
export function createLogger(format: LogFormat, level: LogLevel, out: NodeJS.WritableStream, paint: Paint): Logger {
  const options = { level, base: null };
  if (format === 'json') {
    // Levels by name, as the access log has them.
    const formatters = { level: (name: string) => ({ level: name }) };
    return pino({ ...options, formatters, timestamp: pino.stdTimeFunctions.isoTime }, out);
  }
  return pino(options, {
    write: (line: string) => {
      out.write(`${renderLine(JSON.parse(line) as LogLine, paint)}\n`);
    },
  });
}

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly [member: string]: unknown;
}

function renderLine(line: LogLine, paint: Paint): string {
  const members = Object.entries(line)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) =>
      paint.faint(`${name}=${printable(typeof value === 'string' ? value : JSON.stringify(value))}`),
    );
  const error = line.err?.stack ?? line.err?.message;
  const words = [printable(line.msg ?? ''), ...members];
  return [
    `${clock(line.time)} ${level(line.level, paint)} ${words.filter((word) => word !== '').join('  ')}`,
    ...(error === undefined ? [] : [indent(error)]),
  ].join('\n');
}

function level(value: number, paint: Paint): string {
  if (value >= 50) return paint.error('ERROR');
  if (value >= 40) return paint.warning('WARN ');
  return value >= 30 ? 'INFO ' : paint.faint('DEBUG');
}

/** Local time of day: a person reads it beside a watch. */
function clock(time: number): string {
  return new Date(time).toTimeString().slice(0, 8);
}

const indent = (text: string): string => text.replace(/^/gm, '               ');
