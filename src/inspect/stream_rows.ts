/**
 * `--headers --stream N`: the rows of one of our streams, which need not be one of Wireshark's.
 *
 * @module
 */

import type { RecordCursor } from "../capture/record_cursor.ts";
import type { BlockVisitor } from "./capture_input.ts";
import { headerRow } from "./headers_report.ts";
import type { PacketFilter } from "./packet_filter.ts";
import type { Stream } from "./stream.ts";
import { StreamPackets } from "./stream_packets.ts";

/** Gives a row for each packet of a stream. */
export class StreamRows implements BlockVisitor {
  readonly #packets: StreamPackets;

  /** `write` takes the rows, in order. */
  constructor(stream: Stream, write: (row: string) => void, filter: PacketFilter) {
    this.#packets = new StreamPackets([stream], ({ fields, cursor, sourcePort }) => {
      if (!filter.takes(cursor)) return;
      const { source, destination, destinationPort, transport } = stream.path;
      write(headerRow({
        fields,
        cursor,
        source,
        sourcePort,
        destination,
        destinationPort,
        transport,
        payloadLength: stream.end?.isSecured === true ? 0 : fields.payloadLength,
        inIcmp: false,
      }));
    }, filter);
  }

  /** Takes all records that the cursor has. */
  block(cursor: RecordCursor): void {
    this.#packets.block(cursor);
  }
}
