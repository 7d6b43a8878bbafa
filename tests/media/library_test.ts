import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encodeText } from "../../src/bytes/text.ts";
import { MediaError } from "../../src/media/frame_index.ts";
import { MediaLibrary } from "../../src/media/library.ts";
import { makeJpeg } from "../payload/jpegs.ts";
import { labMovie, wavFile, withFolder } from "./files.ts";

const FRAMES = [1, 2, 3, 4].map((n) => makeJpeg({ scan: new Uint8Array(n * 100) }));
const FILM = labMovie(FRAMES);
const SOUND = wavFile({}, new Uint8Array(44100 * 4));

const FILES = {
  "media/movie.Mjpeg": FILM,
  "media/movie.wav": SOUND,
  "media/alone.wav": SOUND,
  "media/raw.mjpeg": FRAMES[0]!,
  "media/Both.avi": FRAMES[0]!,
  "media/both.avi": FILM,
  "media/sub/inner.Mjpeg": FILM,
  "media/sub/inner.WAV": SOUND,
  "media/.hidden.wav": SOUND,
  "media/.git/x.wav": SOUND,
  "media/100%.wav": SOUND,
  "media/notes.txt": encodeText("no media"),
  "media/dir.wav/readme": encodeText("no media"),
  "outside/secret.wav": SOUND,
  "media-2/secret.wav": SOUND,
};

function withLibrary(test: (library: MediaLibrary, folder: string) => void): void {
  withFolder(FILES, (folder) => {
    Deno.symlinkSync("../outside/secret.wav", `${folder}/media/link.wav`);
    Deno.symlinkSync("../outside", `${folder}/media/folder`);
    Deno.symlinkSync("alone.wav", `${folder}/media/inside.wav`);
    Deno.symlinkSync("nowhere.wav", `${folder}/media/broken.wav`);
    test(new MediaLibrary(`${folder}/media`), folder);
  });
}

function openedName(library: MediaLibrary, name: string): string | undefined {
  using presentation = library.open(name);
  return presentation?.name;
}

Deno.test("names that find a file", () => {
  withLibrary((library) => {
    const rows: [string, string][] = [
      ["movie.Mjpeg", "movie.Mjpeg"],
      ["movie.mjpeg", "movie.Mjpeg"],
      ["MOVIE.MJPEG", "movie.Mjpeg"],
      ["movie", "movie.Mjpeg"],
      ["Movie", "movie.Mjpeg"],
      ["movie.wav", "movie.wav"],
      ["alone", "alone.wav"],
      ["both.avi", "both.avi"],
      ["Both.avi", "Both.avi"],
      ["./movie.Mjpeg", "movie.Mjpeg"],
      ["./videos/movie.Mjpeg", "movie.Mjpeg"],
      ["a/b/c/movie.Mjpeg", "movie.Mjpeg"],
      ["movie.Mjpeg/", "movie.Mjpeg"],
      ["sub/inner.Mjpeg", "sub/inner.Mjpeg"],
      ["SUB/INNER", "sub/inner.Mjpeg"],
      ["sub//./inner.Mjpeg", "sub/inner.Mjpeg"],
      ["100%.wav", "100%.wav"],
      ["inside.wav", "inside.wav"],
    ];
    for (const [name, found] of rows) assertEquals(openedName(library, name), found, name);
  });
});

Deno.test("names that find nothing", () => {
  withLibrary((library, folder) => {
    const names = [
      "",
      ".",
      "..",
      "/",
      "//",
      "nothing.wav",
      "inner.Mjpeg",
      "notes.txt",
      "notes",
      "../outside/secret.wav",
      "../media/movie.Mjpeg",
      "sub/../movie.Mjpeg",
      "sub/../../outside/secret.wav",
      "..\\outside\\secret.wav",
      "sub\\inner.Mjpeg",
      "%2e%2e/outside/secret.wav",
      "%2e%2e%2foutside%2fsecret.wav",
      "movie%00.wav",
      "movie.Mjpeg\0",
      "movie.Mjpeg\0.wav",
      "movie.Mjpeg\r\nX: y",
      "/etc/passwd",
      "/movie.Mjpeg",
      `${folder}/media/movie.Mjpeg`,
      `${folder}/outside/secret.wav`,
      "file:///movie.Mjpeg",
      "C:movie.Mjpeg",
      "secret.wav",
      "../media-2/secret.wav",
      "link.wav",
      "link",
      "folder/secret.wav",
      "folder",
      "broken.wav",
      ".hidden.wav",
      ".hidden",
      ".git/x.wav",
      "dir.wav",
      "sub",
      "a/".repeat(600) + "movie.Mjpeg",
      "x".repeat(5000),
    ];
    for (const name of names) assertEquals(openedName(library, name), undefined, name);
  });
});

Deno.test("no name opens anything that is not listed", () => {
  withLibrary((library) => {
    const listed = new Set(library.list());
    const part = fc.constantFrom("..", ".", "", "sub", "folder", "movie", ".wav", "%2e", "\\", "x");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom("/", ""), (parts, glue) => {
        const name = openedName(library, parts.join(glue));
        assert(name === undefined || listed.has(name));
      }),
      { seed: 404, numRuns: 500 },
    );
  });
});

