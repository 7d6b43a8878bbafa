/**
 * Which stream goes to which kind of file. The ending of the name decides.
 *
 * @module
 */

import { UsageError } from "../cli/failure.ts";
import { isPictures, pcmFormat, type StreamFormat } from "./stream_format.ts";

/** A kind of file for a film. */
export type FilmKind = "lab-movie" | "avi" | "folder" | "h264";

/** What will be written. Names are patterns (see `expandName`). */
export interface OutputPlan {
  /** Index of the stream that becomes the film. */
  readonly film?: { readonly track: number; readonly kind: FilmKind; readonly name: string };
  /** Index of the stream that becomes the sound; in an AVI file its name is the film's. */
  readonly sound?: { readonly track: number; readonly name: string };
  /** A capture that is written because a stream can be kept in no other way. */
  readonly capture?: string;
  /** What a person should know: streams that are left out, and why. */
  readonly notes: readonly string[];
}

const FOLDER = /[/\\]$/;

/**
 * Plans the files. `name` is what the user gave, `isFolder` tells whether that is a folder that
 * exists.
 *
 * @throws {UsageError} When the ending is none that Reel writes.
 */
export function planOutput(
  streams: readonly StreamFormat[],
  name: string | undefined,
  isFolder: (path: string) => boolean,
): OutputPlan {
  const ending = endingOf(name, isFolder);
  const film = streams.findIndex((stream) => isPictures(stream) || stream.encoding === "H264");
  const sound = streams.findIndex((stream) => pcmFormat(stream) !== undefined);
  const stem = name === undefined
    ? "new"
    : ending === "folder"
    ? name.replace(FOLDER, "")
    : name.replace(/\.[^./\\]*$/, "");
  const notes: string[] = [];
  const filmPlan = planFilm(streams[film], film, ending, name, stem, notes);
  const soundPlan = planSound(streams[sound], sound, ending, name, stem, notes);
  streams.forEach((stream, i) => {
    if (i === film || i === sound) return;
    notes.push(
      isPictures(stream) || pcmFormat(stream) !== undefined
        ? `track ${i + 1} (${stream.encoding}) is a second ${stream.kind} track and is left out`
        : `track ${
          i + 1
        } (${stream.encoding}) is nothing that Reel decodes: kept in a capture only`,
    );
  });
  const undecodable = streams.some((stream) =>
    !isPictures(stream) && stream.encoding !== "H264" && pcmFormat(stream) === undefined
  );
  const capture = ending === "pcap" ? name : undecodable ? `${stem}.pcap` : undefined;
  return {
    ...(filmPlan === undefined ? undefined : { film: filmPlan }),
    ...(soundPlan === undefined ? undefined : { sound: soundPlan }),
    ...(capture === undefined ? undefined : { capture }),
    notes,
  };
}

type Ending = "none" | "wav" | "mjpeg" | "avi" | "h264" | "pcap" | "folder";

function endingOf(name: string | undefined, isFolder: (path: string) => boolean): Ending {
  if (name === undefined) return "none";
  if (FOLDER.test(name) || isFolder(name)) return "folder";
  const ending = /\.([^./\\]*)$/.exec(name)?.[1]?.toLowerCase();
  switch (ending) {
    case undefined:
      return "folder";
    case "wav":
    case "avi":
    case "pcap":
    case "mjpeg":
    case "h264":
      return ending;
    case "mjpg":
      return "mjpeg";
    case "264":
      return "h264";
    default:
      throw new UsageError(
        `reel record writes no .${ending} files. Give a name that ends in .wav, .Mjpeg, .avi, ` +
          `.h264 or .pcap, or a folder for single pictures`,
      );
  }
}

function planFilm(
  stream: StreamFormat | undefined,
  track: number,
  ending: Ending,
  name: string | undefined,
  stem: string,
  notes: string[],
): OutputPlan["film"] {
  if (stream === undefined || ending === "pcap") return undefined;
  if (ending === "wav") {
    notes.push("the film is left out: a .wav file holds sound alone");
    return undefined;
  }
  if (stream.encoding === "H264") {
    const path = ending === "folder" ? `${stem}/film.h264` : `${stem}.h264`;
    if (ending !== "h264" && ending !== "none") {
      notes.push(`the film is H.264, which Reel does not decode: kept as it is in ${path}`);
    }
    return { track, kind: "h264", name: ending === "h264" ? name! : path };
  }
  if (ending === "avi") return { track, kind: "avi", name: name! };
  if (ending === "folder") return { track, kind: "folder", name: stem };
  if (ending === "mjpeg") return { track, kind: "lab-movie", name: name! };
  if (ending === "h264") notes.push(`the film is JPEG and not H.264: kept in ${stem}.Mjpeg`);
  return { track, kind: "lab-movie", name: `${stem}.Mjpeg` };
}

function planSound(
  stream: StreamFormat | undefined,
  track: number,
  ending: Ending,
  name: string | undefined,
  stem: string,
  notes: string[],
): OutputPlan["sound"] {
  if (stream === undefined || ending === "pcap") return undefined;
  if (ending === "wav") return { track, name: name! };
  if (ending === "avi") {
    if ((stream.channels ?? 1) <= 2) return { track, name: name! };
    notes.push(`the sound has ${stream.channels} channels: kept beside the film in ${stem}.wav`);
  }
  return { track, name: ending === "folder" ? `${stem}/sound.wav` : `${stem}.wav` };
}
