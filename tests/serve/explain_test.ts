/** What `--explain` names, where that depends on how a connection went. */

import { assertEquals } from "@std/assert";
import type { Finding } from "../../src/diagnose/finding.ts";
import { explainObserver } from "../../src/serve/explain.ts";
import { LabConnection, LabReceiver, MEDIA, startServer, status } from "./lab_kit.ts";

/** The findings about a client that did this and left. */
async function explained(act: (client: LabConnection) => Promise<void>): Promise<string[]> {
  const left = Promise.withResolvers<readonly Finding[]>();
  const observer = explainObserver((_, findings) => left.resolve(findings));
  await using server = startServer(MEDIA, { observer });
  {
    using client = await LabConnection.connect(server.port);
    await act(client);
  }
  return (await left.promise).map(({ rule, seen }) => `${rule}: ${seen}`);
}

Deno.test("what never became a request is named when the client leaves", async () => {
  const line = "SETUP movie.Mjpeg RTSP/1.0\\nCSeq: 1\\nTransport: RTP/UDP; client_port= 25000";
  assertEquals(await explained((client) => client.send(line)), [`rtsp-no-message: ${line}`]);
});

Deno.test("a request without its end counts although the client leaves at once", async () => {
  using receiver = new LabReceiver();
  const findings = await explained(async (client) => {
    const setup = await client.ask(
      `SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= ${receiver.port}`,
    );
    assertEquals(status(setup), 200);
    await client.send("PLAY movie.Mjpeg RTSP/1.0\nCSeq: 7\nSession: 7");
  });
  const rules = new Set(findings.map((finding) => finding.replace(/:.*/s, "")));
  assertEquals([rules.has("rtsp-session-unknown"), rules.has("rtsp-cseq-jump")], [true, true]);
});
