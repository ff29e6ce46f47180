import type { Clock } from "../../platform/clock.ts";
import { basicAuthorization, JsonClient } from "../http-json.ts";

/** A ServiceNow instance thinks for seconds; a create that is given up early may still happen. */
const TIMEOUT_MS = 30_000;

export interface ServicenowServer {
  readonly url: string;
  /** Either a key of the API, or user and password. They never leave the headers. */
  readonly apiKey?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly ca?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

export function servicenowClient({ url, apiKey, user, password, ca, clock, timeoutMs = TIMEOUT_MS }: ServicenowServer): JsonClient {
  const authorization = basicAuthorization(user, password);
  const headers: Readonly<Record<string, string>> = apiKey === undefined ? { authorization } : { "x-sn-apikey": apiKey };
  return new JsonClient({
    ...{ name: "ServiceNow", url, headers, secrets: [apiKey, password, authorization] },
    ...{ ca, clock, timeoutMs, keepAlive: false },
  });
}
