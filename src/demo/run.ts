/**
 * `reel demo`: server and player in one process, with real sockets between them.
 *
 * @module
 */

import { join } from "@std/path";
import type { Arguments } from "../cli/arguments.ts";
import { EXIT, Failure } from "../cli/failure.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { print, printError, StatusLine, style } from "../cli/terminal.ts";
import { PlayerSession } from "../client/session.ts";
import { replaceFile } from "../media/replace_file.ts";
import { MediaLibrary } from "../media/library.ts";
import { formatEndpoint } from "../net/address.ts";
import { resultObject, statisticsTable, statusLine } from "../play/report.ts";
import { PlaySinks } from "../play/sinks.ts";
import { OWN_MEDIA } from "../serve/run.ts";
import { ReelServer } from "../serve/server.ts";

/** Picture and sound of the demo. */
const FILM = "movie.Mjpeg";

/** How the program is called: an executable of its own, or from a checkout. */
const PROGRAM = Deno.build.standalone ? "reel" : "npx -y deno@2.9.6 task";

/** Serves Reel's film, plays it, and shows the numbers. */
export async function demo(args: Arguments): Promise<number> {
  const durationMs = args.duration("duration")!;
  const folder = args.text("out") ?? Deno.makeTempDirSync({ prefix: "reel-demo-" });
  Deno.mkdirSync(folder, { recursive: true });
  const json = args.has("json");
  const status = new StatusLine(Deno.stderr.isTerminal() && !json);
  const notice = (message: string): void => {
    status.clear();
    printError(`reel: ${message}`);
  };
  using interrupt = new Interrupt();
  await using server = ReelServer.listen(new MediaLibrary(OWN_MEDIA), {
    hostname: "127.0.0.1",
    port: 0,
    onNotice: notice,
  });
  const url = `rtsp://${formatEndpoint("127.0.0.1", server.address.port)}/${FILM}`;
  if (!json) {
    print(`Serving ${style(url, "bold")}`);
    print(`Playing it for ${durationMs / 1000} s over RTSP, RTP and RTCP on this machine`);
  }
  await using player = new PlayerSession({ url, onRemark: notice });
  const isAudible = () => !args.has("no-audio");
  using sinks = new PlaySinks(player, { folder, isAudible, onNotice: notice });
  const picturePath = join(folder, "last-picture.jpg");
  let picture: Uint8Array | undefined;
  player.subscribe((event) => {
    if (event.type === "picture") picture = event.jpeg;
  });
  await playFor(player, durationMs, interrupt.signal, status);
  await player.teardown();
  status.clear();
  if (picture !== undefined) replaceFile(picturePath, picture);
  const snapshot = player.snapshot();
  const sound = sinks.soundPath;
  const files = { picture: picturePath, ...(sound === undefined ? undefined : { sound }) };
  if (json) print(JSON.stringify(resultObject(snapshot, player.findings(), files)));
  else {
    for (const line of statisticsTable(snapshot)) print(line);
    print(`last picture in ${picturePath}`);
    if (sound !== undefined) print(`sound in ${sound}`);
    print(
      `Next: ${PROGRAM} serve FOLDER serves your own films; ${PROGRAM} play rtsp://HOST:PORT/NAME plays any`,
    );
  }
  if (interrupt.interrupted) return EXIT.interrupted;
  const arrived = snapshot.statistics.every(({ frames }) => frames > 0);
  return arrived && snapshot.condition !== "failed" ? EXIT.done : EXIT.failed;
}

async function playFor(
  player: PlayerSession,
  durationMs: number,
  interrupted: AbortSignal,
  status: StatusLine,
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  interrupted.addEventListener("abort", () => ended.resolve());
  player.subscribe((event) => {
    if (event.type !== "change") return;
    const { condition } = player.snapshot();
    if (condition === "ended" || condition === "failed") ended.resolve();
  });
  const drawing = setInterval(() => status.update(statusLine(player.snapshot())), 250);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await player.play();
    timer = setTimeout(() => ended.resolve(), durationMs);
    await ended.promise;
  } catch (error) {
    throw new Failure(`Cannot play the demo: ${(error as Error).message}`, { cause: error });
  } finally {
    clearInterval(drawing);
    clearTimeout(timer);
  }
}
