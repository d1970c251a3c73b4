import https from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  /** Common name of the certificate that the gateway showed. */
  readonly certificate: string;
  readonly body: string;
}

/** One request over a connection of its own, with the host as server name. A failure to connect is status 0. */
export function request(address: string, port: number, host: string): Promise<Answer> {
  return new Promise((resolve) => {
    // Which certificate is shown is what the tests ask; whom it is from is not.
    const options = {
      host: address,
      port,
      servername: host,
      headers: { host },
      rejectUnauthorized: false,
      agent: false,
    };
    const sent = https.get({ ...options, path: '/', timeout: 5_000 }, (response) => {
      const certificate = String((response.socket as TLSSocket).getPeerCertificate().subject?.CN ?? '');
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, certificate, body }));
      response.on('error', (cause) => resolve({ status: 0, certificate, body: cause.message }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (cause) => resolve({ status: 0, certificate: '', body: cause.message }));
  });
}
