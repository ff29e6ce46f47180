import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { host as hostSchema } from "../site/schema-words.ts";
import { openStream, pinOf, shownCertificate } from "./trust.ts";

const WITHIN_MS = 10_000;
const LINE_MAX = 8_192;
const PLACE = /^\[?(?<host>.+?)\]?:(?<port>\d{1,5})$/;

export interface PinTerminal {
  readonly clock: Clock;
  print(line: string): void;
  inTongue(words: Words): string;
  fail(words: Words): void;
}

/** `roomward targets pin HOST:PORT`: which public key a server shows, for the `pin` of a target. `isStartTls`: a mail server that begins plain. */
export async function pinCommand(place: string, isStartTls: boolean, terminal: PinTerminal): Promise<"done" | "failed" | "usage"> {
  const { host = "", port = "" } = PLACE.exec(place)?.groups ?? {};
  if (!hostSchema.safeParse(host).success || Number(port) < 1 || Number(port) > 65_535) return "usage";
  const { print, inTongue } = terminal;
  const socket = openStream({ host, port: Number(port), tls: false });
  // Whoever waits for it hears of it; afterwards nobody need.
  socket.on("error", () => undefined);
  const done = new AbortController();
  const late = terminal.clock.sleep(WITHIN_MS, done.signal).then(() => Promise.reject(new Error(`no answer in ${WITHIN_MS} ms`)));
  try {
    const certificate = await Promise.race([late, shownBy(host, socket, isStartTls)]);
    print(pinOf(certificate.raw));
    const { subject, issuer, validTo } = certificate;
    const names = [subject, issuer].map((name) => (name ?? "-").replaceAll("\n", ", "));
    print(
      inTongue({
        zh: `证书：${names[0]}；签发者：${names[1]}；有效期至 ${validTo}`,
        en: `certificate: ${names[0]}; issued by: ${names[1]}; valid to ${validTo}`,
      }),
    );
    print(inTongue(COMPARE));
    return "done";
  } catch (error) {
    terminal.fail({
      zh: `${place} 没有出示证书：${String(error)}。请检查地址、端口，以及是否需要 --starttls。`,
      en: `${place} shows no certificate: ${String(error)}. Check address and port, and whether it needs --starttls.`,
    });
    return "failed";
  } finally {
    late.catch(() => undefined);
    done.abort();
    socket.destroy();
  }
}

const COMPARE: Words = {
  zh: "这是网络上看到的。写入 pin 之前，请与服务器管理员核对：openssl x509 -in CERT.pem -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64",
  en: "This is what the network shows. Before it goes into pin, compare it with what the server's administrator reads: openssl x509 -in CERT.pem -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64",
};

async function shownBy(host: string, socket: Socket, isStartTls: boolean): Promise<X509Certificate> {
  await connected(socket);
  if (isStartTls) await startTls(socket);
  return shownCertificate(host, socket);
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

/** RFC 3207, as far as the handshake. */
async function startTls(socket: Socket): Promise<void> {
  for (const [say, yes] of [
    [null, "220"],
    ["EHLO roomward", "250"],
    ["STARTTLS", "220"],
  ] as const) {
    if (say !== null) socket.write(`${say}\r\n`);
    const said = await reply(socket);
    if (!said.startsWith(yes)) throw new Error(said.slice(0, 200));
  }
}

/** The last line of one answer of an SMTP server: its code, then a space. */
function reply(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (act: () => void): void => {
      socket.off("data", hear).off("error", fail).off("close", closed);
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const closed = (): void => settle(() => reject(new Error("closed")));
    const hear = (bytes: Buffer): void => {
      text += bytes.toString("latin1");
      const last = /^(\d{3} .*)\r?\n/m.exec(text)?.[1];
      if (last !== undefined) settle(() => resolve(last));
      else if (text.length > LINE_MAX) settle(() => reject(new Error("no mail server")));
    };
    socket.on("data", hear).on("error", fail).on("close", closed);
  });
}
