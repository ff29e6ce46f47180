import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { DEVICES } from "./devices.ts";
import { controlPage } from "./page.ts";
import { ALL_CLEAR, SCENARIO_NAMES } from "./scenarios.ts";
import { type Listening, LOOPBACK, listenTcp } from "./wire/listen.ts";
import { SPEED_MAX, SPEED_MIN, type World } from "./world.ts";

/** What `GET /state` tells: the truth of the room, to compare with what the product says. */
export interface ControlState {
  readonly seconds: number;
  readonly speed: number;
  readonly running: readonly string[];
  /** House values by device and point name; a state by its name. */
  readonly devices: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
  /** Devices that would not answer now. */
  readonly silent: readonly string[];
}

const HOSTS = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The page with the switches of the demo room. It belongs to the simulator and listens on loopback only. */
export function startControl(port: number, world: World): Promise<Listening> {
  const server = createServer((request, response) => send(response, answer(request, world)));
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  return listenTcp(server, port, "control page");
}

function answer(request: IncomingMessage, world: World): Answer {
  const host = request.headers.host ?? "";
  // A page from elsewhere must not press these buttons, and a name that someone points at 127.0.0.1 must not read them.
  if (!HOSTS.test(host)) return problem(403, "只接受本机访问", "only this machine may ask");
  const url = new URL(request.url ?? "/", `http://${LOOPBACK}`);
  if (request.method === "GET") return read(url.pathname, world);
  if (request.method !== "POST") return problem(405, "只支持 GET 和 POST", "only GET and POST");
  const origin = request.headers.origin;
  const site = request.headers["sec-fetch-site"];
  if ((origin !== undefined && origin !== `http://${host}`) || (site !== undefined && site !== "same-origin" && site !== "none"))
    return problem(403, "不接受其他网页的请求", "requests from other pages are refused");
  return act(url, world);
}

function read(path: string, world: World): Answer {
  if (path === "/") return { status: 200, type: "text/html; charset=utf-8", body: controlPage() };
  if (path === "/state") return json(200, controlState(world));
  return problem(404, "没有此页面", "no such page");
}

function act(url: URL, world: World): Answer {
  if (url.pathname === "/speed") {
    const speed = Number(url.searchParams.get("x") || Number.NaN);
    if (world.setSpeed(speed)) return json(200, controlState(world));
    return problem(400, `x 应为 ${SPEED_MIN} 到 ${SPEED_MAX} 的数`, `x must be a number from ${SPEED_MIN} to ${SPEED_MAX}`);
  }
  const name = /^\/scenario\/([a-z-]+)$/.exec(url.pathname)?.[1];
  if (name === undefined) return problem(404, "没有此操作", "no such action");
  const on = url.searchParams.get("on") ?? "true";
  if (on !== "true" && on !== "false") return problem(400, "on 应为 true 或 false", "on must be true or false");
  if (!world.scenario(name, on === "true")) {
    const known = [...SCENARIO_NAMES, ALL_CLEAR].join(", ");
    return problem(404, `没有情景 ${name}；可用：${known}`, `no scenario ${name}; there are: ${known}`);
  }
  return json(200, controlState(world));
}

/** The whole truth of the room as plain data. */
function controlState(world: World): ControlState {
  const view = world.view();
  return {
    seconds: view.room.seconds,
    speed: view.speed,
    running: [...view.running],
    devices: Object.fromEntries(DEVICES.map((device) => [device.id, device.values(view)])),
    silent: DEVICES.filter((device) => device.silent?.(view) === true).map((device) => device.id),
  };
}

const json = (status: number, body: object): Answer => ({ status, type: "application/json; charset=utf-8", body: JSON.stringify(body) });
const problem = (status: number, zh: string, en: string): Answer => json(status, { message: { zh, en } });

function send(response: ServerResponse, content: Answer): void {
  response.writeHead(content.status, {
    "content-type": content.type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy":
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
  });
  response.end(content.body);
}
