/**
 * Rules about payloads: JPEG whole (the labs) and by RFC 2435, and samples.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtpPayloadRule =
  | "rtp-payload-not-jpeg"
  | "rtp-payload-jpeg-cut"
  | "rtp-frame-fragmented"
  | "rtp-fragment-no-header"
  | "rtp-samples-odd"
  | "rtp-samples-little-endian"
  | "jpeg-header-missing"
  | "jpeg-header-short"
  | "jpeg-type"
  | "jpeg-q"
  | "jpeg-dimensions"
  | "jpeg-fragment-offset"
  | "jpeg-scan-with-headers"
  | "jpeg-tables-missing"
  | "jpeg-tables-omitted"
  | "jpeg-tables-length"
  | "jpeg-tables-varied"
  | "jpeg-tables-static"
  | "jpeg-restart";

/** The rules. */
export const RTP_PAYLOAD_RULES: RuleTable<RtpPayloadRule> = {
  "rtp-payload-not-jpeg": {
    severity: "error",
    message: "The payload is no JPEG image.",
    expected: "FF D8 right behind the 12 header bytes",
    reference: "The lab: one whole JPEG image a datagram",
    remedy: "Read the 5 digits of the frame's length, then that many bytes, and send those.",
    in: { "standard": { severity: "off" } },
  },
  "rtp-payload-jpeg-cut": {
    severity: "error",
    message: "The JPEG image is cut off.",
    expected: "FF D9 at the end",
    reference: "The lab: one whole JPEG image a datagram; ITU-T T.81 annex B",
    remedy: "Send as many bytes as the frame's length says; read until they are all there.",
    in: { "standard": { severity: "off" } },
  },
  "rtp-frame-fragmented": {
    severity: "note",
    message: "A frame is spread over several packets; the stock client shows only whole ones.",
    expected: "one whole JPEG image a datagram",
    reference: "The lab's skeleton",
    remedy: "Nothing, if the client puts frames together: sequence by packet, marker on the last.",
    in: {
      "standard": { severity: "off" },
      "hello": { severity: "error", reference: "The hello lab: a complete JPEG a datagram" },
    },
  },
  "rtp-fragment-no-header": {
    severity: "error",
    message: "Only the first piece of the frame has an RTP header.",
    expected: "an RTP header of 12 bytes at the start of every datagram",
    reference: "RFC 3550 section 5",
    remedy: "Split the frame first, then put a header with a number of its own before each piece.",
  },
  "rtp-samples-odd": {
    severity: "error",
    message: "The payload is not a whole number of samples.",
    expected: "a multiple of the bytes of one sample of all channels",
    reference: "RFC 3551 section 4.5.11",
    remedy: "Cut the sound between samples.",
  },
  "rtp-samples-little-endian": {
    severity: "warning",
    message: "The samples look little-endian: read so, the sound is much smoother.",
    expected: "network byte order, the high byte first",
    reference: "RFC 3551 section 4.5.11",
    remedy: "Swap the two bytes of each sample: WAV files have the low byte first.",
  },
  "jpeg-header-missing": {
    severity: "error",
    message: "A JPEG file follows the RTP header where the RFC 2435 header belongs.",
    expected: "8 bytes of JPEG header, then scan data without the file's own headers",
    reference: "RFC 2435 section 3.1",
    remedy: "Leave out everything up to the end of SOS and write the 8-byte header instead.",
  },
  "jpeg-header-short": {
    severity: "error",
    message: "The payload is too short for the JPEG header.",
    expected: "8 bytes or more",
    reference: "RFC 2435 section 3.1",
    remedy: "Begin every packet of a frame with the 8-byte header.",
  },
  "jpeg-type": {
    severity: "error",
    message: "The JPEG type is none that a receiver knows.",
    expected: "0 (4:2:2), 1 (4:2:0), or 64 more with restart markers",
    reference: "RFC 2435 sections 3.1.3 and 4.1",
    remedy: "Convert frames of other sampling to 4:2:0 and send type 1.",
  },
  "jpeg-q": {
    severity: "error",
    message: "The Q value is one that the RFC leaves without meaning.",
    expected: "1 to 99, or 128 to 255 with quantization tables",
    reference: "RFC 2435 sections 3.1.4 and 4.2",
    remedy: "Send Q=255 and the tables in the first packet of each frame.",
  },
  "jpeg-dimensions": {
    severity: "warning",
    message: "Width or height is 0.",
    expected: "width and height in blocks of 8 pixels",
    reference: "RFC 2435 sections 3.1.5 and 3.1.6",
    remedy: "Divide by 8 and round up; 2040 pixels is the most.",
  },
  "jpeg-fragment-offset": {
    severity: "error",
    message: "The fragment offset does not continue where the packet before ended.",
    expected: "0 in a frame's first packet, then the bytes of scan data sent before",
    reference: "RFC 2435 sections 3.1.2 and 4.3",
    remedy: "Count scan data alone, without headers and tables.",
  },
  "jpeg-scan-with-headers": {
    severity: "error",
    message: "The scan data begins with a JPEG file's own headers.",
    expected: "entropy-coded data: what follows SOS in the file",
    reference: "RFC 2435 section 3.1.9",
    remedy: "Leave out everything up to the end of SOS.",
  },
  "jpeg-tables-missing": {
    severity: "error",
    message: "The Q value promises quantization tables, but the frame brings none.",
    expected: "a table header and the tables in the first packet of the frame",
    reference: "RFC 2435 section 3.1.8",
    remedy: "Send the tables of DQT in every frame's first packet.",
  },
  "jpeg-tables-omitted": {
    severity: "note",
    message: "The frame relies on tables that an earlier frame brought.",
    expected: "tables in every frame, for receivers that join late or lose packets",
    reference: "RFC 2435 section 3.1.8",
    remedy: "Send the tables in every frame's first packet.",
  },
  "jpeg-tables-length": {
    severity: "error",
    message: "The quantization tables' length makes no sense.",
    expected: "64 bytes a table, 128 where its precision bit is set, two tables at most",
    reference: "RFC 2435 section 3.1.8",
    remedy: "Send 128 bytes: luminance, then chrominance, in zig-zag order.",
  },
  "jpeg-tables-varied": {
    severity: "error",
    message: "The quantization tables changed under the same Q value.",
    expected: "the same tables for the same Q from 128 to 254",
    reference: "RFC 2435 section 3.1.8",
    remedy: "Send Q=255, under which tables may change.",
  },
  "jpeg-tables-static": {
    severity: "error",
    message: "Quantization tables follow although Q below 128 stands for computed ones.",
    expected: "no tables with Q from 1 to 99",
    reference: "RFC 2435 sections 3.1.8 and 4.2",
    remedy: "Send Q=255 with the tables, or leave them out.",
  },
  "jpeg-restart": {
    severity: "error",
    message: "The type promises restart markers, but there is no restart header that makes sense.",
    expected: "4 bytes behind the JPEG header, with an interval above 0",
    reference: "RFC 2435 section 3.1.7",
    remedy: "Send type 0 or 1, or the interval of DRI in the restart header.",
  },
};
