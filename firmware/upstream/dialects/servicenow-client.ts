import type { Clock } from "../../platform/clock.ts";
import { basicAuthorization, JsonClient, TICKETS_BYTES_MAX } from "../http-json.ts";
import type { Trust } from "../trust.ts";

/** A ServiceNow instance thinks for seconds; a create that is given up early may still happen. */
const TIMEOUT_MS = 30_000;

export interface ServicenowServer extends Trust {
  readonly url: string;
  /** Either a key of the API, or user and password. They never leave the headers. */
  readonly apiKey?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

export function servicenowClient(server: ServicenowServer): JsonClient {
  const { apiKey, user, password } = server;
  const authorization = basicAuthorization(user, password);
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? { authorization } : { "x-sn-apikey": apiKey };
  return new JsonClient({
    ...{ timeoutMs: TIMEOUT_MS, ...server },
    ...{ name: "ServiceNow", headers, secrets: [apiKey, password, authorization], keepAlive: false, answerBytesMax: TICKETS_BYTES_MAX },
  });
}
