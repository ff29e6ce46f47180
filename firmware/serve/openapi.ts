import * as z from "zod";
import {
  accessEntrySchema,
  accessLogReplySchema,
  accessReplySchema,
  holdersReplySchema,
  importReplySchema,
  visitReplySchema,
} from "../contract/access.ts";
import {
  acknowledgementSchema,
  acknowledgeReplySchema,
  alarmRecordSchema,
  deliverySchema,
  shelfSchema,
  soundOffSchema,
  wordsSchema,
} from "../contract/alarm.ts";
import { assetImportReplySchema, assetsReplySchema, assetViewSchema } from "../contract/assets.ts";
import { clockQualitySchema, clockReplySchema, clockStepSchema } from "../contract/clock.ts";
import { agentSchema, candidateSchema, foundSchema, jobReplySchema, jobSchema, jobsReplySchema } from "../contract/commissioning.ts";
import {
  changedReplySchema,
  checkReplySchema,
  configurationReplySchema,
  differenceReplySchema,
  revisionsReplySchema,
  revisionTextSchema,
  revisionViewSchema,
  siteProblemSchema,
} from "../contract/configuration.ts";
import { busDoctorSchema, doctorReplySchema, findingSchema } from "../contract/doctor.ts";
import {
  escalationViewSchema,
  handOversReplySchema,
  handOverViewSchema,
  onCallReplySchema,
  planViewSchema,
  rotaViewSchema,
  swapViewSchema,
} from "../contract/escalation.ts";
import { exportFileSchema, exportsReplySchema, madeExportSchema } from "../contract/exports.ts";
import { forecastRecordReplySchema, forecastSchema, forecastsReplySchema } from "../contract/forecast.ts";
import { summariesReplySchema, summarySchema, trendSchema } from "../contract/history.ts";
import {
  assigneesReplySchema,
  guidanceSchema,
  incidentDetailSchema,
  incidentListReplySchema,
  incidentWorkSchema,
  problemSchema as problemRecordSchema,
  problemsReplySchema,
  remedySchema,
  runbookSchema,
  runbooksReplySchema,
  runbookVersionSchema,
  workedIncidentSchema,
} from "../contract/incidents.ts";
import { inspectionMonthSchema, inspectionSheetSchema } from "../contract/inspection.ts";
import { alarmActReplySchema, maintenanceReplySchema, maintenanceWindowSchema, windowReplySchema } from "../contract/maintenance.ts";
import { linkageSchema, outputSchema, outputsReplySchema, testReplySchema } from "../contract/outputs.ts";
import {
  auditCheckSchema,
  auditChoicesSchema,
  auditReplySchema,
  auditRowSchema,
  codeReplySchema,
  networkReplySchema,
  peopleReplySchema,
  sessionsReplySchema,
  signedInSchema,
  tokenReplySchema,
  tokenSchema,
  userSchema,
} from "../contract/people.ts";
import { PERMISSIONS } from "../contract/permissions.ts";
import {
  actorSchema,
  alarmQualitySchema,
  basisSchema,
  differenceSchema,
  episodeSchema,
  figureSchema,
  replayStateSchema,
  suggestionSchema,
  suggestReplySchema,
  whatIfReplySchema,
} from "../contract/review.ts";
import { originSchema, rulesReplySchema, ruleViewSchema } from "../contract/rules.ts";
import {
  areaSchema,
  busHealthSchema,
  deviceSchema,
  faultSchema,
  healthSchema,
  historySchema,
  limitSchema,
  pointSchema,
  pointValueSchema,
  problemSchema,
  sessionSchema,
  siteViewSchema,
  trapHealthSchema,
} from "../contract/site.ts";
import { logUsageSchema, storageReplySchema } from "../contract/storage.ts";
import { deadLetterSchema, resentSchema, targetSchema, targetsReplySchema } from "../contract/targets.ts";
import { type RefusalCode, refusalStatus, refusalWords } from "./refusals.ts";
import { alarmsReplySchema, busesReplySchema, pointsReplySchema, type Route } from "./routes.ts";

