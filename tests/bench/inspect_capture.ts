/**
 * A capture for the benchmark: RTP streams that take turns, with the losses of a good network.
 *
 * @module
 */

import { CaptureWriter } from "../../src/capture/pcap_writer.ts";

/** What the capture is like. */
export interface BenchCapture {
  /** RTP packets. */
  readonly packets: number;
  /** Bytes of RTP payload. */
  readonly payloadBytes: number;
  /** Streams that take turns. */
  readonly streams: number;
}

/** Writes the capture to a file. */
export function writeBenchCapture(path: string, capture: BenchCapture): void {
  const writer = new CaptureWriter();
  const packet = new Uint8Array(14 + 20 + 8 + 12 + capture.payloadBytes);
  const view = new DataView(packet.buffer);
  for (let i = 54; i < packet.length; i++) packet[i] = i * 31;
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint16(16, packet.length - 14);
  view.setUint8(22, 64);
  view.setUint8(23, 17);
  view.setUint16(38, packet.length - 34);
  view.setUint8(42, 0x80);
  using file = Deno.openSync(path, { create: true, truncate: true, write: true });
  const block = new Uint8Array(4 * 1024 * 1024);
  let filled = 0;
  const write = (bytes: Uint8Array) => {
    if (filled + bytes.length > block.length) {
      writeAll(file, block.subarray(0, filled));
      filled = 0;
    }
    block.set(bytes, filled);
    filled += bytes.length;
  };
  write(writer.header());
  for (let i = 0; i < capture.packets; i++) {
    const stream = i % capture.streams;
    const turn = Math.floor(i / capture.streams);
    view.setUint32(26, 0x0a000000 + stream);
    view.setUint32(30, 0x0a800000 + stream);
    view.setUint16(34, 20_000 + 2 * (stream % 10_000));
    view.setUint16(36, 40_000 + 2 * (stream % 10_000));
    view.setUint8(43, turn % 500 === 0 ? 0x80 : 0);
    // Every thousandth number is missing.
    view.setUint16(44, turn + Math.floor(turn / 1000));
    view.setUint32(46, turn * 160);
    view.setUint32(50, 0x1000_0000 + stream * 7919);
    const us = turn * 20_000 + stream * 10 + (i * 7919) % 900;
    write(writer.recordAt(1_700_000_000 + Math.floor(us / 1e6), (us % 1e6) * 1000, packet));
  }
  writeAll(file, block.subarray(0, filled));
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
