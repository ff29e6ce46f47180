import type { IncomingHttpHeaders } from "node:http";
import { isIP, isIPv4 } from "node:net";

/** Over HTTPS the name itself makes browsers insist on Secure, on this host alone and on the root path (RFC 6265bis §4.1.3.2). */
export function sessionCookie(secure: boolean): string {
  return secure ? "__Host-roomward" : "roomward";
}

/** A token or a session's secret as a request carries it. A cookie is sent by browsers on their own, so it proves less than a header. */
export interface PresentedToken {
  readonly by: "bearer" | "cookie";
  readonly token: string;
}

export function presentedToken(headers: IncomingHttpHeaders, cookie: string | undefined): PresentedToken | null {
  if (headers.authorization !== undefined) {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization);
    return { by: "bearer", token: bearer?.[1] ?? "" };
  }
  return cookie === undefined ? null : { by: "cookie", token: cookie };
}

/** The page that sent this came from us. Behind a TLS proxy the browser says https while the proxy speaks http to us. */
function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const { host, origin } = headers;
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** A browser must prove that its page is ours before it may change something; a program with a bearer token has no page. */
export function mayChangeState(headers: IncomingHttpHeaders, by: PresentedToken["by"] | null): boolean {
  if (headers.origin !== undefined) return isOwnOrigin(headers);
  if (headers["sec-fetch-site"] !== undefined) return headers["sec-fetch-site"] === "same-origin";
  return by !== "cookie";
}

/** The live stream is open to our own pages, and to programs that name no origin and bring a bearer token. */
export function mayListen(headers: IncomingHttpHeaders, by: PresentedToken["by"]): boolean {
  return headers.origin === undefined ? by === "bearer" : isOwnOrigin(headers);
}

/**
 * A page under a foreign name that resolves to this box (DNS rebinding) shows itself by its Host header. On loopback only
 * loopback names are ours; elsewhere any IP address is, because rebinding always needs a name.
 */
export function isOwnHost(hostHeader: string | undefined, boundTo: string, hostNames: readonly string[]): boolean {
  const name = hostNameOf(hostHeader);
  if (name === null) return false;
  if (hostNames.some((allowed) => allowed.toLowerCase() === name)) return true;
  return isLoopback(name) || (!isLoopback(boundTo) && isIP(name) !== 0);
}

function hostNameOf(hostHeader: string | undefined): string | null {
  if (hostHeader === undefined || !/^[\w.:[\]-]+$/.test(hostHeader)) return null;
  try {
    return new URL(`http://${hostHeader}`).hostname.replace(/^\[|\]$/g, "");
  } catch {
    return null;
  }
}

/** Reached from this machine alone. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}
