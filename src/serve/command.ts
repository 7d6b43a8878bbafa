/**
 * What `reel serve` takes.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";

/** The server's role. */
export const SERVE: Command = {
  name: "serve",
  summary: "Serve films and sounds over RTSP",
  forms: ["[FOLDER]"],
  positionals: [0, 1],
  description:
    "Serves the films (.Mjpeg, .mjpeg, .avi) and sounds (.wav) in FOLDER to any RTSP client: standard " +
    "players get RFC 2435 JPEG and PCM, the labs' clients what their assignments prescribe; the " +
    "Transport header decides. Without FOLDER it serves the current folder, or Reel's own media when " +
    "there are none in it. Ctrl-C ends it.",
  flags: [
    { name: "host", value: "ADDRESS", help: "Listen on this address (default all)" },
    { name: "port", short: "p", value: "PORT", default: "8554", help: "Listen on this TCP port" },
    {
      name: "rtp-ports",
      value: "FIRST-LAST",
      help: "Send RTP and RTCP from a pair of UDP ports in this range (default any free pair)",
    },
    { name: "fps", value: "RATE", default: "20", help: "Frames a second of .Mjpeg films" },
    { name: "loop", help: "Begin again at the end" },
    { name: "no-burst", help: "Do not send the first half second ahead of time" },
    {
      name: "packet-size",
      value: "BYTES",
      default: "1400",
      help: "Longest RTP payload, but for the labs' whole frames",
    },
    {
      name: "lab-packet-size",
      value: "BYTES",
      help: "Send the labs' frames in pieces of at most this many bytes (default whole)",
    },
    {
      name: "chunk-size",
      value: "BYTES",
      default: "1000",
      help: "Bytes of sound in one datagram of the audio lab",
    },
    {
      name: "timeout",
      value: "TIME",
      default: "60s",
      help: "Forget a session after this long without a sign of life",
    },
    { name: "max-sessions", value: "N", default: "1000", help: "Sessions at the same time" },
    {
      name: "max-client-sessions",
      value: "N",
      default: "250",
      help: "Sessions at the same time of one client address",
    },
    { name: "list", help: "Print what would be served, and end" },
    { name: "verbose", short: "v", help: "Show each request and reply as it is on the wire" },
    { name: "explain", help: "Name the mistakes of each client when it leaves" },
    { name: "json", help: "Print one JSON object a line instead of text" },
    { name: "pcap", value: "FILE", help: "Write the packets of all sessions to a capture" },
    { name: "pcap-size", value: "SIZE", help: "Begin a new capture file at this size" },
  ],
  examples: [
    ["reel serve", "Serve what is in the current folder on port 8554"],
    [
      "reel serve media --port 5540 --verbose",
      "Another folder and port, and show the conversation",
    ],
    ["reel serve --list media", "What is in the folder, and what is wrong with it"],
  ],
  async run(args) {
    const { serve } = await import("./run.ts");
    return await serve(args);
  },
};
