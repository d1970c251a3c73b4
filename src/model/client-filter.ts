/** Which clients are served, by the IP address that their connection comes from. Others are answered 403. */
export interface ClientFilter {
  /** `allow` serves those within a range and nobody else, `deny` everybody else. */
  readonly type: 'allow' | 'deny';
  /** CIDR (RFC 4632, RFC 4291 section 2.3); never empty. */
  readonly ranges: readonly string[];
}
