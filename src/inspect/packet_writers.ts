/**
 * One stream in a file of its own: as a capture, or as an rtpdump file.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import { CaptureWriter } from "../capture/pcap_writer.ts";
import type { KeptFrame, StreamPacket } from "./stream_packets.ts";

/** Writes whole frames into a pcap file with nanoseconds. */
export class FrameFile implements Disposable {
  readonly #file: Deno.FsFile;
  #writer: CaptureWriter | undefined;
  #lastFrame = 0;
  /** Frames written. */
  count = 0;

  /** Creates the file. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { create: true, truncate: true, write: true });
  }

  /** Writes the frame that a packet came in, once, behind those with its other fragments. */
  add({ cursor, fragments }: Pick<StreamPacket, "cursor" | "fragments">): void {
    if (cursor.frameNumber === this.#lastFrame) return;
    this.#lastFrame = cursor.frameNumber;
    if (this.#writer === undefined) {
      this.#writer = new CaptureWriter({ linkType: cursor.linkType, resolution: "ns" });
      writeAll(this.#file, this.#writer.header());
    }
    for (const fragment of fragments) this.#write(this.#writer, fragment);
    const { seconds, nanoseconds, originalLength, buffer, offset, end } = cursor;
    const bytes = buffer.bytes.subarray(offset, end);
    this.#write(this.#writer, { seconds, nanoseconds, originalLength, bytes });
  }

  #write(
    writer: CaptureWriter,
    { seconds, nanoseconds, originalLength, bytes }: KeptFrame,
  ): void {
    writeAll(this.#file, writer.recordAt(seconds, nanoseconds, bytes, originalLength));
    this.count++;
  }

  /** Closes the file; one without packets is a capture nevertheless. */
  [Symbol.dispose](): void {
    if (this.#writer === undefined) writeAll(this.#file, new CaptureWriter().header());
    this.#file.close();
  }
}

/**
 * Writes packets in the format of rtptools: a line, a header with the start time and the source, then
 * for each packet its length, its offset in ms and its bytes.
 */
export class RtpdumpFile implements Disposable {
  readonly #file: Deno.FsFile;
  #startMs = -1;
  /** Packets written. */
  count = 0;

  /** Creates the file. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { create: true, truncate: true, write: true });
  }

  /** Writes a packet. */
  add({ cursor, datagram, length, stream, sourcePort }: StreamPacket): void {
    const unixMs = cursor.seconds * 1000 + cursor.nanoseconds / 1e6;
    if (this.#startMs < 0) {
      this.#startMs = unixMs;
      this.#begin(cursor.seconds, cursor.nanoseconds, stream.path.source, sourcePort);
    }
    const record = new Uint8Array(8 + datagram.length);
    const view = new DataView(record.buffer);
    view.setUint16(0, record.length);
    view.setUint16(2, length);
    view.setUint32(4, Math.max(0, Math.round(unixMs - this.#startMs)));
    record.set(datagram, 8);
    writeAll(this.#file, record);
    this.count++;
  }

  #begin(seconds: number, nanoseconds: number, source: string, port: number): void {
    writeAll(this.#file, encodeText(`#!rtpplay1.0 ${source}/${port}\n`));
    const header = new Uint8Array(16);
    const view = new DataView(header.buffer);
    view.setUint32(0, seconds);
    view.setUint32(4, Math.floor(nanoseconds / 1000));
    // The format has room for IPv4 only.
    if (!source.includes(":")) header.set(source.split(".").map(Number), 8);
    view.setUint16(12, port);
    writeAll(this.#file, header);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
