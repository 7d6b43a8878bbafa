import { run } from "./src/reel.ts";

Deno.exit(await run(Deno.args));
