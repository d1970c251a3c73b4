import { styleText } from 'node:util';

/** Colours text or leaves it as it is. Colour only helps: no meaning is carried by colour alone. */
export interface Paint {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly info: (text: string) => string;
  readonly good: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

const same = (text: string): string => text;

export const plainPaint: Paint = { error: same, warning: same, info: same, good: same, faint: same, strong: same };

type Format = Parameters<typeof styleText>[0];

const style =
  (format: Format) =>
  (text: string): string =>
    styleText(format, text, { validateStream: false });

const colourPaint: Paint = {
  error: style(['bold', 'red']),
  warning: style(['bold', 'yellow']),
  info: style(['bold', 'cyan']),
  good: style('green'),
  faint: style('dim'),
  strong: style('bold'),
};

/** Colour for a terminal that has it, unless `NO_COLOR` is set (no-color.org); `FORCE_COLOR` asks for it anyway. */
export function paintFor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Paint {
  if (environment.NO_COLOR) return plainPaint;
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0';
  return forced || (stream.isTTY === true && environment.TERM !== 'dumb') ? colourPaint : plainPaint;
}
