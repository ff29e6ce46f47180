import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import type { Duplex } from "node:stream";
import fastifyCookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import createFastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { AccessDesk } from "../access/desk.ts";
import type { CommissioningDesk } from "../commissioning/desk.ts";
import type { ConfigurationDesk } from "../configuration/desk.ts";
import type { Words } from "../contract/alarm.ts";
import { may } from "../contract/permissions.ts";
import type { Scrape } from "../metrics/scrape.ts";
import type { AuditDesk } from "../people/audit-desk.ts";
import type { PeopleDesk } from "../people/desk.ts";
import type { Entrance } from "../people/entrance.ts";
import type { Presence } from "../people/presence.ts";
import type { Person } from "../people/token-book.ts";
import { plainAddress } from "../platform/subnet.ts";
import type { StorageDesk } from "../storage/desk.ts";
import type { ClockDesk } from "../timekeeping/open.ts";
import type { TargetDesk } from "../upstream/target-desk.ts";
import { isOwnHost, mayChangeState, mayListen, presentedToken, sessionCookie } from "./access.ts";
import { accessRoutes } from "./access-routes.ts";
import { refusalOf, refuse, refuseBrokenRequest, sendAnswer, writeRefusal } from "./answers.ts";
import { type AssetPorts, assetRoutes } from "./asset-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { type CalmPort, calmRoutes } from "./calm-routes.ts";
import type { Certificate } from "./certificate.ts";
import { clockRoutes } from "./clock-routes.ts";
import { commissioningRoutes } from "./commissioning-routes.ts";
import { configurationRoutes } from "./configuration-routes.ts";
import { Download } from "./download.ts";
import { type ExportPorts, exportRoutes } from "./export-routes.ts";
import { forecastRoutes } from "./forecast-routes.ts";
import type { Gate } from "./gate.ts";
import { historyRoutes } from "./history-routes.ts";
import type { LiveHub } from "./hub.ts";
import { type IncidentPort, incidentRoutes } from "./incident-routes.ts";
import { inspectionRoutes } from "./inspection-routes.ts";
import { METRICS_PATH, metricsRoutes } from "./metrics-routes.ts";
import { type OnCallPorts, onCallRoutes } from "./on-call-routes.ts";
import { describeInterface } from "./openapi.ts";
import { type OutputPort, outputRoutes } from "./output-routes.ts";
import { servePages } from "./pages.ts";
import { peopleRoutes } from "./people-routes.ts";
import type { ReportFault, ServePorts } from "./ports.ts";
import { type RecordingPorts, recordingRoutes } from "./recording-routes.ts";
import { Refusal } from "./refusals.ts";
import { type ReviewPorts, reviewRoutes } from "./review-routes.ts";
import { type Caller, type Route, routesOf } from "./routes.ts";
import { ruleRoutes } from "./rule-routes.ts";
import { sampleRoutes } from "./sample-routes.ts";
import { speakTls } from "./secure-port.ts";
import { countFailure, FAILED_SIGN_INS, type Failures, identify, signInWithToken, welcome } from "./sign-in.ts";
import { storageRoutes } from "./storage-routes.ts";
import { targetRoutes } from "./target-routes.ts";

const LIVE_PATH = "/api/v1/live";
const SESSION_PATH = "/api/v1/session";
const BODY_BYTES_MAX = 256 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;
/** Room for the live clients and for the requests between them. */
const CONNECTIONS_MAX = 256;

export interface ServeOptions {
  /** Address to listen on; 127.0.0.1 unless the site says otherwise. */
  readonly host: string;
  readonly port: number;
  /** Names, beside IP addresses, under which browsers may open the gateway. */
  readonly hostNames: readonly string[];
  readonly dashboardFolder: string;
  /** Speaks HTTPS with it, and cookies say so; null: plain HTTP, for the loopback interface. */
  readonly certificate: Certificate | null;
  readonly ports: ServePorts;
  readonly calm: CalmPort;
  readonly entrance: Entrance;
  readonly people: PeopleDesk;
  readonly presence: Presence;
  readonly audit: AuditDesk;
  readonly gate: Gate;
  readonly doors: AccessDesk;
  readonly assets: AssetPorts;
  readonly onCall: OnCallPorts;
  readonly incidents: IncidentPort;
  readonly exports: ExportPorts;
  readonly record: RecordingPorts["record"];
  readonly commissioning: CommissioningDesk;
  readonly configuration: ConfigurationDesk;
  readonly outputs: OutputPort;
  readonly storage: StorageDesk;
  readonly targets: TargetDesk;
  readonly clock: ClockDesk;
  readonly review: ReviewPorts["desk"];
  readonly metrics: Pick<Scrape, "pieces">;
  readonly hub: LiveHub;
  readonly report: ReportFault;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Ends the live stream and every connection. */
  close(): Promise<void>;
}