const COMPONENTS: Readonly<Record<string, z.ZodType>> = {
  Words: wordsSchema,
  Fault: faultSchema,
  Problem: problemSchema,
  Health: healthSchema,
  Area: areaSchema,
  Device: deviceSchema,
  Limit: limitSchema,
  Point: pointSchema,
  Site: siteViewSchema,
  RuleOrigin: originSchema,
  Rule: ruleViewSchema,
  Rules: rulesReplySchema,
  PointValue: pointValueSchema,
  Points: pointsReplySchema,
  History: historySchema,
  Trend: trendSchema,
  Summary: summarySchema,
  Summaries: summariesReplySchema,
  Forecast: forecastSchema,
  Forecasts: forecastsReplySchema,
  ForecastRecord: forecastRecordReplySchema,
  Bus: busHealthSchema,
  Traps: trapHealthSchema,
  Buses: busesReplySchema,
  Found: foundSchema,
  Agent: agentSchema,
  Candidate: candidateSchema,
  Job: jobSchema,
  JobReply: jobReplySchema,
  Jobs: jobsReplySchema,
  Finding: findingSchema,
  BusDoctor: busDoctorSchema,
  Doctor: doctorReplySchema,
  Acknowledgement: acknowledgementSchema,
  Alarm: alarmRecordSchema,
  Alarms: alarmsReplySchema,
  Delivery: deliverySchema,
  Incident: workedIncidentSchema,
  IncidentWork: incidentWorkSchema,
  Incidents: incidentListReplySchema,
  IncidentDetail: incidentDetailSchema,
  Assignees: assigneesReplySchema,
  Remedy: remedySchema,
  ProblemRecord: problemRecordSchema,
  Problems: problemsReplySchema,
  RunbookVersion: runbookVersionSchema,
  Runbook: runbookSchema,
  Runbooks: runbooksReplySchema,
  Guidance: guidanceSchema,
  AcknowledgeReply: acknowledgeReplySchema,
  Shelf: shelfSchema,
  SoundOff: soundOffSchema,
  AlarmActReply: alarmActReplySchema,
  MaintenanceWindow: maintenanceWindowSchema,
  Maintenance: maintenanceReplySchema,
  WindowReply: windowReplySchema,
  Session: sessionSchema,
  User: userSchema,
  Token: tokenSchema,
  People: peopleReplySchema,
  CodeReply: codeReplySchema,
  TokenReply: tokenReplySchema,
  AccessEntry: accessEntrySchema,
  AccessLog: accessLogReplySchema,
  Access: accessReplySchema,
  Visit: visitReplySchema,
  CardHolders: holdersReplySchema,
  CardImport: importReplySchema,
  AuditLine: auditRowSchema,
  Audit: auditReplySchema,
  Clock: clockReplySchema,
  ClockStep: clockStepSchema,
  ClockQuality: clockQualitySchema,
  AuditChoices: auditChoicesSchema,
  AuditCheck: auditCheckSchema,
  SignedIn: signedInSchema,
  Sessions: sessionsReplySchema,
  Network: networkReplySchema,
  InspectionMonth: inspectionMonthSchema,
  InspectionSheet: inspectionSheetSchema,
  ExportFile: exportFileSchema,
  Exports: exportsReplySchema,
  Output: outputSchema,
  Linkage: linkageSchema,
  Outputs: outputsReplySchema,
  OutputTest: testReplySchema,
  Log: logUsageSchema,
  Storage: storageReplySchema,
  DeadLetter: deadLetterSchema,
  Target: targetSchema,
  Targets: targetsReplySchema,
  Resent: resentSchema,
  MadeExport: madeExportSchema,
  Swap: swapViewSchema,
  Rota: rotaViewSchema,
  EscalationPlan: planViewSchema,
  Escalation: escalationViewSchema,
  OnCall: onCallReplySchema,
  HandOver: handOverViewSchema,
  HandOvers: handOversReplySchema,
  Asset: assetViewSchema,
  Assets: assetsReplySchema,
  AssetImport: assetImportReplySchema,
  Revision: revisionViewSchema,
  SiteProblem: siteProblemSchema,
  Configuration: configurationReplySchema,
  Revisions: revisionsReplySchema,
  RevisionText: revisionTextSchema,
  Difference: differenceReplySchema,
  ConfigurationCheck: checkReplySchema,
  ConfigurationChanged: changedReplySchema,
  Figure: figureSchema,
  Actor: actorSchema,
  AlarmQuality: alarmQualitySchema,
  Episode: episodeSchema,
  AlarmDifference: differenceSchema,
  ReplayBasis: basisSchema,
  WhatIf: whatIfReplySchema,
  ReplayState: replayStateSchema,
  Suggestion: suggestionSchema,
  Suggestions: suggestReplySchema,
};

