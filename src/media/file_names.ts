/**
 * From a name that somebody sent to a file in the media folder, and to nothing outside it.
 *
 * @module
 */

import { join, SEPARATOR } from "@std/path";

/** Kinds of files that are served, by the end of their names. */
const FILM = /\.(mjpe?g|avi)$/i;
const SOUND = /\.wav$/i;

/** Media of which none of the formats is served. */
const FOREIGN_FILM = /\.(mp4|m4v|mov|mkv|webm|mpe?g|m2?ts|h26[45]|flv|wmv|ogv|3gp)$/i;
const FOREIGN_SOUND = /\.(mp3|m4a|aac|ogg|oga|opus|flac|wma|aiff?|au)$/i;

/** Folders deeper than this are not looked into. */
const MAX_DEPTH = 8;

/** Whether a file is served, by its name. */
export function isMediaName(name: string): boolean {
  return FILM.test(name) || SOUND.test(name);
}

/** Whether a file is a film, by its name. */
export function isFilmName(name: string): boolean {
  return FILM.test(name);
}

/** Why a file that looks like media is not served, by its name; undefined when it does not. */
export function foreignReason(name: string): string | undefined {
  const isFilm = FOREIGN_FILM.test(name);
  if (!isFilm && !FOREIGN_SOUND.test(name)) return undefined;
  const how = isFilm
    ? `-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le ${stem(name)}.avi`
    : `${stem(name)}.wav`;
  return `it is not served: only .Mjpeg, .mjpeg, .avi and .wav are. Convert it: ffmpeg -i ${name} ${how}`;
}

/** A name without its extension. */
export function stem(name: string): string {
  return name.replace(/\.[^./]*$/, "");
}

/**
 * The name as the folder has it ("Movie.MJPEG" gives "movie.Mjpeg"), with forward slashes; undefined
 * when there is no such file, it is nothing that is served, or it lies outside. A name without an
 * extension finds a film, or else a sound. Folders that are not there are passed over when the file is
 * in the folder itself: labs ask for "./videos/movie.Mjpeg".
 */
export function resolveName(folder: string, name: string): string | undefined {
  const parts = safeParts(name);
  if (parts === undefined) return undefined;
  const found = findParts(folder, parts) ?? findParts(folder, parts.slice(-1));
  return found !== undefined && isInside(folder, found) ? found : undefined;
}

/** Names of all files that are served, or of those that `isWanted` takes. */
export function listNames(
  folder: string,
  isWanted: (name: string) => boolean = isMediaName,
): string[] {
  const names: string[] = [];
  const visit = (prefix: string, depth: number): void => {
    for (const { name, isDirectory, isFile, isSymlink } of readFolder(join(folder, prefix))) {
      const path = prefix + name;
      if (name.startsWith(".")) continue;
      if (isDirectory && depth < MAX_DEPTH) visit(`${path}/`, depth + 1);
      else if ((isFile || isSymlink) && isWanted(name) && isInside(folder, path)) {
        names.push(path);
      }
    }
  };
  visit("", 1);
  return names.sort();
}

/** The sound that belongs to a film: the same name in the same folder, but for the extension. */
export function findSound(folder: string, film: string): string | undefined {
  const slash = film.lastIndexOf("/") + 1;
  const prefix = film.slice(0, slash);
  const wanted = stem(film.slice(slash));
  const sounds = readFolder(join(folder, prefix)).map(({ name }) => name)
    .filter((name) => SOUND.test(name));
  const name = sounds.find((sound) => stem(sound) === wanted) ??
    sounds.find((sound) => stem(sound).toLowerCase() === wanted.toLowerCase());
  return name !== undefined && isInside(folder, prefix + name) ? prefix + name : undefined;
}

/** Components of a name, or undefined when it tries to go where it should not. */
function safeParts(name: string): string[] | undefined {
  if (name.length > 1024 || name.startsWith("/") || /[\p{Cc}\\:]/u.test(name)) return undefined;
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0 || parts.length > MAX_DEPTH) return undefined;
  return parts.some((part) => part.startsWith(".")) ? undefined : parts;
}

function findParts(folder: string, parts: readonly string[]): string | undefined {
  let prefix = "";
  for (const part of parts.slice(0, -1)) {
    const name = match(readFolder(join(folder, prefix)).map((entry) => entry.name), part);
    if (name === undefined) return undefined;
    prefix += `${name}/`;
  }
  const names = readFolder(join(folder, prefix))
    .filter((entry) => !entry.isDirectory && isMediaName(entry.name)).map((entry) => entry.name);
  const last = parts.at(-1)!;
  const name = match(names, last) ?? matchStem(names.filter(isFilmName), last) ??
    matchStem(names, last);
  return name === undefined ? undefined : prefix + name;
}

function match(names: readonly string[], wanted: string): string | undefined {
  return names.find((name) => name === wanted) ??
    names.find((name) => name.toLowerCase() === wanted.toLowerCase());
}

function matchStem(names: readonly string[], wanted: string): string | undefined {
  return names.find((name) => stem(name) === wanted) ??
    names.find((name) => stem(name).toLowerCase() === wanted.toLowerCase());
}

/** Whether a file that is reached through links is still in the folder, and is a file. */
function isInside(folder: string, name: string): boolean {
  try {
    const root = Deno.realPathSync(folder);
    const path = Deno.realPathSync(join(folder, name));
    return path.startsWith(root.endsWith(SEPARATOR) ? root : root + SEPARATOR) &&
      Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Entries in the order of their names; none when it is no folder that can be read. */
function readFolder(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch {
    return [];
  }
}