/** Opens the door: API, live stream and dashboard. A port that cannot be had is an outcome, not an error. */
export async function startServer(options: ServeOptions): Promise<{ readonly server: RunningServer } | { readonly problem: Words }> {
  const app = await buildServer(options);
  const { certificate } = options;
  const endEarly = certificate === null ? () => {} : speakTls(app.server, certificate, options);
  options.gate.guard(app.server);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    return { problem: cannotListen(options, error) };
  }
  app.server.maxConnections = CONNECTIONS_MAX;
  const { port } = app.server.address() as AddressInfo;
  const name = nameToShow(options.host);
  const shown = name.includes(":") ? `[${name}]` : name;
  return {
    server: {
      url: `${certificate === null ? "http" : "https"}://${shown}:${port}`,
      port,
      async close() {
        options.hub.close();
        endEarly();
        await app.close();
      },
    },
  };
}

/** An address that a person can type: "all interfaces" is none. */
function nameToShow(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return interfaces.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}

/** Requests are checked by their routes' own schemas (zod); the framework's compilers are neither used nor loaded. */
const NO_SCHEMAS = { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } };

function noCompiler(): never {
  throw new Error("a route has a JSON Schema for the framework; give it to the route table instead");
}

async function buildServer(options: ServeOptions): Promise<FastifyInstance> {
  const app = createFastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CONNECTIONS_CHECK_MS },
    forceCloseConnections: true,
    schemaController: NO_SCHEMAS,
    return503OnClosing: false,
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: (_error, _request, reply) => {
      refuse(reply, new Refusal("badRequest"));
    },
  });
  app.removeContentTypeParser("text/plain");
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // A browser that has learnt it would lock people out when a self-made certificate is renewed; plain HTTP only redirects anyway.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: "deny" },
  });
  await app.register(fastifyCookie);
  await app.register(rateLimit, { global: false });
  app.addHook("onRequest", async (request, reply) => {
    if (request.url.startsWith("/api/") || request.url.startsWith(METRICS_PATH)) reply.header("cache-control", "no-store");
    if (!isOwnHost(request.headers.host, options.host, options.hostNames)) return refuse(reply, new Refusal("foreignHost"));
  });
  app.setErrorHandler((error, request, reply) => refuse(reply, refusalOf(error, request, options.report)));
  app.setNotFoundHandler((_request, reply) => refuse(reply, new Refusal("notFound")));
  addRoutes(app, options);
  await servePages(app, options.dashboardFolder);
  app.server.on("upgrade", (request, socket, head) => {
    upgrade(app, options, request.headers, request.url ?? "", socket)
      .then((person) => {
        if (person !== null) options.hub.accept(request, socket, head, person.id);
      })
      .catch((error: unknown) => {
        options.report("live upgrade", error);
        socket.destroy();
      });
  });
  return app;
}

const CONTENT_SECURITY_POLICY = {
  "default-src": ["'self'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "connect-src": ["'self'"],
  "object-src": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
};

function addRoutes(app: FastifyInstance, options: ServeOptions): void {
  const routes = [
    ...routesOf(options.ports),
    ...ruleRoutes(options.ports),
    ...calmRoutes(options.calm),
    ...historyRoutes(options.ports.minutes),
    ...forecastRoutes(options.ports.forecasts),
    ...sampleRoutes({ ...options.exports, history: options.ports.minutes, site: () => options.ports.site }),
    ...peopleRoutes(options),
    ...auditRoutes(options.audit),
    ...accessRoutes(options.doors),
    ...incidentRoutes(options.incidents),
    ...inspectionRoutes(options.ports.inspection),
    ...assetRoutes(options.assets),
    ...onCallRoutes(options.onCall),
    ...exportRoutes(options.exports),
    ...recordingRoutes({ ...options.exports, record: options.record }),
    ...commissioningRoutes(options.commissioning),
    ...configurationRoutes(options.configuration),
    ...outputRoutes(options.outputs),
    ...storageRoutes(options.storage),
    ...targetRoutes(options.targets),
    ...clockRoutes(options.clock),
    ...reviewRoutes({ ...options.exports, desk: options.review, timezone: options.ports.site.timezone }),
    ...metricsRoutes(options.metrics),
  ];
  const failures = app.createRateLimit(FAILED_SIGN_INS);
  for (const route of routes) addRoute(app, options, route, failures);
  app.get(LIVE_PATH, (_request, reply) => refuse(reply, new Refusal("upgradeNeeded")));
  let description: Record<string, unknown> | null = null;
  app.get("/api/openapi.json", () => {
    description ??= describeInterface(routes, options.ports.site.version);
    return description;
  });
}

function addRoute(app: FastifyInstance, options: ServeOptions, route: Route, failures: Failures): void {
  const people = new WeakMap<FastifyRequest, Person>();
  const { entrance } = options;
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    ...(route.bodyBytesMax === null ? {} : { bodyLimit: route.bodyBytesMax }),
    // Before the body is read: a stranger's megabyte is not worth parsing.
    onRequest: async (request, reply) => {
      const shown = presentedToken(request.headers, request.cookies[sessionCookie(options.certificate !== null)]);
      if (route.method !== "GET" && !mayChangeState(request.headers, shown?.by ?? null)) return refuse(reply, new Refusal("foreignOrigin"));
      if (route.access === "open") return;
      // A page reads by itself; who changes something, or asks who they are, sits before it.
      const isPresent = route.method !== "GET" || route.path === SESSION_PATH;
      const person = await identify(shown, entrance, isPresent, () => countFailure(request, failures));
      if (person instanceof Refusal) return refuse(reply, person);
      if (!may(person.role, route.access)) return refuse(reply, new Refusal("roleTooLow"));
      people.set(request, person);
    },
    handler: async (request, reply) => {
      const answer = await route.handle(
        route.path.includes("{") ? { ...Object(request.query), ...Object(request.params) } : request.query,
        request.body,
        callerOf(request, reply, options, people.get(request) ?? null, failures),
      );
      if (answer instanceof Refusal) return refuse(reply, answer);
      if (answer instanceof Download) return answer.send(reply);
      return answer === undefined ? reply.code(204).send() : sendAnswer(reply, answer);
    },
  });
}

function callerOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { entrance, certificate }: ServeOptions,
  person: Person | null,
  failures: Failures,
): Caller {
  const from = plainAddress(request.ip);
  const secure = certificate !== null;
  const cookie = sessionCookie(secure);
  return {
    person,
    from,
    signInWithToken: async (token) => welcome(reply, await signInWithToken(request, token, entrance, failures), secure),
    signIn: async (name, password) => welcome(reply, await entrance.signIn(name, password, from), secure),
    redeem: async (asked) => welcome(reply, await entrance.redeem(asked, from), secure),
    async changePassword(current, next) {
      return person === null
        ? new Refusal("notSignedIn")
        : welcome(reply, await entrance.changePassword(person, current, next, from), secure);
    },
    async signOut() {
      const shown = request.cookies[cookie];
      const leaving = shown === undefined ? null : await entrance.bySession(shown, true);
      if (leaving !== null) await entrance.signOut(leaving, from);
      reply.clearCookie(cookie, { path: "/", httpOnly: true, sameSite: "strict", secure: secure });
    },
  };
}

/** Judges a request to speak WebSocket. Null: it was refused, and told why. */
async function upgrade(
  app: FastifyInstance,
  options: ServeOptions,
  headers: IncomingHttpHeaders,
  url: string,
  socket: Duplex,
): Promise<Person | null> {
  // Until the hub takes the socket nobody else listens, and an unheard error would end the process.
  socket.on("error", () => socket.destroy());
  const verdict = await judgeUpgrade(app, options, headers, url);
  if (!(verdict instanceof Refusal)) return verdict;
  writeRefusal(socket, verdict);
  return null;
}

async function judgeUpgrade(
  app: FastifyInstance,
  { host, hostNames, entrance, certificate }: ServeOptions,
  headers: IncomingHttpHeaders,
  url: string,
): Promise<Person | Refusal> {
  if (!isOwnHost(headers.host, host, hostNames)) return new Refusal("foreignHost");
  if (url.split("?", 1)[0] !== LIVE_PATH) return new Refusal("notFound");
  const shown = presentedToken(headers, app.parseCookie(headers.cookie ?? "")[sessionCookie(certificate !== null)]);
  if (shown !== null && !mayListen(headers, shown.by)) return new Refusal("foreignOrigin");
  const person = await identify(shown, entrance, false, async () => new Refusal("wrongToken"));
  return person instanceof Refusal || may(person.role, "room.see") ? person : new Refusal("roleTooLow");
}

function cannotListen({ host, port }: ServeOptions, error: unknown): Words {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const where = `${host}:${port}`;
  if (code === "EADDRINUSE")
    return {
      zh: `${where} 已被另一个程序占用，可能是另一个正在运行的 roomward。请先停止它，或换一个端口。`,
      en: `${where} is in use by another program, perhaps a roomward that is already running. Stop it, or choose another port.`,
    };
  if (code === "EACCES")
    return {
      zh: `没有权限监听 ${where}（1024 以下的端口需要特权）。请换用 8080 等端口，或为服务授予 CAP_NET_BIND_SERVICE。`,
      en: `Not permitted to listen on ${where} (ports below 1024 are privileged). Choose a port such as 8080, or grant the service CAP_NET_BIND_SERVICE.`,
    };
  return {
    zh: `无法监听 ${where}（${code}）。请检查该地址是否属于本机网卡。`,
    en: `Cannot listen on ${where} (${code}). Check that the address belongs to a network interface of this box.`,
  };
}
