import type { Socket } from "node:net";
import { createTransport } from "nodemailer";
import type { Clock } from "../../platform/clock.ts";
import { later, oneLine, taken } from "../body.ts";
import type { SendOutcome } from "../dialect.ts";
import { openStream, type Trust, tlsOf, toldOf } from "../trust.ts";

// The one file that speaks SMTP.

const TIMEOUT_MS = 30_000;
const ANSWER_MAX = 200;

export interface MailServer extends Trust {
  readonly host: string;
  readonly port: number;
  /** `starttls` and `tls` send nothing before the certificate was checked. */
  readonly security: "starttls" | "tls" | "none";
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly at: Date;
  readonly messageId: string;
  readonly thread: string;
  readonly urgent: boolean;
}

/** One connection, one letter. Resolves in any case: 4xx and trouble with the network are later, 5xx is never. */
export async function sendMail(server: MailServer, mail: Mail, signal: AbortSignal): Promise<SendOutcome> {
  const { clock, timeoutMs = TIMEOUT_MS } = server;
  const done = new AbortController();
  const socket = openStream({ ...server, tls: false });
  const late = clock.sleep(timeoutMs, AbortSignal.any([signal, done.signal])).then(() => {
    socket.destroy();
    return later(signal.aborted ? "stopped" : `no answer in ${timeoutMs} ms`);
  });
  const outcome = await Promise.race([late, talk(server, mail, socket).catch(judge)]);
  done.abort();
  socket.destroy();
  return outcome;
}

async function talk(server: MailServer, mail: Mail, socket: Socket): Promise<SendOutcome> {
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
  });
  const { host, port, security, user, password } = server;
  const transport = createTransport({
    host,
    port,
    connection: socket,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
    tls: tlsOf(server),
  });
  const { response, rejected } = await transport.sendMail({
    from: mail.from,
    to: [...mail.to],
    subject: mail.subject,
    text: mail.text,
    textEncoding: "base64",
    date: mail.at,
    messageId: mail.messageId,
    inReplyTo: mail.thread,
    references: mail.thread,
    headers: { "Auto-Submitted": "auto-generated" },
    ...(mail.urgent ? { priority: "high" as const } : {}),
  });
  const refused = rejected.length === 0 ? "" : `; refused for ${rejected.length} of ${mail.to.length}`;
  return taken(oneLine(`${response}${refused}`, ANSWER_MAX));
}

/** The server's own words where it said any; they never contain the password. */
function judge(error: unknown): SendOutcome {
  if (!(error instanceof Error)) return later(String(error));
  const told = toldOf(error);
  if (told !== null) return later(told);
  const status = "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : null;
  const said = "response" in error && typeof error.response === "string" ? error.response : error.message;
  if (status !== null && status >= 500) return { outcome: "refused", answer: oneLine(said, ANSWER_MAX) };
  const code = "code" in error && status === null ? `${String(error.code)}: ` : "";
  return later(oneLine(`${code}${said}`, ANSWER_MAX));
}
