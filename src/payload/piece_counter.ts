/**
 * The headers that lab programs invent for the pieces of a frame. There are many of them: the piece's
 * number and how many there are, in one byte or two each; the offset and the frame's length; the
 * frame's number and whether this is the last piece. How long such a header is shows in a frame's
 * first piece, where the image begins behind it. Which of its fields counts shows in any frame of
 * three pieces.
 *
 * @module
 */

/** A header of its own that is longer is none. */
const MAX_OWN_HEADER = 32;

/** Bytes before the image that a payload begins with, 0 for none; undefined when it begins no image. */
export function imageOffset(payload: Uint8Array): number | undefined {
  if (beginsImage(payload, 0)) return 0;
  for (let at = 1; at <= MAX_OWN_HEADER; at++) {
    if (beginsImage(payload, at) && payload[at + 2] === 0xff) return at;
  }
  return undefined;
}

/** Whether an image (FF D8) begins at an offset. */
export function beginsImage(payload: Uint8Array, at: number): boolean {
  return payload[at] === 0xff && payload[at + 1] === 0xd8;
}

/** Where a piece belongs: right behind the others, among them, or elsewhere. */
export type PiecePlace = "next" | "again" | "elsewhere";

/** A big-endian field of a header that tells a piece's place. */
interface Field {
  readonly at: number;
  readonly width: 1 | 2 | 4;
  /** What it counts. */
  readonly counts: "pieces" | "bytes";
  /** Its value in the first piece. */
  readonly first: number;
}

const WIDTHS = [4, 2, 1] as const;

/** Learns which field of the pieces' headers counts, and judges by it from then on. */
export class PieceCounter {
  #field: Field | undefined;
  #candidates: Field[] = [];

  /** A frame begins with this header, which may be empty. */
  begin(header: Uint8Array): void {
    const field = this.#field;
    if (field !== undefined && readField(header, field) !== field.first) this.#field = undefined;
    this.#candidates = this.#field === undefined ? fieldsThatBegin(header) : [];
  }

  /** Where a further piece belongs, behind `pieces` with `bytes` together. */
  judge(header: Uint8Array, pieces: number, bytes: number): PiecePlace {
    const field = this.#field;
    if (field === undefined) {
      this.#learn(header, pieces, bytes);
      return "next";
    }
    const value = readField(header, field);
    const due = valueAt(field, pieces, bytes);
    return value === due ? "next" : value < due ? "again" : "elsewhere";
  }

  #learn(header: Uint8Array, pieces: number, bytes: number): void {
    this.#candidates = this.#candidates.filter((field) =>
      readField(header, field) === valueAt(field, pieces, bytes)
    );
    // A flag on the last piece looks like a number up to the second one.
    if (pieces >= 2) this.#field = this.#candidates[0];
  }
}

/** Fields that could be a number or an offset at the start of a frame, wide ones first. */
function fieldsThatBegin(header: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (const width of WIDTHS) {
    for (let at = 0; at + width <= header.length; at++) {
      const first = readField(header, { at, width });
      if (first > 1) continue;
      fields.push({ at, width, counts: "pieces", first });
      if (first === 0) fields.push({ at, width, counts: "bytes", first });
    }
  }
  return fields;
}

function valueAt({ width, counts, first }: Field, pieces: number, bytes: number): number {
  return (counts === "pieces" ? first + pieces : bytes) % 2 ** (8 * width);
}

function readField(bytes: Uint8Array, { at, width }: Pick<Field, "at" | "width">): number {
  let value = 0;
  for (let i = at; i < at + width; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}
