/**
 * What `reel demo` takes.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";

/** Server and player in one, to see it work. */
export const DEMO: Command = {
  name: "demo",
  summary: "Serve Reel's own film and play it, to see everything work",
  forms: [""],
  positionals: [0, 0],
  description:
    "Starts a server on a free port, plays its film and sound through real sockets for ten seconds, and " +
    "ends with the numbers and where things are.",
  flags: [
    { name: "duration", short: "d", value: "TIME", default: "10s", help: "Play this long" },
    {
      name: "out",
      short: "o",
      value: "DIR",
      help: "Folder of the last picture and new.wav (default a new temporary one)",
    },
    { name: "no-audio", help: "Do not feed aplay" },
    { name: "json", help: "Print one JSON object at the end instead of text" },
  ],
  examples: [["reel demo --duration 30s", "The whole film"]],
  async run(args) {
    const { demo } = await import("./run.ts");
    return await demo(args);
  },
};
