/**
 * The audio lab's datagrams: a label that says where the chunk ends ("1000.wav", "2000.wav"), then
 * the bytes. Offsets count the bytes that were sent, from 0 at the start of what is sent.
 *
 * @module
 */

import { concatBytes, decodeLatin1, encodeText } from "../bytes/text.ts";

/** Bytes in a chunk of the lab's sender. */
export const LABELLED_CHUNK_BYTES = 1000;

/** One chunk. */
export interface LabelledChunk {
  /** Offset behind its last byte. */
  readonly endOffset: number;
  /** Its bytes; a view when decoded. */
  readonly data: Uint8Array;
}

// The longest label has 15 digits: offsets stay exact.
const LABEL = /^(\d{1,15})\.wav/;

/** Whether a datagram starts with a label. */
export function isLabelledChunk(datagram: Uint8Array): boolean {
  return LABEL.test(decodeLatin1(datagram.subarray(0, 20)));
}

/** Decodes a datagram; undefined when it has no label. */
export function decodeLabelledChunk(datagram: Uint8Array): LabelledChunk | undefined {
  const label = LABEL.exec(decodeLatin1(datagram.subarray(0, 20)));
  if (label === null) return undefined;
  return { endOffset: Number(label[1]), data: datagram.subarray(label[0].length) };
}

/** Encodes a chunk. */
export function encodeLabelledChunk({ endOffset, data }: LabelledChunk): Uint8Array<ArrayBuffer> {
  return concatBytes([encodeText(`${endOffset}.wav`), data]);
}