Deno.test("the list names what can be opened, in order", () => {
  withLibrary((library) => {
    const names = library.list();
    assertEquals(names, [
      "100%.wav",
      "Both.avi",
      "alone.wav",
      "both.avi",
      "inside.wav",
      "movie.Mjpeg",
      "movie.wav",
      "raw.mjpeg",
      "sub/inner.Mjpeg",
      "sub/inner.WAV",
    ]);
    for (const name of names) assertEquals(openedName(library, name), name);
    assertEquals(new MediaLibrary("/nonexistent-folder").list(), []);
  });
});

Deno.test("a film comes with its sound; each half can be had alone", () => {
  withLibrary((library, folder) => {
    const kinds = (name: string): string[] => {
      using presentation = library.open(name);
      return presentation!.tracks.map(({ kind }) => kind);
    };
    assertEquals(kinds("movie"), ["video", "audio"]);
    assertEquals(kinds("movie.Mjpeg"), ["video", "audio"]);
    assertEquals(kinds("sub/inner.Mjpeg"), ["video", "audio"]);
    assertEquals(kinds("movie.wav"), ["audio"]);
    assertEquals(kinds("raw.mjpeg"), ["video"]);
    using movie = library.open("movie")!;
    assertEquals(movie.duration, 1);
    assertEquals(movie.path, `${folder}/media/movie.wav`);
    const [video] = movie.tracks;
    assert(video?.kind === "video");
    assertEquals([video.frameRate, video.frameCount, video.width, video.height], [20, 4, 64, 48]);
    assertEquals(video.maxFrameBytes, FRAMES[3]!.length);
    assertEquals([0, 1, 2, 3].map((i) => video.frame(i)), FRAMES);
    assertEquals(video.carriableFrame(2), FRAMES[2]);
    assertThrows(() => video.frame(4), RangeError);
    assertThrows(() => video.frame(-1), RangeError);
    using slow = new MediaLibrary(`${folder}/media`, { frameRate: 5 }).open("raw.mjpeg")!;
    assertEquals(slow.duration, 0.2);
  });
});

Deno.test("what several watch is opened once and closed after the last", () => {
  withLibrary((library) => {
    const first = library.open("movie")!;
    const second = library.open("movie.Mjpeg")!;
    assert(first.tracks[0] === second.tracks[0]);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const [video] = second.tracks;
    assert(video?.kind === "video");
    assertEquals(video.frame(0), FRAMES[0]);
    second[Symbol.dispose]();
    assertThrows(() => video.frame(3), Deno.errors.BadResource);
    using third = library.open("movie")!;
    assert(third.tracks[0] !== video);
  });
});

Deno.test("a file that was replaced is opened anew", () => {
  withLibrary((library, folder) => {
    using before = library.open("raw.mjpeg")!;
    Deno.writeFileSync(`${folder}/media/next`, labMovie(FRAMES.slice(0, 2)));
    Deno.renameSync(`${folder}/media/next`, `${folder}/media/raw.mjpeg`);
    using after = library.open("raw.mjpeg")!;
    const count = (presentation: typeof before): number => {
      const [track] = presentation.tracks;
      return track?.kind === "video" ? track.frameCount : 0;
    };
    assertEquals([count(before), count(after)], [1, 2]);
  });
});

Deno.test("a damaged film is served as far as it is whole, and says so", () => {
  const damaged = { "film.Mjpeg": FILM.subarray(0, -5), "film.wav": encodeText("RIFF") };
  withFolder(damaged, (folder) => {
    using film = new MediaLibrary(folder).open("film")!;
    const [video] = film.tracks;
    assert(video?.kind === "video");
    assertEquals(video.frameCount, 3);
    assertEquals(film.tracks.length, 1);
    assertEquals(film.notes.length, 2);
    assert(film.notes[0]!.startsWith("film.Mjpeg: frame 4 is cut"));
    assert(film.notes[1]!.startsWith("film.wav is left out"));
  });
});

Deno.test("for a frame that is damaged inside, one beside it is shown", () => {
  const damaged = makeJpeg({ frameType: 0xc9 });
  withFolder(
    { "film.Mjpeg": labMovie([damaged, FRAMES[0]!, damaged, damaged, FRAMES[1]!]) },
    (folder) => {
      using film = new MediaLibrary(folder).open("film")!;
      const [video] = film.tracks;
      assert(video?.kind === "video");
      assertEquals(video.frame(2), damaged);
      assertEquals(
        [0, 1, 2, 3, 4].map((i) => video.carriableFrame(i)),
        [FRAMES[0], FRAMES[0], FRAMES[0], FRAMES[0], FRAMES[1]],
      );
    },
  );
});

Deno.test("a file with nothing in it is an error that says why", () => {
  const files = {
    "empty.Mjpeg": new Uint8Array(),
    "empty.wav": new Uint8Array(),
    "text.avi": encodeText("this is no film"),
    "riff.avi": encodeText("RIFF\x10\0\0\0AVI LIST\x04\0\0\0movi"),
    "header.wav": wavFile({}, new Uint8Array()),
    "frame.mjpeg": encodeText("00009\xff\xd8"),
  };
  withFolder(files, (folder) => {
    for (const name of Object.keys(files)) {
      const error = assertThrows(() => new MediaLibrary(folder).open(name), MediaError);
      assert(error.message.length > 10, name);
    }
  });
});
