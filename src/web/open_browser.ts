/**
 * Opening an address in the browser of whoever runs Reel.
 *
 * @module
 */

/** Programs that open an address, by system. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Some openers stay until the browser is closed: after so many ms it is taken to have opened. */
const OPENED_AFTER_MS = 2000;

/** Opens `url` in the browser; false when there is no program that could. */
export async function openBrowser(url: string): Promise<boolean> {
  const [program = "xdg-open", ...args] = OPENERS[Deno.build.os] ?? [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const opener = new Deno.Command(program, {
      args: [...args, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    opener.unref();
    const stays = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), OPENED_AFTER_MS);
    });
    return await Promise.race([opener.status.then((status) => status.success), stays]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
