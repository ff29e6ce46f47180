import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Pace } from "../driver.ts";
import { asExpected, down, type Finding, type Measured, networkFinding } from "./finding.ts";
import { type Certificate, daysUntil, distrust, isStatus, judgePage, type PageExpected } from "./page.ts";

// The one file of the drivers that opens HTTP connections.

export interface HttpQuestion {
  readonly tls: boolean;
  readonly address: string;
  readonly port: number;
  /** How the server is called: in `Host`, in the greeting of TLS, and in its certificate. */
  readonly serverName: string;
  readonly path: string;
  readonly expected: PageExpected;
  /** Whether the certificate must be good for this name; `ca` (PEM) adds a private authority. */
  readonly verify: boolean;
  readonly ca: string | null;
}

/** What tells the time of day; a box that does not know it cannot judge a certificate's. */
export interface ProbeClock extends Pace {
  wallMs(): number;
  wallTrusted(): boolean;
}

const BODY_BYTES_MAX = 65_536;

/** Gets one page, never redirected. The certificate is looked at whether it is trusted or not. Ends within `timeoutMs`. */
export async function askHttp(question: HttpQuestion, clock: ProbeClock, timeoutMs: number, signal: AbortSignal): Promise<Finding> {
  const startedMs = clock.monotonicMs();
  const cut = new AbortController();
  const stop = (): void => cut.abort();
  signal.addEventListener("abort", stop, { once: true });
  let late = false;
  void clock.sleep(timeoutMs, cut.signal).then(() => {
    late = !cut.signal.aborted;
    cut.abort();
  });
  let certificate: Certificate | null = null;
  let answered = false;
  const finding = await new Promise<Finding>((resolve) => {
    const measured = (): Measured => ({ responseMs: clock.monotonicMs() - startedMs, ...daysOf(certificate) });
    const request = question.tls ? tlsRequest(tlsOptions(question, cut.signal)) : plainRequest(options(question, cut.signal));
    request.on("socket", (socket) => {
      socket.once("secureConnect", () => {
        certificate = certificateOf(socket as TLSSocket, clock);
        const distrusted = question.verify ? distrust(certificate, clock.wallTrusted()) : null;
        if (distrusted === null) return;
        resolve(down("untrusted", distrusted, measured()));
        request.destroy();
      });
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      // After the status line it is the page that says what became of it.
      if (!answered) resolve(troubleOf(error, late, timeoutMs, daysOf(certificate)));
    });
    request.on("response", (response) => {
      answered = true;
      const status = response.statusCode ?? 0;
      void readBody(response, question.expected.text !== null).then(({ text, whole }) => {
        const wrong = judgePage(question.expected, status, text);
        if (wrong === null) resolve(asExpected({ status, ...measured() }));
        else if (whole || !isStatus(question.expected, status)) resolve(down("unexpected", wrong, { status, ...measured() }));
        else if (late) resolve(down("silent", `the page does not end in ${timeoutMs} ms`, { status, ...daysOf(certificate) }));
        else resolve(down("closed", "the page breaks off", { status, ...daysOf(certificate) }));
        request.destroy();
      });
    });
    if (signal.aborted) cut.abort();
    request.end();
  });
  signal.removeEventListener("abort", stop);
  cut.abort();
  return finding;
}

function options({ address, port, serverName, path, tls }: HttpQuestion, signal: AbortSignal) {
  const usual = port === (tls ? 443 : 80);
  const host = usual ? serverName : `${serverName}:${port}`;
  return { host: address, port, path, method: "GET", agent: false, signal, headers: { host, "user-agent": "roomward", accept: "*/*" } };
}

function tlsOptions(question: HttpQuestion, signal: AbortSignal) {
  const { serverName, ca } = question;
  return {
    ...options(question, signal),
    servername: isIP(serverName) === 0 ? serverName : "",
    // Looked at by `distrust`: a server whose certificate has run out is to be told from one that is silent.
    rejectUnauthorized: false,
    ...(ca === null ? {} : { ca }),
  };
}

function certificateOf(socket: TLSSocket, clock: ProbeClock): Certificate {
  const code: unknown = socket.authorized ? null : socket.authorizationError;
  return {
    trouble: code === null ? null : String(code),
    days: clock.wallTrusted() ? daysUntil(socket.getPeerCertificate().valid_to, clock.wallMs()) : null,
  };
}

function daysOf(certificate: Certificate | null): Measured {
  return certificate === null || certificate.days === null ? {} : { certificateDays: certificate.days };
}

/** A request that failed: late, not of the network, or not of HTTP and TLS. */
function troubleOf(error: NodeJS.ErrnoException, late: boolean, timeoutMs: number, measured: Measured): Finding {
  if (late) return down("silent", `no answer in ${timeoutMs} ms`, measured);
  const network = networkFinding(error.code);
  if (network !== null) return network.outcome === "lost" ? network : { ...network, ...measured };
  const code = error.code ?? "";
  // Node.js's names for what its parser and OpenSSL stumble over.
  if (/^HPE_|^ERR_SSL_|^EPROTO$/.test(code))
    return down("unexpected", `this is no ${code.startsWith("HPE_") ? "HTTP" : "TLS"} (${code})`, measured);
  return down("closed", code || error.message, measured);
}

/** The beginning of a page, and whether that is all of it that will be read. */
async function readBody(response: IncomingMessage, isWanted: boolean): Promise<{ readonly text: string; readonly whole: boolean }> {
  if (!isWanted) return { text: "", whole: true };
  const chunks: Buffer[] = [];
  let bytes = 0;
  let whole = true;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) break; // Leaving the loop destroys the connection.
    }
  } catch {
    whole = false;
  }
  return { text: Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString("utf8"), whole };
}
