/**
 * Bytes as people read them.
 *
 * @module
 */

const ENCODER = new TextEncoder();
const UTF8 = new TextDecoder("utf-8", { fatal: true });
const WINDOWS_1252 = new TextDecoder("latin1");

/** UTF-8 bytes of `text`. */
export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text);
}

/** Characters that are made at once: a call takes only so many arguments. */
const PIECE = 8192;

/** One character a byte (latin1): no byte is lost and none can fail to decode. */
export function decodeLatin1(bytes: Uint8Array): string {
  const text = WINDOWS_1252.decode(bytes);
  // The decoder of that name is one of windows-1252: 0x80 to 0x9f come out as something else.
  // deno-lint-ignore no-control-regex
  return /[^\x00-\xff]/.test(text) ? decodeSlowly(bytes) : text;
}

function decodeSlowly(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + PIECE));
  }
  return text;
}

/**
 * Text that {@linkcode decodeLatin1} gave, read as the UTF-8 that it may have been; as it is when it was
 * something else.
 */
export function utf8FromLatin1(text: string): string {
  // deno-lint-ignore no-control-regex
  if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text;
  try {
    return UTF8.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  } catch {
    return text;
  }
}

/** Bytes for people to read: as UTF-8 where they are, else one character a byte. */
export function readable(bytes: Uint8Array): string {
  return utf8FromLatin1(decodeLatin1(bytes));
}

/** Lower-case hex digits of `bytes`, without separators. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * The first `limit` bytes with control characters spelled out (`\r`, `\n`, `\x00`), so that a line
 * ending can be seen. An ellipsis marks what was left out.
 */
export function visible(bytes: Uint8Array | string, limit = 80): string {
  const text = typeof bytes === "string" ? bytes : decodeLatin1(bytes.subarray(0, limit + 1));
  const cut = text.length > limit;
  const escaped = [...text.slice(0, limit)].map(escapeCharacter).join("");
  return cut ? `${escaped}…` : escaped;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "\r") return "\\r";
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (code >= 0x20 && code < 0x7f) return character;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : character;
}

/** The text without the run of one character that it ends in. */
export function withoutEnding(text: string, character: string): string {
  // Not by an expression: those try again behind each such character that something else follows.
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}

/** Joins byte arrays into a new one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two byte arrays hold the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
