import protobuf from 'protobufjs/minimal.js';

export type WireReader = protobuf.Reader;

/** Bytes that are no such message, in the words of Go's readers. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/**
 * Reads the fields of one message in their order. `read` takes the value of a field from the reader, or
 * returns false for one that is not known and is passed over. Throws `ProtobufError`.
 */
export function readFields(
  bytes: Uint8Array,
  read: (field: number, wire: number, reader: WireReader) => boolean,
): void {
  const reader = protobuf.Reader.create(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const [field, wire] = [tag >>> 3, tag & 7];
      if (field === 0) throw new ProtobufError(`proto: illegal tag ${field} (wire type ${wire})`);
      if (!read(field, wire, reader)) skip(reader, wire);
    }
  } catch (error) {
    if (error instanceof RangeError) throw new ProtobufError('unexpected EOF');
    throw error;
  }
}

export function expectWire(name: string, wire: number, expected: number): void {
  if (wire !== expected) throw new ProtobufError(`proto: wrong wireType = ${wire} for field ${name}`);
}

/** Groups, which nothing in Kubernetes is written with, are refused: they are the only wire type that nests. */
function skip(reader: WireReader, wire: number): void {
  if (wire !== VARINT && wire !== FIXED64 && wire !== BYTES && wire !== FIXED32) {
    throw new ProtobufError(`proto: illegal wireType ${wire}`);
  }
  reader.skipType(wire);
}

/** Exact as far as numbers are; beyond that still beyond, for whoever checks the range. */
export function readInteger(reader: WireReader): number {
  try {
    return protobuf.util.LongBits.from(reader.int64()).toNumber();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new ProtobufError('proto: integer overflow');
  }
}
