/** Lab clients in Python, as its sockets and its pickles really are. */

import { assertEquals } from "@std/assert";
import { MEDIA, startServer } from "../serve/lab_kit.ts";
import { peerTest, runPeer } from "./peer.ts";

/** A client of the hello lab that pickles with each protocol in turn. */
const HELLO = `
import pickle, socket, sys
for protocol in range(6):
    media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    media.bind(("127.0.0.1", 0))
    media.settimeout(5)
    port = media.getsockname()[1]
    control = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
    control.sendall(pickle.dumps(("none.Mjpeg", port), protocol))
    assert pickle.loads(control.recv(1024)) == -1
    control.sendall(pickle.dumps(("movie.Mjpeg", port), protocol))
    session = pickle.loads(control.recv(1024))
    control.sendall(pickle.dumps("Go", protocol))
    for number in range(1, 4):
        packet = media.recv(65536)
        assert packet[:2] == bytes([0x80, 26]), packet[:2]
        assert int.from_bytes(packet[2:4], "big") == number
        assert int.from_bytes(packet[8:12], "big") == session
        assert packet[12:14] == b"\\xff\\xd8"
    control.close()
print("done")
`;

/** A client of the RTSP lab that reads replies as numbers at fixed places. */
const RTSP = `
import socket, sys
media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
media.bind(("", 0))
media.settimeout(5)
control = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
cseq = 0
session = 0
def ask(method, last):
    global cseq
    cseq += 1
    control.send(("%s movie.Mjpeg RTSP/1.0\\nCSeq: %d\\n%s" % (method, cseq, last)).encode())
    lines = control.recv(256).decode().split("\\n")
    assert int(lines[0].split(" ")[1]) == 200, lines
    assert int(lines[1].split(" ")[1]) == cseq, lines
    return int(lines[2].split(" ")[1])
session = ask("SETUP", "Transport: RTP/UDP; client_port= %d" % media.getsockname()[1])
number = 0
for turn in range(2):
    assert ask("PLAY", "Session: %d" % session) == session
    for _ in range(4):
        packet = media.recv(20480)
        number += 1
        assert packet[2] * 256 + packet[3] == number
        assert packet[12:14] == b"\\xff\\xd8" and packet[-2:] == b"\\xff\\xd9"
    assert ask("PAUSE", "Session: %d" % session) == session
    media.setblocking(False)
    try:
        while True:
            media.recv(20480)
            number += 1
    except BlockingIOError:
        media.settimeout(5)
assert ask("TEARDOWN", "Session: %d" % session) == session
assert control.recv(256) == b""
print("done")
`;

async function runClient(script: string): Promise<void> {
  await using server = startServer(MEDIA);
  const { text, errors } = await runPeer("python3", ["-c", script, String(server.port)]);
  assertEquals([text, errors], ["done\n", ""]);
}

peerTest("python3", "a hello lab client pickles with each protocol of Python", () => {
  return runClient(HELLO);
});

peerTest("python3", "an RTSP lab client in Python plays, pauses, goes on and leaves", () => {
  return runClient(RTSP);
});
