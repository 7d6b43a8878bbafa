/** Names that somebody hopes lead out of the folder. */

import { assertEquals } from "@std/assert";
import { encodeText } from "../../src/bytes/text.ts";
import { LabConnection, MEDIA, startServer, status } from "./lab_kit.ts";

/** A folder with a film, beside a secret one, with links to it. */
function makeFolders(): { parent: string; folder: string } {
  const parent = Deno.makeTempDirSync();
  const folder = `${parent}/media`;
  Deno.mkdirSync(`${folder}/sub`, { recursive: true });
  Deno.mkdirSync(`${parent}/elsewhere`);
  const sound = Deno.readFileSync(`${MEDIA}/default.wav`);
  for (
    const path of [
      "media/Việt.wav",
      "media/here.wav",
      "media/sub/below.wav",
      "secret.wav",
      "elsewhere/far.wav",
    ]
  ) {
    Deno.writeFileSync(`${parent}/${path}`, sound);
  }
  Deno.symlinkSync(`${parent}/secret.wav`, `${folder}/link.wav`);
  Deno.symlinkSync(`${parent}/elsewhere`, `${folder}/linked`);
  Deno.symlinkSync(`${folder}/here.wav`, `${folder}/inside.wav`);
  Deno.writeTextFileSync(`${folder}/notes.txt`, "not for serving");
  return { parent, folder };
}

const OUTSIDE = (parent: string): string[] => [
  "../secret.wav",
  "../secret",
  "sub/../../secret.wav",
  "sub/../here.wav",
  "./../secret.wav",
  "..",
  ".",
  "%2e%2e/secret.wav",
  "%2e%2e%2fsecret.wav",
  "..%2fsecret.wav",
  "..%5csecret.wav",
  "..\\secret.wav",
  "%252e%252e/secret.wav",
  "link.wav",
  "link",
  "linked/far.wav",
  "linked",
  `${parent}/secret.wav`,
  `/${parent}/secret.wav`,
  `${parent}/media/here.wav`,
  encodeURIComponent(`${parent}/media/here.wav`),
  "/etc/here.wav",
  "here.wav%00",
  "here.wav%00.wav",
  "here.wav\0",
  "notes.txt",
  "file:///etc/passwd",
  "C:/here.wav",
  "a/".repeat(40) + "here.wav",
  "x".repeat(2000) + ".wav",
  "here.wav%zz",
];

const INSIDE = [
  "here.wav",
  "here",
  "HERE.WAV",
  "./here.wav",
  "sub/below.wav",
  "inside.wav",
  "%68ere.wav",
  "Việt.wav",
  "Vi%E1%BB%87t",
];

Deno.test("names that lead out of the folder are not found; those inside are", async () => {
  const { parent, folder } = makeFolders();
  await using server = startServer(folder);
  const wrong: string[] = [];
  const expect = async (request: string, expected: number): Promise<void> => {
    using client = await LabConnection.connect(server.port);
    const reply = await client.ask(encodeText(request));
    if (status(reply) !== expected) wrong.push(`${status(reply)} for ${JSON.stringify(request)}`);
  };
  const askAll = async (name: string, expected: number): Promise<void> => {
    const url = `rtsp://127.0.0.1:${server.port}/${name}`;
    await Promise.all([
      expect(`DESCRIBE ${url} RTSP/1.0\r\nCSeq: 1\r\n\r\n`, expected),
      expect(
        `SETUP ${url} RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;client_port=9998-9999\r\n\r\n`,
        expected,
      ),
      expect(`SETUP ${name} RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 9999`, expected),
      expect(
        `SETUP ${url} RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr=":9999"\n`,
        expected,
      ),
    ]);
  };
  for (const name of OUTSIDE(parent)) await askAll(name, 404);
  for (const name of INSIDE) await askAll(name, 200);
  assertEquals(wrong, []);
  Deno.removeSync(parent, { recursive: true });
});
