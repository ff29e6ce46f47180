import { signal } from "@preact/signals";

/** Where we are: the part of the address after `#`. A wall screen can be started with any of them. */
export type Route =
  | { readonly page: "room" }
  /** `key`: the alarm whose detail is open. */
  | { readonly page: "alarms"; readonly key: string | null }
  | { readonly page: "device"; readonly id: string }
  /** A page that is fetched when it is asked for, or none at all (`dashboard/destinations.ts`). */
  | { readonly page: "elsewhere"; readonly name: string; readonly tail: string };

export function parseRoute(hash: string): Route {
  const [page = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  const tail = decode(rest.join("/"));
  switch (page) {
    case "":
    case "room":
      return { page: "room" };
    case "alarms":
      return { page: "alarms", key: tail === "" ? null : tail };
    case "device":
      return tail === "" ? { page: "elsewhere", name: page, tail } : { page: "device", id: tail };
    default:
      return { page: "elsewhere", name: page, tail };
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const href = {
  room: "#/room",
  alarms: "#/alarms",
  alarm: (key: string): string => `#/alarms/${encodeURIComponent(key)}`,
  device: (id: string): string => `#/device/${encodeURIComponent(id)}`,
  to: (name: string, tail = ""): string => (tail === "" ? `#/${name}` : `#/${name}/${encodeURIComponent(tail)}`),
} as const;

export const route = signal<Route>(parseRoute(location.hash));
window.addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});
