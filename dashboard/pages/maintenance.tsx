import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { endWindow, planWindow, takeOut } from "../live/calm.ts";
import { tc } from "../text/calm.ts";
import { localOf, momentOf } from "../text/local-time.ts";
import { said } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";
import "./maintenance.css";

const HOUR_MS = 3_600_000;

/** Maintenance windows and devices out of service: what nobody is told for a while, by whose order, and until when. */
export function MaintenancePage() {
  const { store } = usePage();
  const [dialog, ask] = useState<ComponentChildren>(null);
  const mayChange = may(store.session.role, "maintenance.change");
  const windows = store.maintenance.value;
  const close = (): void => ask(null);
  return (
    <div class="maintenance">
      <section class="panel" aria-labelledby="maintenance">
        <div class="toolbar">
          <h2 id="maintenance">{tc.value.openMaintenance}</h2>
          <span class="push" />
          <button type="button" class="primary" disabled={!mayChange} onClick={() => ask(<PlanDialog close={close} />)}>
            {tc.value.plan}
          </button>
          <button type="button" disabled={!mayChange} onClick={() => ask(<TakeOutDialog close={close} />)}>
            {tc.value.takeOut}
          </button>
        </div>
        <p class="dim">{tc.value.explain}</p>
        {mayChange ? null : <p class="notice">{tc.value.whoMay}</p>}
        {windows.length === 0 ? (
          <p class="dim">{tc.value.none}</p>
        ) : (
          <ul class="windows">
            {windows.map((window) => (
              <WindowLine key={window.id} window={window} mayChange={mayChange} ask={ask} />
            ))}
          </ul>
        )}
      </section>
      {dialog}
    </div>
  );
}

function WindowLine({
  window,
  mayChange,
  ask,
}: {
  readonly window: MaintenanceWindow;
  readonly mayChange: boolean;
  readonly ask: (dialog: ComponentChildren) => void;
}) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  const { change, requester, reason, fromMs, untilMs, endedAtMs, by } = window;
  const scope = scopeText(window.scope, store.room.site);
  const state = endedAtMs !== null ? tc.value.ended : fromMs > now ? tc.value.planned : tc.value.running;
  const until = endedAtMs ?? untilMs;
  const end = (): void =>
    ask(
      <AskDialog
        title={tc.value.endOf(scope)}
        does={tc.value.endDoes}
        verb={tc.value.endNow}
        run={() => endWindow(window.id)}
        done={() => undefined}
        close={() => ask(null)}
      />,
    );
  return (
    <li class={endedAtMs === null ? "" : "over"}>
      <strong>{state}</strong>
      <span>
        {scope}
        <span class="label"> {[change, requester, reason].filter((word) => word !== "").join(" · ")}</span>
      </span>
      <span class="label">
        {time.since(fromMs, now)} – {until === null ? tc.value.untilEnded : time.since(until, now)} · {by}
      </span>
      {endedAtMs === null && mayChange ? (
        <button type="button" aria-label={tc.value.endOf(scope)} onClick={end}>
          {tc.value.endNow}
        </button>
      ) : null}
    </li>
  );
}

function PlanDialog({ close }: { readonly close: () => void }) {
  const { store } = usePage();
  const { site } = store.room;
  const [offeredMs] = useState(() => boxNowMs(store));
  const run = (fields: FormData) => {
    const text = (name: string): string => String(fields.get(name) ?? "");
    const place = text("scope");
    const scope = {
      all: place === "",
      areas: place.startsWith("area ") ? [place.slice(5)] : [],
      devices: place.startsWith("device ") ? [place.slice(7)] : [],
    };
    const fromMs = momentOf(text("fromMs"), site.timezone) ?? offeredMs;
    const untilMs = momentOf(text("untilMs"), site.timezone) ?? 0;
    return planWindow({ scope, fromMs, untilMs, change: text("change"), requester: text("requester"), reason: text("reason") });
  };
  return (
    <AskDialog title={tc.value.plan} does={tc.value.explain} verb={tc.value.plan} run={run} done={() => undefined} close={close}>
      <span class="field">
        <label for="window-scope">{tc.value.scope}</label>
        <select id="window-scope" name="scope">
          {site.areas.map((area) => (
            <option key={area.id} value={`area ${area.id}`}>
              {said(area.name)}
            </option>
          ))}
          {site.devices.map((device) => (
            <option key={device.id} value={`device ${device.id}`}>
              {said(device.name)}
            </option>
          ))}
          <option value="">{tc.value.wholeRoom}</option>
        </select>
      </span>
      <TimeField id="fromMs" label={tc.value.from} atMs={offeredMs} />
      <TimeField id="untilMs" label={tc.value.until} atMs={offeredMs + 2 * HOUR_MS} />
      <TextField id="change" label={tc.value.change} max={64} />
      <TextField id="requester" label={tc.value.requester} max={64} />
      <TextField id="reason" label={tc.value.reason} max={500} />
    </AskDialog>
  );
}

function TakeOutDialog({ close }: { readonly close: () => void }) {
  const { store } = usePage();
  const run = (fields: FormData) => takeOut([String(fields.get("devices") ?? "")], String(fields.get("reason") ?? ""));
  return (
    <AskDialog title={tc.value.takeOut} does={tc.value.takeOutDoes} verb={tc.value.takeOut} run={run} done={() => undefined} close={close}>
      <span class="field">
        <label for="window-device">{tc.value.device}</label>
        <select id="window-device" name="devices">
          {store.room.site.devices.map((device) => (
            <option key={device.id} value={device.id}>
              {said(device.name)}
            </option>
          ))}
        </select>
      </span>
      <TextField id="reason" label={tc.value.reason} max={500} />
    </AskDialog>
  );
}

function TimeField({ id, label, atMs }: { readonly id: string; readonly label: string; readonly atMs: number }) {
  const { store } = usePage();
  return (
    <span class="field">
      <label for={`window-${id}`}>{label}</label>
      <input id={`window-${id}`} name={id} type="datetime-local" step="1" required defaultValue={localOf(atMs, store.room.site.timezone)} />
    </span>
  );
}

function TextField({ id, label, max }: { readonly id: string; readonly label: string; readonly max: number }) {
  return (
    <span class="field">
      <label for={`window-${id}`}>{label}</label>
      <input id={`window-${id}`} name={id} required maxLength={max} autocomplete="off" />
    </span>
  );
}

function scopeText({ all, areas, devices }: MaintenanceWindow["scope"], site: ReturnType<typeof usePage>["store"]["room"]["site"]): string {
  if (all) return tc.value.wholeRoom;
  const names = [
    ...areas.map((id) => site.areas.find((area) => area.id === id)),
    ...devices.map((id) => site.devices.find((device) => device.id === id)),
  ];
  return names.map((found, index) => (found === undefined ? ([...areas, ...devices][index] ?? "") : said(found.name))).join(", ");
}
