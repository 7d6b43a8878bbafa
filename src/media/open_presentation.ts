/**
 * Files opened as a presentation.
 *
 * @module
 */

import { basename } from "@std/path";
import { isAvi, openAvi } from "./avi.ts";
import { type ByteSource, FileSource } from "./byte_source.ts";
import { carriable, conversionNote } from "./carriable.ts";
import { FilmTrack } from "./film_track.ts";
import { type FrameIndex, MediaError } from "./frame_index.ts";
import { indexLabMovie, isLabMovie } from "./lab_movie.ts";
import { LruCache } from "./lru.ts";
import { indexMjpeg } from "./mjpeg.ts";
import type { AudioTrack, Presentation, VideoTrack } from "./presentation.ts";
import type { SoundTrack } from "./sound_track.ts";
import { isWav, openWav } from "./wav.ts";

/** Frames a second of films that do not say it: the lab's. */
export const DEFAULT_FRAME_RATE = 20;

/** How files are opened. */
export interface OpenOptions {
  /** Frames a second of films that do not say it. Default 20. */
  readonly frameRate?: number;
}

/** Files that make up a presentation. */
export interface PresentationFiles {
  /** Its name in the media folder. */
  readonly name: string;
  /** The film, or the sound where it stands alone. */
  readonly main: string;
  /** The sound beside the film. */
  readonly sound?: string;
}

/** Notes that are kept. */
const MAX_NOTES = 10;

/** Where frames stand in films that were opened before, by the files' paths and states. */
export type IndexCache = LruCache<string, FrameIndex>;

interface Content {
  readonly video?: VideoTrack;
  readonly audio?: AudioTrack;
  readonly notes: readonly string[];
}

/**
 * Opens files. They stay open until the presentation is disposed. Long films are not looked through
 * again when `indexes` knows them.
 *
 * @throws {MediaError} When the main file holds nothing that can be served.
 */
export function openPresentation(
  files: PresentationFiles,
  options: OpenOptions = {},
  indexes: IndexCache = new LruCache(1),
): Presentation {
  const sources = new DisposableStack();
  try {
    const main = readContent(files.main, sources, options, indexes);
    const { video, notes } = main;
    let { audio } = main;
    const allNotes = notes.map((note) => `${basename(files.main)}: ${note}`);
    let soundPath = files.main;
    if (files.sound !== undefined && audio === undefined) {
      try {
        const sound = readContent(files.sound, sources, options, indexes);
        audio = sound.audio;
        soundPath = files.sound;
        allNotes.push(...sound.notes.map((note) => `${basename(files.sound!)}: ${note}`));
      } catch (error) {
        if (!(error instanceof MediaError)) throw error;
        allNotes.push(`${basename(files.sound)} is left out: ${error.message}`);
      }
    }
    const tracks = [video, audio].filter((track) => track !== undefined);
    const opened = sources.move();
    return {
      name: files.name,
      tracks,
      duration: Math.max(...tracks.map(trackDuration)),
      notes: shorten(allNotes),
      path: soundPath,
      [Symbol.dispose]: () => opened.dispose(),
    };
  } catch (error) {
    sources.dispose();
    throw error;
  }
}

/** A track's length in seconds. */
export function trackDuration(track: VideoTrack | AudioTrack): number {
  return track.kind === "video"
    ? track.frameCount / track.frameRate
    : track.sampleCount / track.sampleRate;
}

/** Tells a file by its first bytes: `.mjpeg` may be the lab's format or JPEGs in a row. */
function readContent(
  path: string,
  sources: DisposableStack,
  { frameRate = DEFAULT_FRAME_RATE }: OpenOptions,
  indexes: IndexCache,
): Content {
  const source = sources.use(new FileSource(path));
  const head = source.read(0, 16);
  if (isWav(head)) {
    const { track, notes } = openWav(source);
    if (track.sampleCount === 0) throw new MediaError("it holds no samples");
    return { audio: track, notes };
  }
  if (isAvi(head)) {
    const avi = openAvi(source);
    if (avi.frames.length === 0 && avi.sound === undefined) {
      throw new MediaError("it holds neither pictures nor sound");
    }
    return {
      ...(avi.frames.length === 0
        ? { notes: avi.notes }
        : film(source, avi, avi.frameRate ?? frameRate)),
      ...(avi.sound === undefined ? undefined : { audio: avi.sound satisfies SoundTrack }),
    };
  }
  const index = indexes.get(
    `${path} ${source.state}`,
    () => isLabMovie(head) ? indexLabMovie(source) : indexMjpeg(source),
  );
  return film(source, index, frameRate);
}

function film(source: ByteSource, index: FrameIndex, frameRate: number): Content {
  if (index.frames.length === 0) {
    throw new MediaError(index.notes[0] ?? "it is no film and no sound that Reel knows");
  }
  const video = new FilmTrack(source, index.frames, frameRate, carriable);
  const conversion = conversionNote(video.frame(0));
  return { video, notes: conversion === undefined ? index.notes : [...index.notes, conversion] };
}

/** A badly damaged file has more to say than anybody reads. */
function shorten(notes: readonly string[]): readonly string[] {
  if (notes.length <= MAX_NOTES) return notes;
  const rest = notes.length - MAX_NOTES;
  return [...notes.slice(0, MAX_NOTES), `and ${rest} more of the kind`];
}
