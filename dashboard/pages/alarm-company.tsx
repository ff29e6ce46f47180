import { useState } from "preact/hooks";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { silence } from "../live/calm.ts";
import { isActive } from "../live/order.ts";
import { tc } from "../text/calm.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { asideReason } from "./alarm-aside.tsx";
import { ShelveDialog } from "./shelve-dialog.tsx";

const MINUTE_MS = 60_000;
const SILENCE_MIN = 10;
/** Of leak, smoke and fire: the box allows no more. */
const EMERGENCY_SILENCE_MIN = 5;

/** What a person can do to an alarm beside acknowledging it: switch its sound off, put it on the shelf. */
export function CalmActions({ alarm }: { readonly alarm: AlarmRecord }) {
  const { store } = usePage();
  const [shelving, setShelving] = useState(false);
  const [problem, setProblem] = useState("");
  const minutes = alarm.emergency === true ? EMERGENCY_SILENCE_MIN : SILENCE_MIN;
  const hush = async (): Promise<void> => {
    const answer = await silence([alarm.key], minutes * MINUTE_MS);
    setProblem(answer.ok ? "" : said(answer.message));
  };
  const canShelve = alarm.state === "B" || alarm.state === "C" || alarm.state === "D";
  return (
    <>
      {alarm.state === "B" ? (
        <button type="button" disabled={!store.mayShelve || isSilenced(alarm, boxNowMs(store))} onClick={() => void hush()}>
          {tc.value.silence(minutes)}
        </button>
      ) : null}
      {canShelve && alarm.emergency !== true ? (
        <button type="button" disabled={!store.mayShelve} onClick={() => setShelving(true)}>
          {tc.value.shelve}
        </button>
      ) : null}
      {alarm.emergency === true ? <span class="dim">{tc.value.neverShelved}</span> : null}
      {problem === "" ? null : <span role="alert">{problem}</span>}
      {shelving ? <ShelveDialog alarm={alarm} close={() => setShelving(false)} /> : null}
    </>
  );
}

export function isSilenced({ soundOff }: AlarmRecord, nowMs: number): boolean {
  return soundOff !== undefined && soundOff.untilMs > nowMs;
}

/** Why it is quiet, and which other alarms belong to the same incident; the one that began first is marked. */
export function Company({ alarm }: { readonly alarm: AlarmRecord }) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  const reason = asideReason(alarm, store, time);
  const members = store.everyAlarm.value.filter(({ incident }) => incident === alarm.incident);
  const first = members
    .filter(({ abnormalAtMs }) => abnormalAtMs !== undefined)
    .reduce<AlarmRecord | null>((early, member) => (early === null || began(member) < began(early) ? member : early), null);
  return (
    <>
      {reason === "" ? null : <p class="label">{reason}</p>}
      {isSilenced(alarm, now) && alarm.soundOff !== undefined ? (
        <p class="label">{tc.value.silencedUntil(alarm.soundOff.by, time.since(alarm.soundOff.untilMs, now))}</p>
      ) : null}
      {alarm.chattering === true ? <p class="label">{tc.value.chattering}</p> : null}
      {members.length < 2 ? null : (
        <details>
          <summary>{tc.value.sameIncident(members.length)}</summary>
          <ul class="aside-list">
            {members.map((member) => (
              <li key={member.key}>
                <SeverityMark severity={member.severity} returned={!isActive(member)} />
                <a href={href.alarm(member.key)}>{said(member.text)}</a>
                {member.key === first?.key ? <strong class="label">{tc.value.firstOut}</strong> : null}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function began({ abnormalAtMs, raisedAtMs }: AlarmRecord): number {
  return abnormalAtMs ?? raisedAtMs;
}
