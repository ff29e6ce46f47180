import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { shelve } from "../live/calm.ts";
import { tc } from "../text/calm.ts";
import { said } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";

const MINUTE_MS = 60_000;
const SPANS_MIN = [30, 60, 240, 480, 1_440] as const;
const REASON_LENGTH_MAX = 500;

/** For how long, and why: without a reason nothing goes on the shelf. */
export function ShelveDialog({ alarm, close }: { readonly alarm: AlarmRecord; readonly close: () => void }) {
  const run = (fields: FormData) => {
    const span = Number(fields.get("forMs"));
    return shelve([alarm.key], String(fields.get("reason") ?? ""), span === 0 ? null : span * MINUTE_MS);
  };
  return (
    <AskDialog
      title={`${tc.value.shelve}: ${said(alarm.text)}`}
      does={tc.value.shelveDoes}
      verb={tc.value.shelve}
      run={run}
      done={() => undefined}
      close={close}
    >
      <span class="field">
        <label for="shelve-span">{tc.value.howLong}</label>
        <select id="shelve-span" name="forMs">
          {SPANS_MIN.map((minutes) => (
            <option key={minutes} value={minutes} selected={minutes === 60}>
              {minutes < 60 ? tc.value.minutes(minutes) : tc.value.hours(minutes / 60)}
            </option>
          ))}
          <option value={0}>{tc.value.untilNormal}</option>
        </select>
      </span>
      <span class="field">
        <label for="shelve-reason">{tc.value.reason}</label>
        <textarea id="shelve-reason" name="reason" rows={2} required maxLength={REASON_LENGTH_MAX} />
      </span>
    </AskDialog>
  );
}
