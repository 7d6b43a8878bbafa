/**
 * A hundred sessions for minutes, a third of which join, seek, pause and vanish: memory and sockets
 * of the server, and what the steady ones lost.
 *
 * ```sh
 * deno run -A tests/bench/soak.ts [SECONDS]
 * ```
 *
 * @module
 */

import { formatTable, print } from "../../src/cli/terminal.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";
import {
  type Ask,
  bindPair,
  openTcp,
  openUdp,
  receive,
  Stream,
  streams,
} from "./serve_receiver.ts";
import { receiverDrops, REEL } from "./serve_servers.ts";

const STEADY_UDP = 55;
const STEADY_TCP = 10;
const CHURNING = 35;

const seconds = Number(Deno.args[0] ?? 600);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const between = (low: number, high: number): number => low + Math.random() * (high - low);

const server = await REEL.start();
const port = Number(/:(\d+)\//.exec(server.url)![1]);
await pause(500);
const before = { drops: receiverDrops(), sockets: server.sockets(), memory: server.memoryBytes() };
const asks: Ask[] = [];
for (let i = 0; i < STEADY_UDP; i++) asks.push(await openUdp(server.url, port, server.tracks));
for (let i = 0; i < STEADY_TCP; i++) asks.push(await openTcp(server.url, port, server.tracks));
await pause(2000);
for (const stream of streams) stream.reset();

const endMs = performance.now() + 1000 * seconds;
let visits = 0;
let unanswered = 0;

/** One client after the other: joins, seeks, pauses, leaves or vanishes. */
async function churn(): Promise<void> {
  while (performance.now() < endMs) {
    visits++;
    const client = await RtspTestClient.connect(port);
    const sockets = bindPair();
    const { port: first } = sockets[0].addr as Deno.NetAddr;
    receive(sockets[0], new Stream());
    const overTcp = Math.random() < 0.3;
    const transport = overTcp
      ? "RTP/AVP/TCP;unicast;interleaved=0-1"
      : `RTP/AVP;unicast;client_port=${first}-${first + 1}`;
    const steps: (readonly [string, Record<string, string>])[] = [
      ["PLAY", { Range: "npt=0-" }],
      ["PLAY", { Range: `npt=${between(1, 28).toFixed(3)}-` }],
      ["PAUSE", {}],
      ["PLAY", { Scale: Math.random() < 0.5 ? "2" : "-1" }],
      ["PLAY", { Range: `npt=${between(1, 28).toFixed(3)}-` }],
    ];
    await client.request("SETUP", `${server.url}/${server.tracks[0]}`, {
      headers: { Transport: transport },
    });
    for (const [method, headers] of steps) {
      const { status } = await client.request(method, server.url, { headers });
      if (status !== 200) unanswered++;
      await pause(between(100, 1500));
      client.channels.clear();
      if (Math.random() < 0.1) break;
    }
    if (Math.random() < 0.5) await client.request("TEARDOWN", server.url);
    client.close();
    for (const socket of sockets) socket.close();
  }
}

const churning = Array.from({ length: CHURNING }, churn);
let turn = 0;
// Each is heard of in time: a session lives by what its client says.
const talking = setInterval(() => asks[turn++ % asks.length]!(), 200);
const rows: string[][] = [["minute", "memory MB", "sockets", "CPU %", "packets", "lost", "visits"]];
let cpu = server.cpuSeconds();
const step = Math.min(60, seconds / 5);
for (let i = 1; i <= Math.round(seconds / step); i++) {
  await pause(1000 * step);
  const used = server.cpuSeconds() - cpu;
  cpu += used;
  rows.push([
    (i * step / 60).toFixed(1),
    (server.memoryBytes() / 1e6).toFixed(0),
    String(server.sockets()),
    (100 * used / step).toFixed(1),
    String(streams.reduce((sum, { packets }) => sum + packets, 0)),
    String(streams.reduce((sum, { lost }) => sum + lost, 0)),
    String(visits),
  ]);
}
await Promise.all(churning);
clearInterval(talking);
for (const line of formatTable(rows, rows[0]!.map(() => "right" as const))) print(line);
await pause(4000);
print(`Sockets before: ${before.sockets}; with the steady sessions alone: ${server.sockets()}`);
print(`Memory before: ${(before.memory / 1e6).toFixed(0)} MB`);
print(`Datagrams that receivers were too slow for: ${receiverDrops() - before.drops}`);
print(`Requests that were refused: ${unanswered}`);
await server[Symbol.asyncDispose]();
Deno.exit(0);
