/**
 * The player's page beside the terminal.
 *
 * @module
 */

import type { Arguments } from "../cli/arguments.ts";
import { describeError, Failure, UsageError } from "../cli/failure.ts";
import { printError } from "../cli/terminal.ts";
import type { Player } from "../client/player.ts";
import type { PageServer } from "../web/page_server.ts";

/**
 * Whether there is to be a page: unless somebody says otherwise, where a person is at the terminal.
 *
 * @throws {UsageError} When the flags contradict each other.
 */
export function wantsPage(
  args: Arguments,
  { controllerPort }: { readonly controllerPort?: number },
  quiet: boolean,
): boolean {
  const asked = ["open", "paused", "page-port"].find((flag) => args.has(flag));
  if (args.has("no-page")) {
    if (asked === undefined || (asked === "paused" && args.has("prompt"))) return false;
    const hint = asked === "paused" ? ". Add --prompt to go on from the terminal" : "";
    throw new UsageError(`--${asked} needs the page that --no-page leaves out${hint}`);
  }
  if (controllerPort !== undefined) return false;
  return asked !== undefined || !quiet;
}

/**
 * Serves the page and says where.
 *
 * @throws {Failure} When its port is taken.
 */
export async function openPage(
  player: Player,
  args: Arguments,
  options: { wanted: boolean; onNotice(message: string): void; onIdle(): void },
): Promise<PageServer | undefined> {
  if (!options.wanted) return undefined;
  const { startPage } = await import("../web/page_server.ts");
  const port = args.port("page-port") ?? 0;
  let page: PageServer;
  try {
    page = startPage(player, {
      port,
      onIdle: options.onIdle,
      // Whoever sits at the prompt is there.
      ...(args.has("prompt") ? { idleMs: Infinity } : undefined),
    });
  } catch (error) {
    throw new Failure(
      `Cannot serve the page on TCP port ${port}: ${describeError(error)}. ` +
        "Choose another with --page-port, or none with --no-page",
      { cause: error },
    );
  }
  printError(`page: ${page.url}`);
  if (args.has("open")) {
    const { openBrowser } = await import("../web/open_browser.ts");
    // The browser takes its time: playing does not wait for it.
    openBrowser(page.url).then((opened) => {
      if (!opened) options.onNotice(`Cannot open a browser. Open ${page.url} yourself`);
    });
  }
  return page;
}
