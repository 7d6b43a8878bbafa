/**
 * What `reel play` takes.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";

/** The player's role. */
export const PLAY: Command = {
  name: "play",
  summary: "Play what an RTSP server sends, and say how it came",
  forms: ["URL", "HOST PORT RTP_PORT FILE"],
  positionals: [1, 4],
  description:
    "Plays from any RTSP server: standard ones (DESCRIBE, SETUP, PLAY), the labs' (SETUP, PLAY), the " +
    "hello lab's and the audio lab's. The current picture is in cache-<session>.jpg, the sound goes " +
    "to new.wav and to aplay. At the end come the numbers. The exit code is 1 when the server could not " +
    "be played or a command at the prompt failed; a word that the prompt does not know changes nothing.",
  flags: [
    { name: "duration", short: "d", value: "TIME", help: "Stop after this long" },
    { name: "start", value: "TIME", help: "Begin at this position" },
    {
      name: "out",
      short: "o",
      value: "DIR",
      default: ".",
      help: "Folder of the cache picture and new.wav",
    },
    { name: "no-audio", help: "Do not feed aplay" },
    {
      name: "dialect",
      value: "NAME",
      help: "Speak this dialect instead of finding out: standard, lab, audio-lab or hello",
    },
    {
      name: "transport",
      value: "NAME",
      help: "udp or tcp (default udp, then tcp when nothing arrives)",
    },
    {
      name: "rtsp-version",
      value: "VERSION",
      default: "1.0",
      help: "1.0 or 2.0, for standard servers",
    },
    { name: "rtp-port", value: "PORT", help: "Receive on this UDP port (default any free)" },
    {
      name: "controller",
      value: "PORT",
      help: "Control only, from a prompt: the media goes to this UDP port of this machine",
    },
    {
      name: "timeout",
      value: "TIME",
      default: "5s",
      help:
        "Longest wait for a reply or a first packet; without --dialect, the lab's is tried after 2.5s",
    },
    {
      name: "prompt",
      help:
        "Take setup, play, pause, teardown, describe, stats, help, quit from the terminal or a pipe",
    },
    { name: "open", help: "Open the player's page in the browser" },
    { name: "paused", help: "Wait for SETUP and PLAY from the page or the prompt" },
    { name: "no-page", help: "Serve no page" },
    { name: "page-port", value: "PORT", help: "TCP port of the page (default any free)" },
    { name: "explain", help: "Name the server's mistakes at the end" },
    { name: "verbose", short: "v", help: "Show each request and reply as it is on the wire" },
    { name: "json", help: "Print one JSON object at the end instead of text" },
    {
      name: "events",
      help:
        "Print one JSON object a line for each message, RTP packet, picture, change and mistake",
    },
    { name: "pcap", value: "FILE", help: "Write the session's packets to a capture" },
    { name: "pcap-size", value: "SIZE", help: "Begin a new capture file at this size" },
  ],
  examples: [
    ["reel play rtsp://127.0.0.1:8554/movie.Mjpeg", "Play a film with its sound"],
    [
      "reel play 127.0.0.1 8554 25000 movie.Mjpeg",
      "The labs' form: the server speaks the lab's dialect",
    ],
    [
      "reel play rtsp://127.0.0.1:8554/movie.Mjpeg --prompt",
      "Drive it by typing setup, play, pause, teardown",
    ],
    [
      "reel play rtsp://127.0.0.1:30000/default.wav --controller 25001",
      "The audio lab's controller; reel record --listen 25001 is its receiver",
    ],
  ],
  async run(args) {
    const { play } = await import("./run.ts");
    return await play(args);
  },
};
