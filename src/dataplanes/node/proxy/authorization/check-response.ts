import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** An `envoy.service.auth.v3.CheckResponse`, as far as it is heeded here. */
export interface CheckResponse {
  /** google.rpc.Code; 0 grants. */
  readonly code: number;
  /** HTTP status of a denial, 0 where it states none. */
  readonly status: number;
  /** Of the response to the client where it is denied, else of the request as it goes on. */
  readonly headers: readonly HeaderOption[];
  /** Names of fields that the request goes on without. */
  readonly removed: readonly string[];
  /** Of the response to the client where it is denied. */
  readonly body: string;
}

interface HeaderOption {
  readonly name: string;
  readonly value: string;
}

/** Null for what is no such message. */
export function readCheckResponse(bytes: Uint8Array): CheckResponse | null {
  try {
    return read(new BinaryReader(bytes));
  } catch {
    // What a peer sends may be anything; that it is no message is all there is to know.
    return null;
  }
}

function read(reader: BinaryReader): CheckResponse {
  let code = 0;
  let response = { status: 0, headers: [] as readonly HeaderOption[], removed: [] as readonly string[], body: '' };
  each(reader, reader.len, (field, wire) => {
    if (field === 1 && wire === WireType.LengthDelimited) {
      within(reader, (inner, type) => {
        if (inner !== 1 || type !== WireType.Varint) return false;
        code = reader.int32();
        return true;
      });
      return true;
    }
    if ((field !== 2 && field !== 3) || wire !== WireType.LengthDelimited) return false;
    response = field === 2 ? denied(reader) : granted(reader);
    return true;
  });
  return { code, ...response };
}

/** DeniedHttpResponse. */
function denied(reader: BinaryReader) {
  let status = 0;
  let body = '';
  const headers: HeaderOption[] = [];
  within(reader, (field, wire) => {
    if (wire !== WireType.LengthDelimited || field > 3) return false;
    if (field === 1) {
      within(reader, (inner, type) => {
        if (inner !== 1 || type !== WireType.Varint) return false;
        status = reader.int32();
        return true;
      });
    } else if (field === 2) headers.push(header(reader));
    else body = reader.string();
    return true;
  });
  return { status, headers, removed: [], body };
}

/** OkHttpResponse. */
function granted(reader: BinaryReader) {
  const headers: HeaderOption[] = [];
  const removed: string[] = [];
  within(reader, (field, wire) => {
    if (wire !== WireType.LengthDelimited || (field !== 2 && field !== 5)) return false;
    if (field === 2) headers.push(header(reader));
    else removed.push(reader.string());
    return true;
  });
  return { status: 0, headers, removed, body: '' };
}

/** HeaderValueOption. Every one sets: to append to what a client says would be to believe it. */
function header(reader: BinaryReader): HeaderOption {
  let name = '';
  let value = '';
  within(reader, (field, wire) => {
    if (field !== 1 || wire !== WireType.LengthDelimited) return false;
    within(reader, (inner, type) => {
      if (type !== WireType.LengthDelimited || inner > 3) return false;
      if (inner === 1) name = reader.string();
      else value = inner === 2 ? reader.string() : Buffer.from(reader.bytes()).toString('utf8');
      return true;
    });
    return true;
  });
  return { name, value };
}

/** Reads a field if it knows it; else the field is skipped. */
type ReadField = (field: number, wire: WireType) => boolean;

/** The fields of a message that stands in another one. */
function within(reader: BinaryReader, readField: ReadField): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a message is longer than what it stands in');
  each(reader, end, readField);
}

function each(reader: BinaryReader, end: number, readField: ReadField): void {
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (!readField(field, wire)) reader.skip(wire, field);
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
}
