import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Edit } from '../edits.ts';
import { repeated } from './values.ts';

const cases = join(import.meta.dirname, '../../../tests/cases/shared');
const read = (file: string): string => readFileSync(join(cases, file), 'utf8');
const authority = (parse(read('ca-bundle.yaml')) as { readonly spec: { readonly trustBundle: string } }).spec
  .trustBundle;
const leaf = (parse(read('ca-leaf.yaml')) as { readonly data: Readonly<Record<string, string>> }).data['ca.crt'] ?? '';

/** ClusterTrustBundle: its name, its signer and its content. */
export const certificateEdits: Readonly<Record<string, readonly Edit[]>> = {
  'ClusterTrustBundle example.com:shop:v1': [
    ...repeated(['metadata', 'name'], ['v1', 'example.com:shop:', 'example.com:shop:A', 'example.com:other:v1']),
    ...repeated(
      ['spec', 'signerName'],
      [
        '',
        'shop',
        'example.com/',
        '/shop',
        'example/shop',
        'example.com/a/b',
        'Example.com/shop',
        'example.com/A',
        'example..com/a',
      ],
    ),
    ...repeated(
      ['spec', 'trustBundle'],
      [
        '',
        'text',
        leaf,
        authority + leaf,
        authority + authority,
        `before\n${authority}after`,
        authority.replace('\nM', '\nA'),
        authority.replaceAll('CERTIFICATE', 'PUBLIC KEY'),
        authority.replace('-----\n', '-----\nComment: a\n\n'),
        authority.replace('-----END', 'END'),
        `${authority}-----BEGIN CERTIFICATE-----\n`,
      ],
    ),
    ...repeated(['spec'], [{}, { trustBundle: authority }]),
  ],
};
