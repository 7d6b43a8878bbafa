/**
 * What `reel inspect` takes.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";

/** The inspect role. */
export const INSPECT: Command = {
  name: "inspect",
  summary: "Say what happened on the wire, from a capture",
  forms: ["FILE...", "-"],
  positionals: [1, Infinity],
  description:
    "Reads captures (pcap, pcapng, plain or gzip; - is standard input) and tells which RTP streams " +
    "and RTSP conversations are in them, what was lost, late or doubled, how regular the packets " +
    "came, what RTCP said, and which mistakes were made, with frame numbers. Without signalling, " +
    "streams are found by their own consistency.",
  flags: [
    { name: "json", help: "Print everything as JSON" },
    { name: "ndjson", help: "Print one JSON object a line: capture, streams, findings" },
    { name: "csv", help: "Print one line a stream, comma-separated" },
    {
      name: "headers",
      help: "Print every RTP header field, one line a packet, as tshark would",
    },
    {
      name: "wireshark",
      help: "Print the table of tshark -z rtp,streams, computed as Wireshark 4.0 does",
    },
    {
      name: "no-heuristics",
      help: "With --headers or --wireshark: only what signalling names, as tshark without options",
    },
    { name: "rtsp", help: "Print the RTSP conversations as ladders" },
    {
      name: "stream",
      value: "N",
      help: "With --headers, --extract, --write, --rtpdump: only stream N",
    },
    { name: "from", value: "TIME", help: "Leave out frames before this time in the capture" },
    { name: "to", value: "TIME", help: "Leave out frames after this time in the capture" },
    { name: "frames", value: "A-B", help: "Leave out other frames" },
    {
      name: "rtp-port",
      value: "PORT",
      repeat: true,
      help: "Take what comes to or from this UDP port for RTP",
    },
    {
      name: "clock",
      value: "PT=NAME/RATE",
      repeat: true,
      help: "Say what a payload type is: 96=H264, 96=90000, 97=L16/48000/2",
    },
    { name: "thorough", help: "Let the rules look at every packet of captures over 200 MB" },
    { name: "no-rules", help: "Leave out the mistake rules" },
    {
      name: "html",
      value: "FILE",
      help:
        "Write a page with tables, charts, ladders and findings, one file that needs no network",
    },
    {
      name: "extract",
      value: "DIR",
      help: "Write the media: PCM and G.711 as WAV, JPEG as .Mjpeg or AVI, H.264 as .h264",
    },
    { name: "write", value: "FILE", help: "Write the frames of one stream to a capture" },
    { name: "rtpdump", value: "FILE", help: "Write the packets of one stream as rtpdump" },
  ],
  examples: [
    ["reel inspect lab.pcap", "What is in the capture, and what is wrong"],
    ["reel inspect --json lab.pcap", "The same for programs"],
    ["reel inspect --html report.html lab.pcap", "The same as a page with charts"],
    ["tcpdump -U -w - udp | reel inspect -", "Report on live traffic as it goes"],
    ["reel inspect --headers --stream 1 lab.pcap", "Every header of the first stream"],
    ["reel inspect --wireshark --clock 96=h264 lab.pcap", "Numbers to compare with Wireshark"],
    ["reel inspect --extract media lab.pcap", "What was heard and seen, in files"],
    ["reel inspect --stream 2 --write second.pcap lab.pcap", "One stream in a file of its own"],
  ],
  async run(args) {
    const { runInspect } = await import("./run.ts");
    return await runInspect(args);
  },
};
