import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { encodeInterleaved, encodeResponse } from "../../src/rtsp/message.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";
import { assertSameBytes, inFolder, ReelProcess } from "./process.ts";

const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=Camera",
  "t=0 0",
  "m=video 0 RTP/AVP 96",
  "a=rtpmap:96 H264/90000",
  "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAHg==,aM48gA==",
  "a=control:video",
  "m=audio 0 RTP/AVP 97",
  "a=rtpmap:97 MPEG4-GENERIC/16000/1",
  "a=control:audio",
  "",
].join("\r\n");

const START = [0, 0, 0, 1];
const FRAMES = 12;

/** A camera that sends H.264 and AAC over its control connection, and then says goodbye. */
class Camera implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  packets = 0;

  constructor() {
    this.#serve();
  }

  get url(): string {
    return `rtsp://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}/camera`;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #serve(): Promise<void> {
    try {
      for await (const connection of this.#listener) await this.#talk(connection);
    } catch {
      // Closed.
    }
  }

  async #talk(connection: Deno.Conn): Promise<void> {
    const parser = new RtspParser();
    const buffer = new Uint8Array(4096);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      for (const message of parser.push(buffer.subarray(0, n))) {
        if (message.kind !== "request") continue;
        const { method, headers } = message;
        const channels = headers.get("transport")?.includes("interleaved=2") === true
          ? "2-3"
          : "0-1";
        const isTcp = headers.get("transport")?.includes("TCP") === true;
        const fields: [string, string][] = [["CSeq", headers.get("cseq") ?? ""], ["Session", "1"]];
        if (method === "SETUP") {
          fields.push(["Transport", `RTP/AVP/TCP;unicast;interleaved=${channels}`]);
        }
        if (method === "DESCRIBE") fields.push(["Content-Type", "application/sdp"]);
        const status = method === "SETUP" && !isTcp ? 461 : 200;
        const body = method === "DESCRIBE" ? { body: encodeText(SDP) } : undefined;
        await connection.write(encodeResponse({ status, headers: fields, ...body }));
        if (method === "PLAY") await this.#stream(connection);
      }
    }
    connection.close();
  }

  async #stream(connection: Deno.Conn): Promise<void> {
    let sequenceNumber = 100;
    const send = async (channel: number, payload: number[], i: number, marker: boolean) => {
      this.packets++;
      await connection.write(encodeInterleaved(
        channel,
        encodeRtpPacket({
          payloadType: channel === 0 ? 96 : 97,
          sequenceNumber: sequenceNumber++,
          timestamp: 3600 * i,
          ssrc: channel + 1,
          marker,
          payload: Uint8Array.from(payload),
        }),
      ));
    };
    for (let i = 0; i < FRAMES; i++) {
      // A fragmented picture, and every third time one that fits.
      if (i % 3 === 0) await send(0, [0x61, i], i, true);
      else {
        await send(0, [0x7c, 0x85, i], i, false);
        await send(0, [0x7c, 0x45, i + 100], i, true);
      }
    }
    sequenceNumber = 5;
    for (let i = 0; i < 4; i++) await send(2, [0, 16, 1, 2, 3], i, true);
    for (const channel of [1, 3]) {
      const goodbye = encodeRtcp([
        { type: "RR", ssrc: channel, reports: [] },
        { type: "BYE", ssrcs: [channel] },
      ]);
      await connection.write(encodeInterleaved(channel, goodbye));
    }
  }
}

Deno.test("a camera's stream is kept although Reel decodes none of it", async () => {
  await inFolder(async (folder) => {
    using camera = new Camera();
    const reel = new ReelProcess(["record", camera.url, "--transport", "tcp"], folder);
    const { code, stdout, stderr } = await reel.outcome();
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `new.h264: `);
    assertStringIncludes(stdout, `${FRAMES} pictures`);
    assertStringIncludes(stdout, "track 2 (MPEG4-GENERIC) is nothing that Reel decodes");
    const units = Array.from({ length: FRAMES }, (_, i) => {
      return Uint8Array.from(i % 3 === 0 ? [...START, 0x61, i] : [...START, 0x65, i, i + 100]);
    });
    const sets = [...START, 0x67, 0x42, 0x00, 0x1e, ...START, 0x68, 0xce, 0x3c, 0x80];
    assertSameBytes(
      await Deno.readFile(join(folder, "new.h264")),
      concatBytes([Uint8Array.from(sets), ...units]),
    );
    const capture = await Deno.readFile(join(folder, "new.pcap"));
    assert(count(capture, encodeText("$\x02")) >= 4 && camera.packets > FRAMES);
  });
});

/** How often bytes occur. */
function count(bytes: Uint8Array, pattern: Uint8Array): number {
  const text = new TextDecoder("latin1").decode(bytes);
  return text.split(new TextDecoder("latin1").decode(pattern)).length - 1;
}
