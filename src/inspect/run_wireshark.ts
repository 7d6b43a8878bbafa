/**
 * The two outputs that can be compared with tshark's, line by line: `--headers` and `--wireshark`.
 *
 * @module
 */

import type { RecordCursor } from "../capture/record_cursor.ts";
import type { BlockVisitor } from "./capture_input.ts";
import type { ClockOption } from "./clock_option.ts";
import { headerRow } from "./headers_report.ts";
import type { PacketFilter } from "./packet_filter.ts";
import { WiresharkDissector, type WiresharkOptions } from "./wireshark_dissector.ts";
import { WiresharkTable, wiresharkTableLines } from "./wireshark_report.ts";

/** Gives a row for each packet that is RTP for Wireshark. */
export class HeaderRows implements BlockVisitor {
  readonly #dissector: WiresharkDissector;
  readonly #filter: PacketFilter;

  /** `write` takes the rows, in order. */
  constructor(write: (row: string) => void, filter: PacketFilter, options?: WiresharkOptions) {
    this.#filter = filter;
    this.#dissector = new WiresharkDissector((packet) => {
      if (filter.takes(packet.cursor)) write(headerRow(packet));
    }, options);
  }

  /** Takes all records that the cursor has. */
  block(cursor: RecordCursor): void {
    while (cursor.next()) {
      this.#filter.begin(cursor);
      this.#dissector.record(cursor);
    }
  }
}

/** Gathers tshark's table of streams. */
export class WiresharkStreams implements BlockVisitor {
  readonly #dissector: WiresharkDissector;
  readonly #table: WiresharkTable;

  /** `clocks` name payload types. */
  constructor(clocks: ReadonlyMap<number, ClockOption>, options?: WiresharkOptions) {
    this.#table = new WiresharkTable(clocks);
    this.#dissector = new WiresharkDissector((packet) => this.#table.add(packet), options);
  }

  /** Takes all records that the cursor has. */
  block(cursor: RecordCursor): void {
    while (cursor.next()) {
      this.#table.begin(cursor.seconds, cursor.nanoseconds);
      this.#dissector.record(cursor);
    }
  }

  /** The lines of the table as tshark prints it. */
  lines(): Generator<string> {
    return wiresharkTableLines(this.#table.streams);
  }

  /** The table as tshark prints it. */
  format(): string {
    return [...this.lines(), ""].join("\n");
  }
}
