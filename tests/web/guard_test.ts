import { assertEquals, assertFalse, assertNotEquals } from "@std/assert";
import { isHostAllowed, isOriginAllowed, newToken, sameToken } from "../../src/web/guard.ts";

Deno.test("only addresses and localhost may stand in Host, with the right port", () => {
  const allowed = ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "192.168.1.7:8000"];
  for (const host of allowed) assertEquals(isHostAllowed(host, 8000), true, host);
  const refused = [
    null,
    "",
    "evil.example:8000",
    "127.0.0.1.evil.example:8000",
    "localhost.evil.example:8000",
    "127.0.0.1:8001",
    "127.0.0.1",
    "127.0.0.1:8000@evil.example",
    "localhost:8000 ",
  ];
  for (const host of refused) assertEquals(isHostAllowed(host, 8000), false, String(host));
});

Deno.test("a WebSocket is only for pages of the same origin", () => {
  assertEquals(isOriginAllowed("http://127.0.0.1:8000", "127.0.0.1:8000"), true);
  assertFalse(isOriginAllowed("http://evil.example", "127.0.0.1:8000"));
  assertFalse(isOriginAllowed("null", "127.0.0.1:8000"));
  assertFalse(isOriginAllowed(null, "127.0.0.1:8000"));
});

Deno.test("tokens are long, and differ", () => {
  assertEquals(/^[0-9a-f]{32}$/.test(newToken()), true);
  assertNotEquals(newToken(), newToken());
  assertEquals(sameToken("abc", "abc"), true);
  for (const other of ["", "abd", "ab", "abcd", "abcabc"]) {
    assertFalse(sameToken("abc", other), other);
    assertFalse(sameToken(other, "abc"), other);
  }
});
