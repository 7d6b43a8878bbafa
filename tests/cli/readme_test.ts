import { assertEquals, assertStringIncludes } from "@std/assert";
import { commandHelp } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/reel.ts";
import { withTables } from "../support/readme_tables.ts";

const README = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));

/** Tables may be padded by the formatter. */
function plain(text: string): string {
  return text.split("\n").map((line) =>
    line.startsWith("|") ? line.replace(/ *(?<!\\)\| */g, "|").replace(/-{3,}/g, "---") : line
  ).join("\n");
}

Deno.test("the README's flag tables are those of --help", () => {
  assertEquals(plain(README), plain(withTables(README)));
});

Deno.test("the README has an example of each role, and it is in the role's --help", () => {
  for (const command of COMMANDS) {
    const shown = command.examples.some(([line]) => README.includes(line.replace(/^reel /, "")));
    assertEquals([command.name, shown], [command.name, true]);
    for (const [line] of command.examples) assertStringIncludes(commandHelp(command), line);
  }
});
