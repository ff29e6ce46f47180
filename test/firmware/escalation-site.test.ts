import { describe, expect, test } from "vitest";
import { type Asked, firstInScope } from "../../firmware/escalation/scope.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { plannedTargets } from "../../firmware/site/resolve-escalation.ts";
import { loadedSite } from "./loaded-site.ts";

const HEAD = `site: { id: s, name: S, timezone: Asia/Shanghai }
areas: [{ id: hall, name: Hall }, { id: aisle, name: Aisle, parent: hall }, { id: roof, name: Roof }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices:
  - { id: th-1, area: aisle, bus: line, unit: 1, profile: sensor/xy-md02 }
  - { id: th-2, area: roof, bus: line, unit: 2, profile: sensor/xy-md02 }
targets:
  - { id: itsm, kind: webhook, url: "http://127.0.0.1/hook", secret: "0123456789abcdef" }
  - { id: sms, kind: webhook, url: "http://127.0.0.1/sms", secret: "0123456789abcdef" }
  - { id: post, kind: mail, host: mail.example.com, from: room@example.com, to: [team@example.com] }
  - { id: pager, kind: webhook, url: "http://127.0.0.1/pager", secret: "0123456789abcdef" }
  - { id: picky, kind: webhook, url: "http://127.0.0.1/picky", secret: "0123456789abcdef", only: { severity: [critical] } }
`;
const ROTA = `rotas:
  - id: duty
    name: Duty
    people: [{ id: wang, name: 王工, mail: wang@example.com }, { id: li, name: 李工, target: pager }]
    handOver: { at: ["08:00"] }
`;

function problemsOf(text: string): readonly string[] {
  const loaded = loadSite(HEAD + text);
  return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message.en}`) : [];
}

describe("a plan", () => {
  const { plans, rotas } = loadedSite(`${HEAD}${ROTA}escalation:
  - id: night
    when:
      severity: [critical, major]
      areas: [hall]
      schedule: [{ days: [mon, tue, wed, thu, fri], from: "18:00", to: "08:00" }, { days: [sat, sun] }]
    steps: [{ onCall: [duty], fallback: [sms] }, { targets: [itsm] }, { targets: [sms] }]
  - { id: sensors, when: { devices: ["th-2"] }, steps: [{ after: 5min, targets: [itsm], repeat: { every: 10min, times: 3 } }] }
