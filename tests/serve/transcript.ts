/** Reads transcripts of TCP conversations: a line a segment, its bytes as Python shows them. */

/** Something that one side did. */
export interface TranscriptEvent {
  /** Seconds from the start. */
  readonly at: number;
  /** Number of the connection, from 0. */
  readonly connection: number;
  readonly from: "client" | "server";
  readonly what: "open" | "bytes" | "close";
  readonly bytes: Uint8Array;
}

/** All TCP events of a transcript, in order. */
export function readTranscript(text: string): TranscriptEvent[] {
  const events: TranscriptEvent[] = [];
  /** Client's port and server's port of each connection. */
  const connections: [string, string][] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*([\d.]+) TCP (\d+)>(\d+) (?:flags (\w+)|len=\d+ (b['"].*['"]))\s*$/.exec(
      line,
    );
    if (match === null) continue;
    const [, at = "", source = "", target = "", flag, literal] = match;
    if (flag === "SYN") connections.push([source, target]);
    const connection = connections.findLastIndex(([client, server]) =>
      (client === source && server === target) || (client === target && server === source)
    );
    events.push({
      at: Number(at),
      connection,
      from: connections[connection]?.[0] === source ? "client" : "server",
      what: flag === "SYN" ? "open" : flag === undefined ? "bytes" : "close",
      bytes: literal === undefined ? new Uint8Array(0) : parseBytesLiteral(literal),
    });
  }
  return events;
}

const ESCAPES: ReadonlyMap<string, number> = new Map([
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["\\", 92],
  ["'", 39],
  ['"', 34],
]);

/** The bytes of a Python literal such as `b'a\r\n\xff'`. */
export function parseBytesLiteral(literal: string): Uint8Array {
  const bytes: number[] = [];
  for (const [piece] of literal.slice(2, -1).matchAll(/\\x[0-9a-f]{2}|\\.|[^\\]/gs)) {
    if (piece.length === 1) bytes.push(piece.charCodeAt(0));
    else if (piece.length === 4) bytes.push(parseInt(piece.slice(2), 16));
    else bytes.push(ESCAPES.get(piece[1]!)!);
  }
  return Uint8Array.from(bytes);
}
