/** What a request, or the connection that it came on, brings to the value of a header. Empty where it has nothing. */
export type RequestValue =
  /** The first of the fields that the request has, lower-case; `:authority`, `:path`, `:method` and `:scheme` as in HTTP/2. */
  | { readonly type: 'header'; readonly names: readonly string[]; readonly maxLength: number | null }
  /** The client's IP address, alone or with its port. */
  | { readonly type: 'client-address' | 'client-address-and-port' }
  /** `TLSv1.3` and OpenSSL's name of the cipher; empty without TLS. */
  | { readonly type: 'tls-version' | 'tls-cipher' };

/** Texts, and what is filled in between them. */
export type ValuePart = string | RequestValue;
