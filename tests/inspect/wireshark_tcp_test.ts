import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Wanted, WiresharkConnection } from "../../src/inspect/wireshark_tcp.ts";

const ACK = 16;

/** A connection with a protocol on it whose units tell their length in their first byte. */
class Line {
  readonly units: string[] = [];
  readonly #connection = new WiresharkConnection();

  #dissect(bytes: Uint8Array): Wanted | undefined {
    let at = 0;
    while (at < bytes.length) {
      const length = bytes[at]!;
      // What begins nothing is passed over.
      if (length === 0 || length > 9) return undefined;
      const missing = at + length - bytes.length;
      if (missing > 0) return { offset: at, bytes: missing };
      this.units.push([...bytes.subarray(at + 1, at + length)].join(""));
      at += length;
    }
    return undefined;
  }

  /** Bytes from the stream's `at`-th on. */
  send(at: number, bytes: readonly number[], timeMs: number, cut = 0): void {
    const segment = {
      sequence: 1000 + at,
      acknowledgement: 1,
      flags: ACK,
      window: 100,
      length: bytes.length + cut,
      timeMs,
    };
    this.#connection.segment(segment, Uint8Array.from(bytes), true, (some) => this.#dissect(some));
  }

  /** The other side has all bytes before the `at`-th. */
  acknowledge(at: number, timeMs: number): void {
    const segment = {
      sequence: 1,
      acknowledgement: 1000 + at,
      flags: ACK,
      window: 100,
      length: 0,
      timeMs,
    };
    this.#connection.segment(segment, new Uint8Array(0), false, () => undefined);
  }
}

const ONE = [4, 10, 11, 12];
const TWO = [3, 20, 21];
const THREE = [5, 30, 31, 32, 33];
const STREAM = [...ONE, ...TWO, ...THREE];
const UNITS = ["101112", "2021", "30313233"];

Deno.test("units come out however they are cut into segments", () => {
  fc.assert(
    fc.property(fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), (cuts) => {
      const line = new Line();
      [0, ...cuts].forEach((from, i) => {
        line.send(from, STREAM.slice(from, cuts[i] ?? STREAM.length), i * 20);
      });
      assertEquals(line.units, UNITS);
    }),
    { seed: 91, numRuns: 200 },
  );
});

Deno.test("what is sent again is not read again, acknowledged or not", () => {
  for (const isAcknowledged of [false, true]) {
    const line = new Line();
    line.send(0, ONE, 0);
    line.send(4, TWO, 20);
    if (isAcknowledged) line.acknowledge(7, 21);
    line.send(0, ONE, 200);
    line.send(7, THREE, 220);
    assertEquals(line.units, UNITS, `${isAcknowledged}`);
  }
});

Deno.test("a missing segment is not waited for, and what comes late is not read", () => {
  const line = new Line();
  line.send(0, ONE, 0);
  line.send(7, THREE, 20);
  line.send(4, TWO, 22);
  assertEquals(line.units, [UNITS[0], UNITS[2]]);
});

Deno.test("behind a hole, the rest of a unit is passed over to the segment's end", () => {
  const line = new Line();
  line.send(0, ONE, 0);
  // The second unit's first byte is missing: its others begin nothing.
  line.send(5, STREAM.slice(5, 9), 20);
  line.send(9, STREAM.slice(9), 40);
  assertEquals(line.units, [UNITS[0]]);
});

Deno.test("a unit waits for its missing part, which is read when asked for", () => {
  const line = new Line();
  line.send(0, ONE, 0);
  line.acknowledge(4, 1);
  line.send(4, [3], 20);
  line.send(6, [21], 40);
  line.acknowledge(5, 41);
  line.acknowledge(5, 42);
  line.acknowledge(5, 43);
  line.send(5, [20], 50);
  line.send(7, THREE, 60);
  assertEquals(line.units, UNITS);
});

Deno.test("a segment whose end was not captured is read by itself", () => {
  const line = new Line();
  line.send(0, ONE, 0);
  line.send(4, [...TWO, 5, 30], 20, 3);
  // Sent again: not read again.
  line.send(4, TWO, 40, 5);
  assertEquals(line.units, [UNITS[0], UNITS[1]]);
});
