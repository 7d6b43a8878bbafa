/** Imports go down: from a room only to itself and to rooms of a lower rank. */

import { assert, assertEquals } from "@std/assert";
import { walkSync } from "@std/fs";
import { fromFileUrl, relative } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/**
 * Ranks of the rooms. Those below 3 do no I/O, and use no timer, clock or randomness. `sdp` writes
 * control URLs and ranges as `rtsp` has them; `cli` and `web` show what `capture` and `diagnose` make.
 */
const RANKS: Readonly<Record<string, number>> = {
  types: 0,
  bytes: 0,
  rtp: 1,
  rtsp: 2,
  payload: 2,
  sdp: 2.5,
  media: 3,
  capture: 3,
  net: 3,
  diagnose: 3,
  web: 3.5,
  cli: 3.5,
  client: 4,
  serve: 5,
  play: 5,
  record: 5,
  inspect: 5,
  demo: 6,
};

/** Arrows that would be against the rule, were they not for types alone. */
const TYPES_ALLOWED: ReadonlySet<string> = new Set(["src/web -> src/client/player.ts"]);

interface Dependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
  readonly isDynamic?: boolean;
}

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Dependency[];
}

/** The modules of the program and of every file in `src/`, as Deno resolves them. */
async function readGraph(): Promise<Module[]> {
  const sources = [...walkSync(`${ROOT}src`, { exts: [".ts"], includeDirs: false })]
    .map(({ path }) => path).filter((path) => !path.endsWith(".d.ts"));
  // A module that imports all others, so that one graph holds them.
  const all = Deno.makeTempFileSync({ suffix: ".all.ts" });
  try {
    const lines = [`${ROOT}main.ts`, ...sources].map((path) => `import ${JSON.stringify(path)};\n`);
    Deno.writeTextFileSync(all, lines.join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${ROOT}deno.json`, all],
      cwd: ROOT,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const graph: { modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
    return graph.modules.filter(({ specifier }) => !specifier.endsWith(".all.ts"));
  } finally {
    Deno.removeSync(all);
  }
}

function pathOf(specifier: string): string | undefined {
  if (!specifier.startsWith("file:")) return undefined;
  const path = relative(ROOT, fromFileUrl(specifier));
  return !path.endsWith(".ts") || path.startsWith("..") || path.startsWith("node_modules")
    ? undefined
    : path;
}

/** `src/serve` of `src/serve/server.ts`; `src/reel.ts` and `main.ts` stand above all rooms. */
function roomOf(path: string): { name: string; rank: number } {
  const room = /^src\/([^/]+)\//.exec(path)?.[1];
  if (room === undefined) return { name: path, rank: path === "main.ts" ? 8 : 7 };
  const rank = RANKS[room];
  assert(rank !== undefined, `src/${room} has no rank`);
  return { name: `src/${room}`, rank };
}

Deno.test("imports go down only, and never from one role to another", async () => {
  const modules = await readGraph();
  const wrong: string[] = [];
  let arrows = 0;
  for (const { specifier, dependencies = [] } of modules) {
    const from = pathOf(specifier);
    if (from === undefined) continue;
    const room = roomOf(from);
    for (const { code, type } of dependencies) {
      const to = pathOf(code?.specifier ?? type?.specifier ?? "");
      if (to === undefined) continue;
      arrows++;
      const target = roomOf(to);
      if (room.name === target.name || target.rank < room.rank) continue;
      const typesOnly = code === undefined && TYPES_ALLOWED.has(`${room.name} -> ${to}`);
      if (!typesOnly) wrong.push(`${from} -> ${to}`);
    }
  }
  assert(arrows > 100, `only ${arrows} imports were seen`);
  assertEquals(wrong.toSorted(), []);
});

/** What the pure rooms must not touch. */
const IMPURE =
  /\bDeno\.|\bsetTimeout\b|\bsetInterval\b|\bperformance\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\.|\bfetch\(/;

Deno.test("below the rooms of rank 3 there is no I/O, timer, clock or randomness", () => {
  const wrong: string[] = [];
  for (const [room, rank] of Object.entries(RANKS)) {
    if (rank >= 3 || room === "types") continue;
    for (const { path } of walkSync(`${ROOT}src/${room}`, { exts: [".ts"], includeDirs: false })) {
      const code = Deno.readTextFileSync(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      const found = IMPURE.exec(code);
      if (found !== null) wrong.push(`${relative(ROOT, path)}: ${found[0]}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("no cycle of rooms of the same rank", async () => {
  const arrows = new Set<string>();
  for (const { specifier, dependencies = [] } of await readGraph()) {
    const from = pathOf(specifier);
    if (from === undefined) continue;
    for (const { code, type } of dependencies) {
      const to = pathOf(code?.specifier ?? type?.specifier ?? "");
      if (to === undefined) continue;
      const [source, target] = [roomOf(from).name, roomOf(to).name];
      if (source !== target) arrows.add(`${source} -> ${target}`);
    }
  }
  const cycles = [...arrows].filter((arrow) => {
    const [from, to] = arrow.split(" -> ");
    return arrows.has(`${to} -> ${from}`);
  });
  assertEquals(cycles, []);
});

Deno.test("the map in src/README.md shows these ranks", () => {
  const map = Deno.readTextFileSync(`${ROOT}src/README.md`);
  const shown = [...map.matchAll(/^\| (\d½?) +\| `(\w+)\/`/gm)].map(([, rank = "", room = ""]) => [
    room,
    Number(rank.replace("½", ".5")),
  ]);
  const { types: _types, ...rooms } = RANKS;
  assertEquals(Object.fromEntries(shown), rooms);
});
