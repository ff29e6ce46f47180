import fc from "fast-check";
import { expect, test } from "vitest";
import { localOf, momentOf } from "../../dashboard/text/local-time.ts";

test("what a field shows of a moment means that moment, in every zone, but for the hour that comes twice", () => {
  const moment = fc.integer({ min: Date.UTC(2026, 0, 1) / 1_000, max: Date.UTC(2050, 0, 1) / 1_000 });
  fc.assert(
    fc.property(
      moment,
      fc.constantFrom("Asia/Shanghai", "UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"),
      (seconds, zone) => {
        const local = localOf(seconds * 1_000, zone);
        const meant = momentOf(local, zone);
        expect(localOf(meant ?? 0, zone)).toBe(local);
        if (zone === "Asia/Shanghai" || zone === "UTC") expect(meant).toBe(seconds * 1_000);
      },
    ),
  );
});

test("the form of the field, and what is none", () => {
  expect(localOf(Date.UTC(2026, 10, 26, 0, 30), "Asia/Shanghai")).toBe("2026-11-26T08:30:00");
  expect(momentOf("2026-11-26T08:30", "Asia/Shanghai")).toBe(Date.UTC(2026, 10, 26, 0, 30));
  expect(momentOf("", "UTC")).toBeNull();
});
