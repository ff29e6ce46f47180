import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InspectionMonth, InspectionSheet } from "../../firmware/contract/inspection.ts";
import { type Box, runBox, startBox, workFolder, writeSite } from "./box.ts";

const HEAD = `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
`;
const round = (name: string, items: string): string => `${HEAD}inspection: [{ id: daily, name: ${name}, items: [${items}] }]\n`;
const TEMPERATURE = "{ kind: measured, point: th-1/ambient.temperature }";
const LAMPS = "{ kind: choice, id: lamps, name: Lamps, choices: [{ id: off, name: Off }, { id: lit, name: Lit, abnormal: true }] }";

let work: ReturnType<typeof workFolder>;
beforeEach(() => {
  work = workFolder();
});
afterEach(() => work.dispose());

const sheetOf = async (box: Box): Promise<InspectionSheet> => {
  const { today } = await box.get<InspectionMonth>("/api/v1/inspection");
  return box.get<InspectionSheet>(`/api/v1/inspection/sheet?id=daily/${today}`);
};

describe("the round on the real gateway", () => {
  test("what was called saved is there after a kill, under the template of its first answer, and so is the signature", async () => {
    const data = join(work.path, "data");
    let box = await startBox(writeSite(work.path, round("Before", `${TEMPERATURE}, ${LAMPS}`)), data);
    try {
      const { id: sheet } = await sheetOf(box);
      const answered = await box.post("/api/v1/inspection/answer", { sheet, item: "lamps", value: "lit", note: "row 2", revision: 0 });
      expect(answered.status).toBe(200);
      await box.peer.stop("SIGKILL");

      box = await startBox(writeSite(work.path, round("After", LAMPS)), data);
      const found = await box.get<InspectionSheet>(`/api/v1/inspection/sheet?id=${sheet}`);
      expect(found).toMatchObject({
        ...{ form: { name: { en: "Before" }, items: [{ kind: "measured" }, { kind: "choice" }] }, missing: [], abnormal: ["lamps"] },
        // Nobody answered on that wire: no value, and never a zero.
        measured: { problem: null, rows: [{ item: "th-1/ambient.temperature", min: null, max: null, last: null, minutesWithData: 0 }] },
      });
      const signed = await box.post("/api/v1/inspection/sign", { sheet, revision: 1 });
      expect(signed).toMatchObject({ status: 200, body: { state: "signed", answers: [{ value: "lit", note: "row 2" }] } });
      await box.peer.stop("SIGKILL");

      box = await startBox(writeSite(work.path, round("After", LAMPS)), data);
      expect(await box.get(`/api/v1/inspection/sheet?id=${sheet}`)).toEqual(signed.body);
      const refused = await box.post("/api/v1/inspection/answer", { sheet, item: "lamps", value: "off", revision: 1 });
      expect(refused).toMatchObject({ status: 422, body: { code: "notAccepted" } });
      expect(runBox(["audit", "verify", "--data", data])).toMatchObject({ status: 0 });
    } finally {
      await box.peer.stop();
    }
  });

  test("a template that names what the site does not have starts nothing and says where", () => {
    const site = writeSite(work.path, round("Daily", "{ kind: measured, point: th-1/ambient.presure }"));
    const { status, output } = runBox(["check", site]);
    expect(status).toBe(2);
    expect(output).toContain("site.yaml:6:");
    expect(output).toContain("no point matches th-1/ambient.presure; expected a point of th-1, e.g. ambient.temperature, ambient.humidity");
  });
});