`);
  const at = (local: string): number => Temporal.PlainDateTime.from(local).toZonedDateTime("Asia/Shanghai").epochMilliseconds;
  const chosen = (local: string, asked: Partial<Asked> = {}): string | undefined =>
    firstInScope(
      plans,
      { severity: "critical", area: "aisle", class: "sensor", device: "th-1", tags: [], atMs: at(local), ...asked },
      "Asia/Shanghai",
    )?.id;

  test("has its steps at once, after 20 and after 90 minutes unless it says otherwise", () => {
    expect(plans[0]?.steps.map(({ afterMs }) => afterMs / 60_000)).toEqual([0, 20, 90]);
    expect(plans[1]?.steps[0]).toMatchObject({ afterMs: 300_000, repeat: { everyMs: 600_000, times: 3 } });
  });

  test("is chosen by severity, place with all below it, device, and time over midnight and at weekends", () => {
    expect(chosen("2026-11-26T22:00")).toBe("night");
    expect(chosen("2026-11-27T07:59")).toBe("night");
    expect(chosen("2026-11-27T08:00")).toBeUndefined();
    expect(chosen("2026-11-28T12:00")).toBe("night");
    expect(chosen("2026-11-30T03:00")).toBeUndefined();
    expect(chosen("2026-11-26T22:00", { severity: "minor" })).toBeUndefined();
    expect(chosen("2026-11-26T22:00", { area: "roof", device: "th-2" })).toBe("sensors");
  });

  test("takes the targets that it and people name; a mail target that lends its server goes on as before", () => {
    expect([...plannedTargets(plans, rotas)].sort()).toEqual(["itsm", "pager", "sms"]);
    expect(rotas[0]?.people.map(({ reach }) => reach)).toEqual([
      { target: "post", to: "wang@example.com" },
      { target: "pager", to: null },
    ]);
  });
});

test.each([
  [
    "a target that is not there",
    "escalation: [{ id: a, steps: [{ targets: [none] }] }]",
    "escalation[0].steps[0].targets[0]: there is no none in targets; there are: itsm, sms, post, pager, picky",
  ],
  [
    "a fallback that is not there",
    "escalation: [{ id: a, steps: [{ targets: [itsm], fallback: [none] }] }]",
    "escalation[0].steps[0].fallback[0]: there is no none in targets; there are: itsm, sms, post, pager, picky",
  ],
  [
    "a rota that is not there",
    "escalation: [{ id: a, steps: [{ onCall: [none] }] }]",
    "escalation[0].steps[0].onCall[0]: there is no none in rotas; there are: none",
  ],
  [
    "an area that is not there",
    "escalation: [{ id: a, when: { areas: [attic] }, steps: [{ targets: [itsm] }] }]",
    "escalation[0].when.areas[0]: there is no attic in areas; there are: hall, aisle, roof",
  ],
  [
    "a step that tells nobody",
    "escalation: [{ id: a, steps: [{ after: 1min }] }]",
    "escalation[0].steps[0]: this step tells nobody: name targets or onCall",
  ],
  [
    "steps that do not come later",
    "escalation: [{ id: a, steps: [{ after: 5min, targets: [itsm] }, { after: 5min, targets: [sms] }] }]",
    "escalation[0].steps[1].after: step 2 (5 min) must come later than the one before (5 min)",
  ],
  [
    "a fourth step without a time",
    "escalation: [{ id: a, steps: [{ targets: [itsm] }, { targets: [itsm] }, { targets: [itsm] }, { targets: [itsm] }] }]",
    "escalation[0].steps[3]: step 4 needs after (when)",
  ],
  [
    "an empty schedule",
    "escalation: [{ id: a, when: { schedule: [] }, steps: [{ targets: [itsm] }] }]",
    "escalation[0].when.schedule: an empty schedule: this would never be used. Name spans, or leave schedule out",
  ],
  [
    "a span without length",
    'escalation: [{ id: a, when: { schedule: [{ from: "08:00", to: "08:00" }] }, steps: [{ targets: [itsm] }] }]',
    "escalation[0].when.schedule[0]: 08:00 to 08:00 is an empty span; for whole days leave from and to out",
  ],
  [
    "a tag that no device has",
    "escalation: [{ id: a, when: { tags: [tenant-b] }, steps: [{ targets: [itsm] }] }]",
    "escalation[0].when.tags[0]: there is no tenant-b in tags; there are: none",
  ],
  [
    "a target that hears by a plan and has a condition of its own",
    "escalation: [{ id: a, steps: [{ targets: [picky] }] }]",
    "targets[4].only: picky is told by an escalation plan or a rota: write the condition into the plan's when, or take only out",
  ],
  [
    "a plan twice",
    "escalation: [{ id: a, steps: [{ targets: [itsm] }] }, { id: a, steps: [{ targets: [itsm] }] }]",
    "escalation[1].id: id a is already used by escalation[0]",
  ],
  ["a rota without people", "rotas: [{ id: r, name: R, people: [] }]", "rotas[0].people: rota r has no people; name at least one"],
  [
    "an order with somebody who is not there",
    "rotas: [{ id: r, name: R, people: [{ id: wang, name: W }], order: [wang, li] , handOver: {} }]",
    "rotas[0].order[1]: there is no li in people; there are: wang",
  ],
  [
    "people in turn who never change",
    "rotas: [{ id: r, name: R, people: [{ id: wang, name: W }, { id: li, name: L }] }]",
    "rotas[0]: rota r has 2 people in turn and lacks handOver (when they change) or table",
  ],
  [
    "a gap in a fixed table",
    'rotas: [{ id: r, name: R, people: [{ id: wang, name: W }], table: [{ from: "08:00", to: "20:00", who: wang }, { days: [mon, tue, wed, thu, fri, sat], from: "20:00", to: "08:00", who: wang }] }]',
    "rotas[0].table: nobody is on call mon 00:00 – mon 08:00; a fixed table must fill the week",
  ],
  [
    "shifts that overlap",
    'rotas: [{ id: r, name: R, people: [{ id: wang, name: W }], table: [{ from: "08:00", to: "08:00", who: wang }, { days: [tue], from: "07:00", to: "09:00", who: wang }] }]',
    "rotas[0].table[1]: wang is on call at tue 07:00 already; shifts must not overlap",
  ],
  [
    "a table with somebody who is not there",
    'rotas: [{ id: r, name: R, people: [{ id: wang, name: W }], table: [{ from: "08:00", to: "08:00", who: li }] }]',
    "rotas[0].table[0].who: there is no li in people; there are: wang",
  ],
  [
    "a person whom the only step cannot reach",
    "rotas: [{ id: r, name: R, people: [{ id: wang, name: W, phone: '138' }] }]\nescalation: [{ id: a, steps: [{ onCall: [r] }] }]",
    "escalation[0].steps[0].onCall: wang of rota r has neither mail nor target: on their turn this step would tell nobody",
  ],
  [
    "a mail address at a target that sends no mail",
    "rotas: [{ id: r, name: R, people: [{ id: wang, name: W, mail: w@example.com, target: sms }] }]",
    "rotas[0].people[0].target: sms is no mail target and cannot reach a mail address: name a mail target, or take mail out",
  ],
])("is refused with place and reason: %s", (_, text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});
