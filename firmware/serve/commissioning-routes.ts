import type { CommissioningDesk, Started } from "../commissioning/desk.ts";
import {
  cancelJobSchema,
  identifyAskSchema,
  type Job,
  jobReplySchema,
  jobsReplySchema,
  networkScanAskSchema,
  readAskSchema,
  scanAskSchema,
  writeAskSchema,
} from "../contract/commissioning.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal, type RefusalCode } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

const REFUSALS: readonly RefusalCode[] = ["unknownBus", "busLent", "notAccepted", "journalFailing"];

/** Finding, recognising and trying out devices on the wires of the running room. Each answers at once with a job; the job says the rest. */
export function commissioningRoutes(desk: CommissioningDesk): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/buses/scan",
      summary: "Looks who is on a bus, at all usual settings of its line. The bus is lent to the job meanwhile.",
      access: "bus.probe",
      body: scanAskSchema,
      reply: jobReplySchema,
      refusals: REFUSALS,
      answer: async ({ body }, caller) => answered(await desk.start({ kind: "scan", ask: body }, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/buses/scan/network",
      summary: "Looks for SNMP agents in a subnet that is named. The addresses of the box itself are left out.",
      access: "bus.probe",
      body: networkScanAskSchema,
      reply: jobReplySchema,
      refusals: ["busLent", "notAccepted", "journalFailing"],
      answer: async ({ body }, caller) => answered(await desk.scanNetwork(body, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/buses/identify",
      summary: "Which profiles fit a device, with confidence and reasons.",
      access: "bus.probe",
      body: identifyAskSchema,
      reply: jobReplySchema,
      refusals: REFUSALS,
      answer: async ({ body }, caller) => answered(await desk.start({ kind: "identify", ask: body }, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/buses/read",
      summary: "Raw registers, SNMP variables, or the answer to a frame of bytes. A frame may change the device: it takes a reason.",
      access: "bus.probe",
      body: readAskSchema,
      reply: jobReplySchema,
      refusals: REFUSALS,
      answer: async ({ body }, caller) => answered(await desk.start({ kind: "read", ask: body }, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/buses/write",
      summary: "Sets a coil or registers of a Modbus unit, and reads them back. Written into the audit log with old and new value first.",
      access: "bus.write",
      body: writeAskSchema,
      reply: jobReplySchema,
      refusals: REFUSALS,
      answer: async ({ body }, caller) => answered(await desk.start({ kind: "write", ask: body }, doerOf(caller))),
    }),
    route({
      method: "GET",
      path: "/api/v1/buses/jobs",
      summary: "The latest job of each bus: how far it is, what was found so far, what came of it.",
      access: "bus.probe",
      reply: jobsReplySchema,
      answer: () => ({ jobs: [...desk.jobs()] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/buses/cancel",
      summary: "Ends a job; what was found until then stays. The bus is read again in a moment.",
      access: "bus.probe",
      body: cancelJobSchema,
      refusals: ["notFound"],
      answer: async ({ body: { id } }, caller) => ((await desk.cancel(id, doerOf(caller))) ? undefined : new Refusal("notFound")),
    }),
  ];
}

function answered(started: Started): { readonly job: Job } | Refusal {
  if ("job" in started) return started;
  const code = ({ unknownBus: "unknownBus", busy: "busLent", notNoted: "journalFailing", notAccepted: "notAccepted" } as const)[
    started.why
  ];
  return new Refusal(code, { message: started.words });
}
