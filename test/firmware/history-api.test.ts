import { afterEach, expect, test } from "vitest";
import { problemSchema } from "../../firmware/contract/site.ts";
import { openStage, type Stage } from "./serve-stage.ts";

let stage: Stage;
afterEach(() => stage.close());

const DAY = "from=2026-09-20T00:00:00%2B08:00&to=2026-09-21T00:00:00%2B08:00";

test("a trend and a summary of any span, by milliseconds or by what a person types", async () => {
  stage = await openStage();
  const trend = await stage.fetch(`/api/v1/trend?points=dev/p0,gone/x&${DAY}`, { as: "viewer" });
  expect(await trend.json()).toMatchObject({
    ...{ fromMs: Date.UTC(2026, 8, 19, 16), stepMs: 60_000, steps: 2 },
    series: [{ point: "dev/p0", max: [20, null] }, { point: "gone/x" }],
  });
  const summary = await stage.fetch("/api/v1/summary?points=dev/p0&from=1789804800000&to=1789891200000", { as: "viewer" });
  expect(await summary.json()).toMatchObject({ summaries: [{ point: "dev/p0", avg: 20, gaps: [{ toMs: 1_789_891_200_000 }] }] });
});

test.each([
  ["from=10&to=9", "to"],
  ["from=0&to=99999999999", "to"],
  ["from=yesterday&to=9", "from"],
  ["from=2026-09-20T00:00:00&to=9", "from"],
  ["from=1&to=9&columns=0", "columns"],
  ["from=1&to=9&columns=2001", "columns"],
  [`from=1&to=9&columns=2000&points=${Array(65).fill("a").join(",")}`, "columns"],
  [`from=1&to=9&points=${Array(257).fill("a").join(",")}`, "points"],
])("trend?%s is refused", async (query, path) => {
  stage = await openStage();
  const response = await stage.fetch(`/api/v1/trend?${query.includes("points") ? "" : "points=dev/p0&"}${query}`, { as: "viewer" });
  expect(response.status).toBe(400);
  const { faults } = problemSchema.parse(await response.json());
  expect(faults).toMatchObject([{ path }]);
});

test("a history that cannot be read says why, in both languages", async () => {
  stage = await openStage();
  stage.trouble.history = { zh: "磁盘", en: "the disk" };
  for (const path of ["trend", "summary"]) {
    const response = await stage.fetch(`/api/v1/${path}?points=dev/p0&${DAY}`, { as: "viewer" });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "historyFailing", message: { zh: "磁盘", en: "the disk" } });
  }
});

test("readings as a file: a header that says what the columns are, pieces as they come, and a line in the audit log", async () => {
  stage = await openStage();
  const get = (more: string, path = "points=dev/p0,=gone/x") => stage.fetch(`/api/v1/trend.csv?${path}&${DAY}${more}`, { as: "viewer" });
  const raw = await get("&language=en");
  expect(raw.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(raw.headers.get("content-disposition")).toContain('filename="readings-raw-2026-09-20.csv"');
  // A name that a spreadsheet would run is none any more.
  expect(Buffer.from(await raw.arrayBuffer()).toString()).toBe(
    "\uFEFFLocal time,UTC ms,Clock,dev/p0 (°C),'=gone/x\r\n0 raw,20,20\r\n1 raw,20,20\r\n2 raw,20,20\r\n",
  );
  const minutes = await get("&step=minute", "points=dev/p0");
  expect(await minutes.text()).toContain("本地时间,UTC 毫秒,时钟,dev/p0 (°C) 平均,dev/p0 (°C) 最低,dev/p0 (°C) 最高\r\n0 minute");
  expect(stage.notes.filter(({ action }) => action === "history.export")).toMatchObject([
    { by: "the viewer", subject: "dev/p0 =gone/x", detail: "2026-09-20 – 2026-09-21 raw" },
    { subject: "dev/p0", detail: "2026-09-20 – 2026-09-21 minute" },
  ]);
});

test("a file that cannot be made is an answer, not half a file", async () => {
  stage = await openStage();
  stage.trouble.history = { zh: "磁盘", en: "the disk" };
  const failing = await stage.fetch(`/api/v1/trend.csv?points=dev/p0&${DAY}`, { as: "viewer" });
  expect([failing.status, await failing.json()]).toMatchObject([503, { code: "historyFailing", message: { en: "the disk" } }]);
  const many = await stage.fetch(`/api/v1/trend.csv?points=${Array(65).fill("a").join(",")}&${DAY}`, { as: "viewer" });
  expect(problemSchema.parse(await many.json()).faults).toMatchObject([{ path: "points" }]);
});
