import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of a stream's credentials, as the Secret of a data plane holds them. PEM. */
export const credentialFiles = { certificate: 'tls.crt', privateKey: 'tls.key', authority: 'ca.crt' } as const;

/** Reads the credentials that a Secret was mounted with. Rejects, naming the file, where one cannot be read. */
export async function readStreamCredentials(folder: string) {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const { certificate, privateKey, authority } = credentialFiles;
  return {
    certificateChain: await read(certificate),
    privateKey: await read(privateKey),
    authority: await read(authority),
  };
}
