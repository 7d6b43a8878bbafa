/**
 * Captures that lie beside the repository. Tests that need them skip by name where they are missing.
 */

const FOLDER = new URL("../../../shared/captures/", import.meta.url);

function exists(): boolean {
  try {
    return Deno.statSync(FOLDER).isDirectory;
  } catch {
    return false;
  }
}

const isPresent = exists();

/** Names of the files in a folder of the captures ("dev", "robust"); empty where there is none. */
export function sharedFiles(folder: string): string[] {
  if (!isPresent) return [];
  return [...Deno.readDirSync(new URL(`${folder}/`, FOLDER))].map(({ name }) => name).sort();
}

/** The path of a file in a folder of the captures. */
export function sharedPath(folder: string, name: string): URL {
  return new URL(`${folder}/${name}`, FOLDER);
}

/** A test that needs the captures. */
export function sharedTest(name: string, test: (context: Deno.TestContext) => Promise<void>): void {
  Deno.test({
    name: isPresent ? name : `${name} (skipped: no ../shared/captures)`,
    ignore: !isPresent,
    fn: test,
  });
}
