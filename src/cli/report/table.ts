import { stripVTControlCharacters } from 'node:util';

const gap = '   ';

/** Columns as wide as their widest cell, two spaces in from the left, without trailing space. Cells may be coloured. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => width(cells[column] ?? ''))));
  return lines
    .map((cells) => {
      const padded = cells.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)));
      return `  ${padded.join(gap)}`.trimEnd();
    })
    .join('\n');
}

const width = (cell: string): number => stripVTControlCharacters(cell).length;
