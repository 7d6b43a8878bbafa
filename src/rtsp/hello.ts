/**
 * The hello lab's three messages: file name and UDP port, session id or -1, `Go`. The assignment
 * leaves their form open; text and pickled tuples are both understood, and answered in kind.
 *
 * @module
 */

import { decodeLatin1, encodeText, utf8FromLatin1 } from "../bytes/text.ts";
import { decodePickle, encodePickle, type PickleValue } from "./pickle.ts";

/** How the peer writes its messages. */
export type HelloForm = "text" | "pickle";

/** The client's first message. */
export interface Hello {
  /** How it was written, which is how it is answered. */
  readonly form: HelloForm;
  /** File name. */
  readonly name: string;
  /** UDP port of the client. */
  readonly port: number;
}

/** What the first bytes of a connection are. */
export type HelloResult =
  /** Cannot be a hello. */
  | "other"
  /** May become one. */
  | "incomplete"
  | Hello;

const PICKLE_PROTO = 0x80;
const PICKLE_MARK = 0x28;

/**
 * Looks whether a connection begins with a hello. `ended` tells that nothing more comes for now, so
 * that text without a line ending is whole.
 */
export function parseHello(bytes: Uint8Array, ended: boolean): HelloResult {
  if (bytes.length === 0) return "incomplete";
  if (bytes[0] === PICKLE_PROTO || bytes[0] === PICKLE_MARK) {
    const pickled = parsePickledHello(bytes);
    // A parenthesis may also begin a tuple in Python's own notation.
    if (pickled !== "other" || bytes[0] === PICKLE_PROTO) return pickled;
  }
  const text = decodeLatin1(bytes.subarray(0, 1024));
  const line = /^([^\n]*)\n/.exec(text)?.[1] ?? (ended ? text : undefined);
  if (line === undefined) return bytes.length < 1024 ? "incomplete" : "other";
  const match = /^\s*\(?\s*['"]?([^\s'",]+)['"]?\s*[ ,;:\t]\s*['"]?(\d{1,5})['"]?\s*\)?\s*$/.exec(
    line,
  );
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) return "other";
  return { form: "text", name: utf8FromLatin1(match[1]!), port };
}

function parsePickledHello(bytes: Uint8Array): HelloResult {
  let value: PickleValue;
  try {
    value = decodePickle(bytes);
  } catch (error) {
    // A pickle ends with a STOP opcode; without it, it may just not be here yet.
    const cut = error instanceof SyntaxError && / left$/.test(error.message);
    return cut && bytes.length < 1024 ? "incomplete" : "other";
  }
  if (!Array.isArray(value)) return "other";
  const at = value.findIndex((item) => typeof item === "string");
  const name = value[at];
  // The port may be written as a string, and the name may be digits.
  const port = value.filter((_, i) => i !== at).map(Number)
    .find((item) => Number.isInteger(item) && item > 0);
  if (typeof name !== "string" || port === undefined || port > 65_535) return "other";
  return { form: "pickle", name, port };
}

/** The client's first message in the given form. */
export function encodeHello(hello: Hello): Uint8Array {
  return hello.form === "pickle"
    ? encodePickle([hello.name, hello.port])
    : encodeText(`${hello.name} ${hello.port}\n`);
}

/** The server's answer: a session id, or -1. */
export function encodeHelloReply(form: HelloForm, sessionId: number): Uint8Array {
  return form === "pickle" ? encodePickle(sessionId) : encodeText(`${sessionId}\n`);
}

/** Reads the server's answer in whatever form it has; undefined when it is not whole or no number. */
export function parseHelloReply(bytes: Uint8Array): number | undefined {
  const match = /^\s*\(?\s*(-?\d+)/.exec(decodeLatin1(bytes));
  if (match !== null) return Number(match[1]);
  try {
    const value = decodePickle(bytes);
    const first = Array.isArray(value) ? value.find((item) => typeof item === "number") : value;
    return typeof first === "number" ? first : undefined;
  } catch {
    return undefined;
  }
}

/** The client's go-ahead. */
export function encodeGo(form: HelloForm): Uint8Array {
  return form === "pickle" ? encodePickle("Go") : encodeText("Go\n");
}

/** Whether bytes hold the go-ahead, in either form. */
export function isGo(bytes: Uint8Array): boolean {
  return /go/i.test(decodeLatin1(bytes.subarray(0, 256)));
}
