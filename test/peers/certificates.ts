import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Certificate {
  readonly key: string;
  /** PEM, with what follows it to the authority. */
  readonly cert: string;
}

/** Makes certificates with openssl(1), as an administrator would: an authority of the house, and servers that it signs. */
export class CertificateMaker {
  readonly #folder: string;
  readonly #authority: Certificate;

  constructor(folder: string) {
    this.#folder = folder;
    this.#openssl("req", "-x509", ...this.#newKey("ca"), "-out", this.#file("ca.pem"), "-days", "30", "-subj", "/CN=House authority");
    this.#authority = this.#read("ca");
  }

  get authority(): string {
    return this.#authority.cert;
  }

  /** Good for `127.0.0.1` and the given name, for so many days from now on; 0: for this second alone. */
  signed(name: string, days: number): Certificate {
    const request = this.#file(`${name}.csr`);
    const names = this.#file(`${name}.ext`);
    writeFileSync(names, `subjectAltName=DNS:${name},IP:127.0.0.1\n`);
    this.#openssl("req", ...this.#newKey(name), "-out", request, "-subj", `/CN=${name}`);
    const signer = ["-CA", this.#file("ca.pem"), "-CAkey", this.#file("ca.key"), "-CAcreateserial"];
    this.#openssl("x509", "-req", "-in", request, ...signer, "-extfile", names, "-days", String(days), "-out", this.#file(`${name}.pem`));
    return this.#read(name);
  }

  selfSigned(name: string): Certificate {
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`];
    this.#openssl("req", "-x509", ...this.#newKey(name), "-out", this.#file(`${name}.pem`), "-days", "9", ...subject);
    return this.#read(name);
  }

  #newKey(name: string): readonly string[] {
    return ["-newkey", "rsa:2048", "-nodes", "-keyout", this.#file(`${name}.key`)];
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  #read(name: string): Certificate {
    return { key: readFileSync(this.#file(`${name}.key`), "utf8"), cert: readFileSync(this.#file(`${name}.pem`), "utf8") };
  }

  #openssl(...args: readonly string[]): void {
    execFileSync("openssl", args, { stdio: "ignore" });
  }
}
