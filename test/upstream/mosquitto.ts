import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { freePort, listening, type Peer, startPeer } from "../peers/peer.ts";

export const USER = "room";
export const PASSWORD = "correct horse";

/** A certificate for `localhost` that is its own authority. */
export function selfSigned(folder: string): { readonly key: string; readonly cert: string; readonly pem: string } {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-out", cert, "-days", "2", ...subject], { stdio: "ignore" });
  return { key, cert, pem: readFileSync(cert, "utf8") };
}

export interface Mosquitto {
  readonly plain: number;
  readonly tls: number;
  readonly ca: string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  log(): string;
  /** Everything below these topics from now on, as `retained topic payload` (payload in hex when asked). */
  subscribe(topics: readonly string[], isHex?: boolean): Promise<Subscriber>;
  publish(topic: string, payload: Buffer): void;
}

export interface Subscriber {
  lines(): readonly string[];
  stop(): Promise<void>;
}

/** The Debian broker with a password, plain and TLS, that forgets everything when it stops. Nobody may write below `forbidden/`. */
export async function mosquitto(folder: string): Promise<Mosquitto> {
  const [plain, tls] = [await freePort(), await freePort()];
  const { key, cert, pem } = selfSigned(folder);
  const file = (name: string): string => join(folder, name);
  execFileSync("mosquitto_passwd", ["-b", "-c", file("passwords"), USER, PASSWORD]);
  writeFileSync(
    file("mosquitto.conf"),
    `user root
allow_anonymous false
password_file ${file("passwords")}
acl_file ${file("acl")}
log_type all
listener ${plain} 127.0.0.1
listener ${tls} 127.0.0.1
certfile ${cert}
keyfile ${key}
`,
  );
  writeFileSync(file("acl"), `user ${USER}\ntopic readwrite roomward/#\ntopic readwrite spBv1.0/#\n`);
  let peer: Peer | null = null;
  const login = ["-h", "127.0.0.1", "-p", String(plain), "-u", USER, "-P", PASSWORD, "-V", "mqttv5"];
  return {
    plain,
    tls,
    ca: pem,
    async start() {
      peer = await startPeer("mosquitto", ["-c", file("mosquitto.conf")], { ready: () => listening(plain) });
    },
    async stop(signal) {
      await peer?.stop(signal);
    },
    log: () => peer?.output() ?? "",
    async subscribe(topics, isHex = false) {
      const below = topics.flatMap((topic) => ["-t", topic]);
      // Only -d tells that the subscription was answered; into a pipe it would keep its lines.
      const sub = await startPeer(
        "stdbuf",
        ["-oL", "mosquitto_sub", ...login, "-d", "-q", "1", ...below, "-F", `>>%r %t %${isHex ? "x" : "p"}`],
        {
          ready: (output) => output.includes("Subscribed (mid"),
        },
      );
      const lines = (): readonly string[] =>
        sub
          .output()
          .split("\n")
          .filter((line) => line.startsWith(">>"))
          .map((line) => line.slice(2));
      return { lines, stop: () => sub.stop() };
    },
    publish: (topic, payload) => {
      execFileSync("mosquitto_pub", [...login, "-t", topic, "-s"], { input: payload });
    },
  };
}

export interface Cable {
  readonly port: number;
  /** Both ends see a reset, as when the process is killed or a cable pulled. */
  cut(): void;
  /** Bytes from the far end get lost from now on; the connection stands. */
  mute(isMute: boolean): void;
  close(): void;
}

/** The way to a port, to be cut. */
export async function cable(to: number): Promise<Cable> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isMute = false;
  const server = createServer((near) => {
    const far = createConnection({ host: "127.0.0.1", port: to });
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.on("data", (bytes) => void (isMute || near.write(bytes)));
    for (const socket of pair) {
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const [near, far] of pairs) {
      far.resetAndDestroy();
      near.destroy();
    }
  };
  return {
    port,
    cut,
    mute: (now) => {
      isMute = now;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
