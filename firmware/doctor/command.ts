import type { Words } from "../contract/alarm.ts";
import type { BusDoctorView, Latency } from "../contract/doctor.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { duration } from "../site/schema-words.ts";
import { examine } from "./examine.ts";

const span = duration(10_000, 3_600_000, { zh: "带单位的时长，10s 到 60min", en: "a duration with its unit, 10s to 60min" });

interface Terminal {
  readonly clock: Clock;
  say(words: Words): void;
  write(text: string): void;
}

/** `roomward doctor BUS`: what is wrong with a bus, for the terminal of whoever stands at the rack. */
export async function doctorCommand(
  id: string | undefined,
  listenFor: string,
  site: Site,
  asJson: boolean,
  { clock, say, write }: Terminal,
): Promise<"done" | "input"> {
  const buses = site.buses.map((bus) => bus.id).join(", ");
  const bus = site.buses.find((each) => each.id === id);
  if (bus === undefined) {
    say({ zh: `没有总线 ${id ?? ""}。本站的总线：${buses}`, en: `There is no bus ${id ?? ""}. The buses of this site: ${buses}` });
    return "input";
  }
  const forMs = span.safeParse(listenFor);
  if (!forMs.success) {
    say({
      zh: `--for ${listenFor}：应为带单位的时长，10s 到 60min`,
      en: `--for ${listenFor}: expected a duration with its unit, 10s to 60min`,
    });
    return "input";
  }
  if (!asJson) {
    const seconds = Math.round(forMs.data / 1_000);
    say({ zh: `正在听 ${bus.id}，${seconds} 秒……`, en: `Listening to ${bus.id} for ${seconds} s …` });
  }
  const view = await examine(bus, site, clock, forMs.data);
  if (asJson) write(`${JSON.stringify(view)}\n`);
  else for (const words of lines(view)) say(words);
  return "done";
}

function lines(view: BusDoctorView): readonly Words[] {
  const { exchanges, answered, busyPercent, latency, errors, devices, findings } = view;
  const counts = Object.entries(errors).map(([kind, count]) => `${kind} ${count}`);
  const trouble = counts.length === 0 ? "" : ` · ${counts.join(", ")}`;
  return [
    {
      zh: `问答 ${exchanges} 次，应答 ${answered} 次 · 占用 ${busyPercent ?? "–"} % · 应答时间 ${times(latency)}${trouble}`,
      en: `${exchanges} exchanges, ${answered} answered · wire taken ${busyPercent ?? "–"} % · latency ${times(latency)}${trouble}`,
    },
    ...devices.map((device) => {
      const line = `  ${device.device}: ${device.answered}/${device.exchanges} · ${times(device.latency)}`;
      return { zh: line, en: line };
    }),
    ...(findings.length === 0
      ? [{ zh: "没有发现问题。", en: "Nothing wrong was found." }]
      : findings.map(({ what, why, next }, index) => ({
          zh: `${index + 1}. ${what.zh}\n   依据：${why.zh}\n   下一步：${next.zh}`,
          en: `${index + 1}. ${what.en}\n   Why: ${why.en}\n   Next: ${next.en}`,
        }))),
  ];
}

function times(latency: Latency): string {
  return latency === null ? "–" : `P50 ${latency.p50Ms} · P95 ${latency.p95Ms} · P99 ${latency.p99Ms} ms`;
}
