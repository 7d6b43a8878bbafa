/**
 * Tests against real programs. Where one is missing the test is skipped, and says so in its name,
 * unless REEL_REQUIRE_PEERS=1 asks for all of them.
 *
 * @module
 */

/** Whether a program is on the PATH. */
export function hasProgram(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

/** A test that needs programs (their names separated by spaces). */
export function peerTest(
  programs: string,
  name: string,
  fn: (context: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = programs.split(" ").filter((program) => !hasProgram(program));
  const required = Deno.env.get("REEL_REQUIRE_PEERS") === "1";
  const ignore = missing.length > 0 && !required;
  Deno.test({ name: ignore ? `${name} (skipped: no ${missing.join(", ")})` : name, ignore, fn });
}

/** No peer runs longer than this in a test, in ms. */
const PEER_LIMIT_MS = 60_000;

/** Runs a program to its end and gives what it wrote. */
export async function runPeer(
  program: string,
  args: readonly string[],
): Promise<{ code: number; stuck: boolean; stdout: Uint8Array; text: string; errors: string }> {
  const command = new Deno.Command(program, {
    args: [...args],
    // A peer that hangs must not hang the tests.
    signal: AbortSignal.timeout(PEER_LIMIT_MS),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, signal, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return {
    code,
    stuck: signal === "SIGTERM",
    stdout,
    text: decoder.decode(stdout),
    errors: decoder.decode(stderr),
  };
}
