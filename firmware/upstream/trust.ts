import { createHash, X509Certificate } from "node:crypto";
import { lookup } from "node:dns";
import { createConnection, isIP, type LookupFunction, type Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import type { Words } from "../contract/alarm.ts";
import type { Reach } from "../site/reach.ts";

// Whoever opens a connection to a target asks here whom it may reach.

/** Whom a connection to a target may reach: who vouches for it, which key it has, where it is. */
export interface Trust {
  /** PEM of a private certificate authority. */
  readonly ca?: string | undefined;
  /** One of these keys it must have as well; see `pinOf`. */
  readonly pin?: readonly string[] | undefined;
  /** Absent: anywhere. */
  readonly reach?: Reach | undefined;
}

/** Trouble of ours with whom a connection would reach: nothing was sent. The message is for people, in both languages. */
class Untrusted extends Error {
  /** As the system would call it: no such certificate, no such address. */
  readonly code: "EPROTO" | "ENOTFOUND";

  constructor(name: "PIN_DIFFERS" | "NOT_IN_NETWORK_TARGETS", words: Words) {
    super(`${name}: ${words.zh} · ${words.en}`);
    this.name = name;
    this.code = name === "PIN_DIFFERS" ? "EPROTO" : "ENOTFOUND";
  }
}

/** What a person is told of an error where the dialect has nothing to add: our own words, or the system's code. */
export function toldOf(error: Error): string | null {
  return error instanceof Untrusted ? error.message : null;
}

/** SHA-256 of the public key of a certificate (DER), as base64: the `pin-sha256` of RFC 7469. */
export function pinOf(certificate: Buffer): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** What is given to TLS beside the address. It holds for names, dates and authorities as always; the pin comes on top. */
export function tlsOf({ ca, pin }: Trust): Pick<ConnectionOptions, "ca" | "checkServerIdentity"> {
  return { ...(ca === undefined ? {} : { ca }), ...(pin === undefined ? {} : { checkServerIdentity: pinned(pin) }) };
}

function pinned(pins: readonly string[]): (host: string, certificate: PeerCertificate) => Error | undefined {
  return (host, certificate) => {
    const trouble = checkServerIdentity(host, certificate);
    if (trouble !== undefined) return trouble;
    const seen = pinOf(certificate.raw);
    return pins.includes(seen)
      ? undefined
      : new Untrusted("PIN_DIFFERS", {
          zh: `服务器公钥为 ${seen}，与 pin 不符，请先核实`,
          en: "the server has this key, not the pinned one; verify it before changing pin",
        });
  };
}

/** Resolves names as the system does, and refuses addresses where nothing may be told. */
export function lookupOf({ reach }: Trust): { readonly lookup?: LookupFunction } {
  if (reach === undefined) return {};
  return {
    lookup: (host, options, done) =>
      // UDP sockets give the family alone.
      lookup(host, { ...(typeof options === "number" ? { family: options } : options), all: true }, (error, found) => {
        if (error !== null) return done(error, "", 0);
        const within = found.filter(({ address }) => reach(host, address));
        const [first] = within;
        if (first === undefined) return done(outside(host, found[0]?.address ?? host), "", 0);
        if (typeof options !== "number" && options.all === true) done(null, within);
        else done(null, first.address, first.family);
      }),
  };
}

function outside(host: string, address: string): Untrusted {
  const where = host === address ? host : `${host} (${address})`;
  return new Untrusted("NOT_IN_NETWORK_TARGETS", { zh: `${where} 不在 network.targets 之内`, en: "outside of network.targets" });
}

/** A stream to a target. With TLS nobody hears anything before the certificate, and the pin, were checked. */
export function openStream(to: { readonly host: string; readonly port: number; readonly tls: boolean } & Trust): Socket {
  const { host, port } = to;
  if (!to.tls) return createConnection({ host, port, ...lookupOf(to) });
  const name = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port, minVersion: "TLSv1.2", ...name, ...lookupOf(to), ...tlsOf(to) });
}

/** A look at the certificate of a server, whoever vouches for it; nothing is sent. `socket`: a connection where TLS begins later. */
export function shownCertificate(host: string, socket: Socket): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const secure = connectTls({ socket, ...name, rejectUnauthorized: false });
    secure.on("error", reject);
    secure.once("close", () => reject(new Error("closed before it showed a certificate")));
    secure.once("secureConnect", () => {
      resolve(new X509Certificate(secure.getPeerCertificate().raw));
      secure.destroy();
    });
  });
}
