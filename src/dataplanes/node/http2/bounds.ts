/**
 * What one connection may cost, beyond `Limits`. Sizes are bytes.
 *
 * | Attack | Bound |
 * |---|---|
 * | rapid reset (CVE-2023-44487) | `resets`: each RST_STREAM of an unfinished stream costs one, each finished stream gives one back |
 * | MadeYouReset (CVE-2025-8671) | `resets`: each reset that the peer's own violation provokes costs one too |
 * | CONTINUATION flood (CVE-2024-27316) | `headerBlock` and `continuations`, before anything is decoded |
 * | HPACK bomb (CVE-2016-6581), zero-length names (CVE-2019-9516) | `Limits.headSize` over the decoded list, 32 bytes added to each entry; nothing is kept beyond it |
 * | PING, SETTINGS, PRIORITY, empty DATA, WINDOW_UPDATE floods (CVE-2019-9512, -9515, -9513, -9518, -9511) | `control`: each costs one, what is sent and received usefully gives some back |
 * | answers that are never read (CVE-2019-9517) | `unsent`: the connection is closed; `streamBacklog` and `connectionBacklog` ask for pauses long before |
 * | window of nothing, one byte at a time (CVE-2019-9511) | `Limits.bodyTimeout` without content moving |
 * | a head that never ends | `Limits.headTimeout` |
 * | connection without requests | `Limits.idleTimeout`, which control frames do not renew |
 *
 * What breaks a bound gets GOAWAY with ENHANCE_YOUR_CALM.
 */
export const bounds = {
  /** What a client may send ahead on one stream: SETTINGS_INITIAL_WINDOW_SIZE. */
  streamWindow: 262_144,
  /** What it may send ahead on all streams: what the connection may have to keep for backends that are slower. */
  connectionWindow: 1_048_576,
  /** Content that waits for a stream's window before `write` asks for a pause. */
  streamBacklog: 65_536,
  /** The same for all streams of a connection. */
  connectionBacklog: 1_048_576,
  /** Bytes that the peer has not taken although they are subject to no window. */
  unsent: 4_194_304,
  /** One header block before it is decoded. */
  headerBlock: 65_536,
  /** CONTINUATION frames of one header block. */
  continuations: 16,
  control: { capacity: 1_000, perSecond: 200 },
  resets: { capacity: 200, perSecond: 20 },
  /** Streams that this side has reset and whose last frames may still be under way. */
  recentResets: 512,
  /** Informational responses to one request. */
  informational: 16,
  /** Streams that a connection to a backend carries at once, whatever more the backend allows. */
  backendStreams: 256,
} as const;
