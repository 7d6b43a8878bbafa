/**
 * What `reel record` takes.
 *
 * @module
 */

import type { Arguments } from "../cli/arguments.ts";
import type { Command } from "../cli/command.ts";
import { UsageError } from "../cli/failure.ts";

/** The record role. */
export const RECORD: Command = {
  name: "record",
  summary: "Keep what an RTSP server sends in files",
  forms: ["URL", "--listen PORT"],
  positionals: [0, 1],
  description:
    "Sound goes to new.wav and film to new.Mjpeg, or where -o says: the ending of the name decides " +
    "(.wav, .Mjpeg for the lab's format, .avi for film and sound together, .h264, .pcap for " +
    "packets alone, a folder for single pictures). Lost sound becomes silence and lost pictures are " +
    "held, so that the time stays right. The files can be opened at every moment, whatever happens.",
  flags: [
    {
      name: "output",
      short: "o",
      value: "NAME",
      help: "File or folder; %Y %m %d %H %M %S stand for date and time, %03d for the part's number",
    },
    { name: "duration", short: "d", value: "TIME", help: "Stop after so long: 10, 10s, 1m30s, 1h" },
    { name: "split", value: "TIME", help: "Go on in a new file after every so much media" },
    { name: "append", help: "Go on at the end of the files that are there" },
    { name: "force", help: "Replace the files that are there" },
    { name: "pcap", value: "FILE", help: "Also keep every packet, for Wireshark" },
    {
      name: "pcap-size",
      value: "SIZE",
      help: "Go on in a new capture file at this size: 64k, 10M",
    },
    { name: "report", value: "FILE", help: "Write counts and gaps to this file, as JSON" },
    { name: "json", help: "Print the report as one JSON object" },
    {
      name: "idle",
      value: "TIME",
      help:
        "Stop when nothing comes for so long (default 20s, from lab servers 3s; --listen 30s after the " +
        "first packet, but not in the audio lab)",
    },
    { name: "reconnect", help: "When the server is gone, try again and go on in the next file" },
    { name: "transport", value: "udp|tcp", help: "How media comes; without it UDP, then TCP" },
    { name: "dialect", value: "NAME", help: "Take the server for standard, lab or hello" },
    { name: "listen", value: "PORT", help: "Record what is sent to this UDP port, without RTSP" },
    { name: "host", value: "ADDRESS", default: "0.0.0.0", help: "Address that --listen binds" },
    {
      name: "format",
      value: "FORMAT",
      help:
        "What --listen gets: labelled (audio lab), lab (whole frames), jpeg, h264, L16/44100/2; " +
        "without it the payload type tells",
    },
    { name: "sdp", value: "FILE", help: "Session description of what --listen gets" },
    { name: "no-audio", help: "Do not play the audio lab's sound through aplay" },
  ],
  examples: [
    ["reel record rtsp://127.0.0.1:8554/movie.Mjpeg -o movie.avi", "Film and sound in one file"],
    ["reel record rtsp://camera/ -o cam-%Y%m%d-%H%M%S.avi --split 10m", "A file every ten minutes"],
    ["reel record --listen 25001", "The audio lab's receiver"],
  ],
  async run(args: Arguments) {
    const { readOptions } = await import("./options.ts");
    const options = readOptions(args);
    const port = args.port("listen");
    const [url] = args.positionals;
    if (port !== undefined) {
      if (url !== undefined) throw new UsageError("--listen records without a URL");
      const { listen } = await import("./listen.ts");
      return await listen(args.text("host") ?? "0.0.0.0", port, options);
    }
    if (url === undefined) {
      throw new UsageError("reel record takes a URL, or --listen PORT to wait for media");
    }
    if (options.format !== undefined || options.sdp !== undefined) {
      throw new UsageError(
        "--format and --sdp go with --listen: a server describes its media itself",
      );
    }
    const { recordUrl } = await import("./record_url.ts");
    return await recordUrl(url, options, {
      transport: args.choice("transport", ["udp", "tcp"]),
      dialect: args.choice("dialect", ["standard", "lab", "hello"]),
    });
  },
};
