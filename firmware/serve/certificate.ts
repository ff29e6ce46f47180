import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIPv4, SocketAddress } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { durableJson, type OnDamage } from "../platform/durable-json.ts";
import { bits, explicit, implicit, integer, octets, oid, sequence, set, time, utf8, yes } from "./der.ts";

const DAY_MS = 86_400_000;
/** What Apple's systems take at most, and others too. */
const VALID_DAYS = 825;
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** A box without a set clock makes its first certificate in 1970: it must still be good when the clock is right. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const SERIAL_BYTES = 16;
const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  keyUsage: "2.5.29.15",
  alternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
};

const pairSchema = z.object({ key: z.string(), certificate: z.string(), made: z.boolean() });

/** What HTTPS is spoken with. */
export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM, with the chain when there is one. */
  readonly certificate: string;
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string;
  /** DNS names in it: the gateway answers to these too. */
  readonly hostNames: readonly string[];
}

const fileOf = (dataFolder: string, clock: Clock, onDamage?: OnDamage) =>
  durableJson(join(dataFolder, "certificate.json"), pairSchema, { key: "", certificate: "", made: true }, clock, { onDamage });

/**
 * The certificate of this box: the imported one, or one that was made here, at the first start and again before it runs out. On a card that
 * takes nothing the old one goes on, or one is made for this start alone.
 */
export async function certificateOf(
  dataFolder: string,
  clock: Clock,
  onTrouble: (words: Words) => void,
  onDamage?: OnDamage,
): Promise<Certificate | { readonly problem: Words }> {
  const file = fileOf(dataFolder, clock, onDamage);
  const found = await file.read();
  if (found.outcome === "damaged") return { problem: found.problem };
  if (found.outcome === "read") {
    const { key, certificate, made } = found.data;
    const endsAtMs = new X509Certificate(certificate).validToDate.getTime();
    if (!made || endsAtMs - clock.wallMs() > RENEW_BEFORE_MS) return described(key, certificate);
  }
  const pair = makeCertificate(ownNames(), clock.wallMs());
  const written = await file.update(() => ({ next: { ...pair, made: true } }));
  if (written.outcome === "written") return described(pair.key, pair.certificate);
  onTrouble(written.problem);
  const { key, certificate } = found.outcome === "read" ? found.data : pair;
  return described(key, certificate);
}

/** Takes a certificate of one's own, in force from the next start. It is looked at first: a wrong pair would lock everybody out. */
export async function importCertificate(
  dataFolder: string,
  pem: { readonly certificate: string; readonly key: string },
  clock: Clock,
): Promise<Certificate | { readonly problem: Words }> {
  const unfit = unfitness(pem, clock.wallMs());
  if (unfit !== null) return { problem: unfit };
  const written = await fileOf(dataFolder, clock).update(() => ({ next: { ...pem, made: false } }));
  return written.outcome === "refused" ? { problem: written.problem } : described(pem.key, pem.certificate);
}

function unfitness({ certificate, key }: { readonly certificate: string; readonly key: string }, nowMs: number): Words | null {
  let parsed: X509Certificate;
  let privateKey: KeyObject;
  try {
    parsed = new X509Certificate(certificate);
    privateKey = createPrivateKey(key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      zh: `无法读取证书或私钥（${reason}）。两者须为 PEM，私钥不带密码。`,
      en: `Certificate or key cannot be read (${reason}). Both must be PEM, the key without a passphrase.`,
    };
  }
  if (!parsed.checkPrivateKey(privateKey))
    return {
      zh: "私钥与证书不配对。请检查文件是否拿错。",
      en: "The key does not belong to the certificate. Check that the files are a pair.",
    };
  if (parsed.validToDate.getTime() <= nowMs)
    return {
      zh: `证书已于 ${parsed.validTo} 到期。请换用有效的证书，或检查本机时钟。`,
      en: `The certificate ran out on ${parsed.validTo}. Use a valid one, or check the clock of this machine.`,
    };
  return null;
}

function described(key: string, certificate: string): Certificate {
  const parsed = new X509Certificate(certificate);
  const hostNames = [...(parsed.subjectAltName ?? "").matchAll(/DNS:([^,\s"*]+)/g)].map(([, name = ""]) => name);
  return { key, certificate, fingerprint: parsed.fingerprint256, hostNames };
}

interface Names {
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
}

function ownNames(): Names {
  const name = hostname().toLowerCase();
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const addresses = interfaces.filter(({ address }) => !address.startsWith("fe80:")).map(({ address }) => address);
  const hosts = /^[a-z\d-]+(\.[a-z\d-]+)*$/.test(name) ? [name, ...(name.includes(".") ? [] : [`${name}.local`])] : [];
  return { hosts: [...new Set([...hosts, "localhost"])], addresses: [...new Set(["127.0.0.1", "::1", ...addresses])] };
}

/** A certificate that signs itself: ECDSA on P-256 (RFC 5280, RFC 5758). */
export function makeCertificate({ hosts, addresses }: Names, nowMs: number): { readonly key: string; readonly certificate: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const name = sequence(set(sequence(oid(OID.commonName), utf8(`Roomward ${hosts[0] ?? ""}`.trim()))));
  const fromMs = Math.max(nowMs, EARLIEST_MS);
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const alternatives = sequence(
    ...hosts.map((host) => implicit(2, Buffer.from(host, "ascii"))),
    ...addresses.map((address) => implicit(7, addressBytes(address))),
  );
  const toBeSigned = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(serial),
    algorithm,
    name,
    sequence(time(EARLIEST_MS), time(fromMs + VALID_DAYS * DAY_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    explicit(
      3,
      sequence(
        sequence(oid(OID.basicConstraints), yes(), octets(sequence())),
        sequence(oid(OID.keyUsage), yes(), octets(bits(Uint8Array.of(0x80), 7))),
        sequence(oid(OID.extendedKeyUsage), octets(sequence(oid(OID.serverAuthentication)))),
        sequence(oid(OID.alternativeName), octets(alternatives)),
      ),
    ),
  );
  const signed = sequence(toBeSigned, algorithm, bits(sign("sha256", toBeSigned, { key: privateKey, dsaEncoding: "der" })));
  const lines = signed.toString("base64").replaceAll(/(.{64})(?=.)/g, "$1\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split(".").map(Number));
  // The last 32 bits may be written as an IPv4 address (RFC 4291 §2.2).
  const whole = new SocketAddress({ address, family: "ipv6" }).address.replace(/[\d.]+\.\d+$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split(".").map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [left = "", right] = whole.split("::");
  const groups = (text: string | undefined): readonly string[] => (text === undefined || text === "" ? [] : text.split(":"));
  const [head, tail] = [groups(left), groups(right)];
  const middle = right === undefined ? [] : Array<string>(8 - head.length - tail.length).fill("0");
  return Uint8Array.from(
    [...head, ...middle, ...tail].map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >>> 8, group & 0xff]),
  );
}