/** Refusals that follow from what a route asks for; every route may also answer 403 (host) and 500. */
function refusalsOf(route: Route): readonly RefusalCode[] {
  const codes: RefusalCode[] = ["foreignHost", "internal", ...route.refusals];
  if (route.access !== "open") codes.push("notSignedIn", "wrongToken", "sessionEnded", "tooManyAttempts", "roleTooLow");
  if (route.method !== "GET") codes.push("foreignOrigin");
  if (route.query !== null) codes.push("badRequest");
  if (route.method !== "GET") codes.push("badRequest", "notJson", "tooLarge", "wrongMediaType");
  return [...new Set(codes)];
}

/** The interface as OpenAPI 3.1, made from the same routes and schemas that answer. */
export function describeInterface(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    operations[route.method.toLowerCase()] = describeRoute(route);
    paths[route.path] = operations;
  }
  paths["/api/v1/live"] = { get: describeLive() };
  return {
    openapi: "3.1.0",
    info: {
      title: "Roomward",
      version,
      description: "Edge gateway for machine rooms. 动环监控网关。Times are milliseconds since 1970-01-01T00:00Z.",
    },
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "access token, begins with rw_" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "roomward",
          description: "set by POST /api/v1/session; `__Host-roomward` over HTTPS",
        },
      },
    },
  };
}

function describeRoute(route: Route): Record<string, unknown> {
  const answer =
    route.downloads !== null
      ? { "200": { description: route.summary, content: { [route.downloads]: { schema: { type: "string", format: "binary" } } } } }
      : route.reply === null
        ? { "204": { description: "done" } }
        : { "200": { description: route.summary, content: { "application/json": { schema: reference(nameOf(route.reply)) } } } };
  return {
    summary: route.summary,
    ...(route.access === "open"
      ? { security: [] }
      : { security: [{ bearer: [] }, { cookie: [] }], "x-action": route.access, "x-roles": PERMISSIONS[route.access] }),
    ...(route.query === null ? {} : { parameters: describeQuery(route.query, route.path) }),
    ...(route.body === null
      ? {}
      : {
          requestBody: { required: true, content: { "application/json": { schema: plain(z.toJSONSchema(route.body, { io: "input" })) } } },
        }),
    responses: { ...answer, ...describeRefusals(refusalsOf(route)) },
  };
}

function describeLive(): Record<string, unknown> {
  return {
    summary: "WebSocket. Text: hello, alarms, deliveries, buses. Binary: value frames; a snapshot, then numbered changes.",
    security: [{ bearer: [] }, { cookie: [] }],
    responses: {
      "101": { description: "switching to WebSocket" },
      ...describeRefusals(["foreignHost", "notSignedIn", "wrongToken", "sessionEnded", "roleTooLow", "foreignOrigin", "upgradeNeeded"]),
    },
  };
}

function describeQuery(schema: z.ZodType, path: string): readonly unknown[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: path.includes(`{${name}}`) ? "path" : "query",
    required: required.includes(name),
    schema: property,
  }));
}

/** Several refusals may share a status: one answer, told apart by `code`. */
function describeRefusals(codes: readonly RefusalCode[]): Record<string, unknown> {
  const byStatus = Map.groupBy(codes, (code) => String(refusalStatus(code)));
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${refusalWords(code).en}`).join("\n"),
        content: { "application/json": { schema: reference("Problem") } },
      },
    ]),
  );
}

function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
}

/** Without the marks that belong to a schema standing alone. */
function plain(schema: object): Record<string, unknown> {
  const { $schema: _dialect, $id: _id, ...rest } = schema as Record<string, unknown>;
  return rest;
}

function nameOf(schema: z.ZodType): string {
  const found = Object.entries(COMPONENTS).find(([, component]) => component === schema);
  if (found === undefined) throw new Error("a route answers with a schema that the interface description does not name");
  return found[0];
}

function reference(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
