/**
 * The one pickle that the hello lab's relatives send: a tuple of a string and a number. Only the
 * opcodes that such a tuple takes are decoded; nothing is ever executed or looked up.
 *
 * @module
 */

import { ByteReader } from "../bytes/byte_reader.ts";
import { concatBytes, decodeLatin1, encodeText } from "../bytes/text.ts";

/** What a pickle may hold here. */
export type PickleValue = string | number | null | boolean | readonly PickleValue[];

const MARK = Symbol("mark");
type StackItem = PickleValue | typeof MARK;

/** Longest string and deepest nesting that are read. */
const MAX_STRING = 4096;
const MAX_ITEMS = 64;

const UTF8 = new TextDecoder();

/**
 * Decodes a pickle of strings, integers, None, booleans, tuples and lists (protocols 0 to 5).
 *
 * @throws {DecodeError} When it holds anything else, or is cut.
 */
export function decodePickle(bytes: Uint8Array): PickleValue {
  const reader = new ByteReader("pickle", bytes);
  const stack: StackItem[] = [];
  for (let opcodes = 0; opcodes < 4 * MAX_ITEMS; opcodes++) {
    const opcode = String.fromCharCode(reader.u8());
    if (opcode === ".") return takeResult(reader, stack);
    execute(opcode, reader, stack);
    if (stack.length > MAX_ITEMS) throw reader.error("too many items");
  }
  throw reader.error("too many opcodes");
}

function takeResult(reader: ByteReader, stack: readonly StackItem[]): PickleValue {
  const result = stack.at(-1);
  if (stack.length !== 1 || result === undefined || result === MARK) {
    throw reader.error("STOP without one value");
  }
  return result as PickleValue;
}

function execute(opcode: string, reader: ByteReader, stack: StackItem[]): void {
  switch (opcode) {
    case "\x80": // PROTO
      if (reader.u8() > 5) throw reader.error("protocol above 5");
      return;
    case "\x95": // FRAME
      reader.skip(8);
      return;
    case "(": // MARK
      stack.push(MARK);
      return;
    case ")": // EMPTY_TUPLE
    case "]": // EMPTY_LIST
      stack.push([]);
      return;
    case "t": // TUPLE
    case "l": // LIST
      stack.push(takeToMark(reader, stack));
      return;
    case "a": // APPEND
    case "e": // APPENDS
      appendItems(opcode, reader, stack);
      return;
    case "\x85": // TUPLE1
    case "\x86": // TUPLE2
    case "\x87": // TUPLE3
      stack.push(takeItems(reader, stack, opcode.charCodeAt(0) - 0x84));
      return;
    // What is remembered is never asked for: a name and a port stand in a tuple once each.
    case "p": // PUT
      readLine(reader);
      return;
    case "q": // BINPUT
      reader.skip(1);
      return;
    case "r": // LONG_BINPUT
      reader.skip(4);
      return;
    case "\x94": // MEMOIZE
      return;
    default:
      stack.push(readValue(opcode, reader));
  }
}

function readValue(opcode: string, reader: ByteReader): PickleValue {
  switch (opcode) {
    case "N":
      return null;
    case "\x88":
      return true;
    case "\x89":
      return false;
    case "\x8c": // SHORT_BINUNICODE
      return readString(reader, reader.u8());
    case "X": // BINUNICODE
      return readString(reader, reader.u32le());
    case "U": // SHORT_BINSTRING
      return readString(reader, reader.u8());
    case "T": // BINSTRING
      return readString(reader, reader.u32le());
    case "V": // UNICODE
      return readLine(reader);
    case "S": // STRING
      return readLine(reader).replace(/^(['"])(.*)\1$/, "$2");
    case "K": // BININT1
      return reader.u8();
    case "M": // BININT2
      return reader.u16le();
    case "J": // BININT
      return reader.u32le() | 0;
    case "I": // INT
    case "L": // LONG
      return readDecimal(reader);
    case "\x8a": // LONG1
      return readLong(reader);
    default: {
      const code = opcode.charCodeAt(0).toString(16).padStart(2, "0");
      throw reader.error(`opcode 0x${code} is none that a name and a port take`);
    }
  }
}

function readString(reader: ByteReader, length: number): string {
  if (length > MAX_STRING) throw reader.error(`string of ${length} bytes`);
  return UTF8.decode(reader.bytes(length));
}

function readLine(reader: ByteReader): string {
  const characters: number[] = [];
  for (let byte = reader.u8(); byte !== 0x0a; byte = reader.u8()) {
    characters.push(byte);
    if (characters.length > MAX_STRING) throw reader.error("line too long");
  }
  return decodeLatin1(Uint8Array.from(characters));
}

function readDecimal(reader: ByteReader): number {
  const text = readLine(reader).replace(/L$/, "");
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw reader.error("no integer");
  return value;
}

function readLong(reader: ByteReader): number {
  const bytes = reader.bytes(reader.u8());
  if (bytes.length > 6) throw reader.error("integer of more than 48 bits");
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
  const negative = (bytes.at(-1) ?? 0) >= 0x80;
  return negative ? value - 256 ** bytes.length : value;
}

function takeToMark(reader: ByteReader, stack: StackItem[]): PickleValue[] {
  const mark = stack.lastIndexOf(MARK);
  if (mark === -1) throw reader.error("no mark");
  const items = stack.splice(mark).slice(1);
  return items as PickleValue[];
}

function takeItems(reader: ByteReader, stack: StackItem[], count: number): PickleValue[] {
  if (stack.length < count || stack.slice(-count).includes(MARK)) {
    throw reader.error(`fewer than ${count} items`);
  }
  return stack.splice(-count) as PickleValue[];
}

function appendItems(opcode: string, reader: ByteReader, stack: StackItem[]): void {
  const items = opcode === "a" ? takeItems(reader, stack, 1) : takeToMark(reader, stack);
  const list = stack.pop();
  if (!Array.isArray(list)) throw reader.error("APPEND to no list");
  stack.push([...list, ...items]);
}

/** Encodes an integer or a string as Python's default protocol 4 does. */
export function encodePickle(value: number | string | readonly [string, number]): Uint8Array {
  const body = concatBytes([encodeValue(value), Uint8Array.of(0x2e)]);
  const frame = new Uint8Array(8);
  new DataView(frame.buffer).setBigUint64(0, BigInt(body.length), true);
  return concatBytes([Uint8Array.of(0x80, 4, 0x95), frame, body]);
}

function encodeValue(value: number | string | readonly [string, number]): Uint8Array {
  if (typeof value === "number") return encodeInteger(value);
  if (typeof value === "string") {
    const text = encodeText(value);
    if (text.length > 255) throw new RangeError(`string of ${text.length} bytes, at most 255`);
    return concatBytes([Uint8Array.of(0x8c, text.length), text, Uint8Array.of(0x94)]);
  }
  const [name, port] = value;
  return concatBytes([encodeValue(name), encodeInteger(port), Uint8Array.of(0x86, 0x94)]);
}

function encodeInteger(value: number): Uint8Array {
  if (value >= 0 && value < 256) return Uint8Array.of(0x4b, value);
  if (value >= 0 && value < 65_536) return Uint8Array.of(0x4d, value & 0xff, value >> 8);
  const bytes = new Uint8Array(5);
  bytes[0] = 0x4a;
  new DataView(bytes.buffer).setInt32(1, value, true);
  return bytes;
}
