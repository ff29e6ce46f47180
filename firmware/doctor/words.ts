import type { Words } from "../contract/alarm.ts";
import type { Cause, FindingView } from "../contract/doctor.ts";
import { lineSettings, placeOf, wireText } from "../site/line.ts";
import type { Device } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import type { Finding } from "./findings.ts";

/** What a finding is told with: numbers, who it is about, and how the wire is set. */
interface About {
  readonly evidence: (name: string) => number;
  /** Whole per cent of one number in another. */
  readonly percent: (part: string, of: string) => number;
  readonly who: Words;
  readonly units: string;
  readonly settings: string;
  readonly wire: string;
  readonly isNetwork: boolean;
  readonly count: number;
  readonly kind: string;
  readonly timeoutMs: number;
}

/** A person looks at the first few. */
const NAMES_MAX = 5;

/** A finding for the person at the rack: what it is, why we think so, and what to do next. */
export function findingWords(finding: Finding, bus: BusEntry, devices: readonly Device[]): Pick<FindingView, "what" | "why" | "next"> {
  const about = aboutOf(finding, bus, devices);
  const { causes } = finding;
  const several = causes.length > 1 && finding.certainty === "unsure";
  const next = causes.length > 1 ? steps(causes, about) : STEP[causes[0]](about);
  return { what: several ? undecided(finding, about) : WHAT[causes[0]](about), why: why(finding, about), next };
}

function aboutOf({ evidence, devices: ids, kind }: Finding, bus: BusEntry, devices: readonly Device[]): About {
  const evidenceOf = (name: string): number => Math.round((evidence[name] ?? 0) * 10) / 10;
  const named = devices.filter(({ id }) => ids.includes(id));
  const more = named.length - NAMES_MAX;
  const shown = named.slice(0, NAMES_MAX);
  const places = named.flatMap((device) => placeOf(device) ?? []);
  return {
    evidence: evidenceOf,
    percent: (part, of) => Math.round(((evidence[part] ?? 0) / Math.max(1, evidence[of] ?? 0)) * 100),
    who: {
      zh: shown.map(({ name, id }) => `${name.zh}（${id}）`).join("、") + (more > 0 ? `等 ${named.length} 台` : ""),
      en: shown.map(({ name, id }) => `${name.en} (${id})`).join(", ") + (more > 0 ? ` and ${more} more` : ""),
    },
    units: places.join(", "),
    settings: lineSettings(bus),
    wire: wireText(bus),
    isNetwork: bus.kind === "snmp" || bus.kind === "modbus-tcp",
    count: named.length,
    kind: kind ?? "",
    timeoutMs: "timeout" in bus ? bus.timeout : 0,
  };
}

const NAME: Readonly<Record<Cause, Words>> = {
  adapterMissing: { zh: "转换器或网络路径不在", en: "no adapter or network path" },
  adapterUnstable: { zh: "转换器时有时无", en: "an adapter that comes and goes" },
  babble: { zh: "有设备不停发送", en: "a device that never stops sending" },
  secondMaster: { zh: "另有主站", en: "a second master" },
  swappedWires: { zh: "A/B 接反", en: "A and B swapped" },
  wrongSpeed: { zh: "波特率不一致", en: "another baud rate" },
  wrongParity: { zh: "校验位不一致", en: "another parity" },
  cableCut: { zh: "线路中断", en: "a break in the cable" },
  noise: { zh: "电磁干扰", en: "electrical noise" },
  missingBias: { zh: "缺少偏置电阻", en: "no bias resistors" },
  missingTermination: { zh: "缺少终端电阻", en: "no terminating resistors" },
  sameAddress: { zh: "地址重复", en: "two devices with one address" },
  lostFirstBytes: { zh: "应答开头丢失", en: "first bytes of answers lost" },
  looseContact: { zh: "接线松动", en: "a loose wire" },
  deviceOff: { zh: "设备断电或故障", en: "no power, or a broken device" },
  wrongAddress: { zh: "地址不符", en: "another address" },
  slowDevice: { zh: "设备应答慢", en: "a slow device" },
  needsRest: { zh: "设备需要间歇", en: "a device that needs a rest" },
  behindGateway: { zh: "网关够不到设备", en: "not reached by its gateway" },
  wrongProfile: { zh: "型号（profile）不符", en: "the wrong profile" },
  wrongOrder: { zh: "字序或字节序不符", en: "another word or byte order" },
  deviceBusy: { zh: "设备忙或自报故障", en: "a busy or failing device" },
  overload: { zh: "总线超载", en: "more than the bus can carry" },
  echo: { zh: "收到自己的回声", en: "an echo of our own questions" },
};

/** Several causes that look the same from here. */
function undecided({ causes, devices }: Finding, { who }: About): Words {
  const names = (language: "zh" | "en"): string => causes.map((cause) => NAME[cause][language]).join(language === "zh" ? "、" : "; ");
  const subject = devices.length === 0 ? { zh: "整条总线", en: "The whole bus" } : who;
  return {
    zh: `${subject.zh}没有可用的应答。不能确定是哪一种：${names("zh")}。`,
    en: `${subject.en}: no usable answer. Not sure which of these: ${names("en")}.`,
  };
}

function steps(causes: readonly Cause[], about: About): Words {
  const numbered = (language: "zh" | "en"): string =>
    causes.map((cause, index) => `${index + 1}. ${STEP[cause](about)[language]}`).join(language === "zh" ? "" : " ");
  return { zh: numbered("zh"), en: numbered("en") };
}

/** What is wrong, where it is known or likely. */
const WHAT: Readonly<Record<Cause, (about: About) => Words>> = {
  adapterMissing: ({ wire }) => ({ zh: `${wire} 不在或连不上。`, en: `${wire} is not there, or cannot be reached.` }),
  adapterUnstable: ({ wire }) => ({ zh: `${wire} 时有时无。`, en: `${wire} comes and goes.` }),
  babble: () => ({ zh: "有一台设备不停地发送，占住了总线。", en: "A device never stops sending and holds the bus." }),
  secondMaster: () => ({ zh: "线上还有另一个主站在提问。", en: "A second master asks questions on this line." }),
  swappedWires: () => ({ zh: "A、B 两线很可能接反了。", en: "A and B are most likely swapped." }),
  wrongSpeed: () => ({ zh: "波特率不一致。", en: "The baud rates differ." }),
  wrongParity: ({ who, count, kind, settings }) => ({
    zh: `${count === 0 ? "线上设备" : who.zh}用${kind === "even" ? "偶" : "奇"}校验，本机口设为 ${settings || "无校验"}。`,
    en: `${count === 0 ? "The devices" : who.en} use ${kind} parity, the port is set to ${settings || "none"}.`,
  }),
  cableCut: ({ who, count }) =>
    count === 0
      ? { zh: "整条总线同时失去应答：线路中断或供电断了。", en: "The whole bus fell silent at once: a break in the cable, or power." }
      : {
          zh: `${who.zh}几乎同时失去应答：它们前面的线路断了，或共用的电源断了。`,
          en: `${who.en} fell silent together: the cable is broken in front of them, or their common supply is off.`,
        },
  noise: () => ({ zh: "线上有干扰：没有提问时也收到字节。", en: "Noise on the line: bytes come when nobody has asked." }),
  missingBias: () => ({
    zh: "总线空闲时没有确定的电平（缺少偏置电阻）。",
    en: "The idle line has no level of its own (no bias resistors).",
  }),
  missingTermination: () => ({
    zh: "数据在途中受损，很可能缺少终端电阻，或分支线过长。",
    en: "What is sent arrives damaged: most likely no terminating resistors, or long branches.",
  }),
  sameAddress: ({ who, units }) => ({
    zh: `很可能有两台设备同为地址 ${units}（${who.zh}）。`,
    en: `Most likely two devices have address ${units} (${who.en}).`,
  }),
  lostFirstBytes: ({ who }) => ({
    zh: `${who.zh}的应答缺少开头几个字节：发送接收切换太慢。`,
    en: `Answers of ${who.en} lack their first bytes: sending and receiving are switched over too slowly.`,
  }),
  looseContact: ({ who }) => ({
    zh: `只有${who.zh}的通信时好时坏，很可能接线松动。`,
    en: `Only ${who.en} is disturbed now and then: most likely a loose wire.`,
  }),
  deviceOff: ({ who }) => ({ zh: `${who.zh}没有电或故障。`, en: `${who.en} has no power or is broken.` }),
  wrongAddress: ({ who }) => ({ zh: `${who.zh}的地址不符。`, en: `${who.en} has another address.` }),
  slowDevice: ({ who, evidence, timeoutMs }) => ({
    zh: `${who.zh}应答太慢：最长 ${Math.round(evidence("lateMaxMs"))} 毫秒，而超时设为 ${timeoutMs} 毫秒。`,
    en: `${who.en} is too slow: up to ${Math.round(evidence("lateMaxMs"))} ms, and the timeout is ${timeoutMs} ms.`,
  }),
  needsRest: ({ who }) => ({
    zh: `${who.zh}紧跟着上一次问答就不应答，歇一会儿就应答。`,
    en: `${who.en} misses questions that follow closely on another, and answers when it has rested.`,
  }),
  behindGateway: ({ who }) => ({
    zh: `网关有应答，但够不到它后面的${who.zh}。`,
    en: `The gateway answers, but does not reach ${who.en} behind it.`,
  }),
  wrongProfile: ({ who }) => ({
    zh: `${who.zh}不认识我们问的数据：型号（profile）很可能选错了。`,
    en: `${who.en} does not know what it is asked: most likely the wrong profile.`,
  }),
  wrongOrder: ({ who, kind }) => ({
    zh: `${who.zh}的${{ words: "字序", bytes: "字节序" }[kind] ?? "字序和字节序"}与型号（profile）相反，数值不可信。`,
    en: `${who.en} orders the ${{ words: "words", bytes: "bytes" }[kind] ?? "words and bytes"} of its values otherwise than its profile: they are not to be trusted.`,
  }),
  deviceBusy: ({ who }) => ({ zh: `${who.zh}常说自己忙或有故障。`, en: `${who.en} often says that it is busy or has failed.` }),
  overload: ({ evidence }) => ({
    zh: `总线超载：按现有周期需要 ${Math.round(evidence("percent"))} % 的时间。`,
    en: `More than the bus can carry: the periods take ${Math.round(evidence("percent"))} % of the time.`,
  }),
  echo: () => ({
    zh: "转换器把我们发出的也收了回来（两线制回声）。读数不受影响。",
    en: "The adapter hears what we send (two-wire echo). Readings are not affected.",
  }),
};

/** Numbers that speak for it. */
function why({ causes: [cause] }: Finding, about: About): Words {
  const { evidence, percent } = about;
  const asked = evidence("asked");
  switch (cause) {
    case "adapterMissing":
    case "adapterUnstable":
      return {
        zh: `最近 ${evidence("tries")} 次打不开，中途断开 ${evidence("losses")} 次。`,
        en: `It could not be opened ${evidence("tries")} times of late, and was lost ${evidence("losses")} times.`,
      };
    case "secondMaster":
      return {
        zh: `收到 ${evidence("foreignQuestions")} 个校验正确、但不是本机发出的提问。`,
        en: `${evidence("foreignQuestions")} well-formed questions came that this box did not ask.`,
      };
    case "babble":
    case "noise":
      return {
        zh: `${asked} 次问答中有 ${evidence("noiseBursts")} 次出现无人要求的字节，共 ${evidence("noiseBytes")} 字节。`,
        en: `Bytes that nobody had asked for at ${evidence("noiseBursts")} of ${asked} questions, ${evidence("noiseBytes")} bytes in all.`,
      };
    case "missingBias":
      return {
        zh: `${evidence("edges")} 次在帧的前后多出 00 或 FF 一类的字节（${asked} 次问答）。`,
        en: `Bytes such as 00 or FF before or behind frames, ${evidence("edges")} times in ${asked} questions.`,
      };
    case "swappedWires":
      if (evidence("edges") > 0)
        return {
          zh: `从未有应答；${asked} 次提问后有 ${evidence("edges")} 次只收到一个 00 之类的字节。`,
          en: `Never an answer; behind ${evidence("edges")} of ${asked} questions came nothing but a byte such as 00.`,
        };
      return neverAnswered(about);
    case "wrongParity":
      return {
        zh: `${asked} 次提问有 ${evidence("damaged")} 次收到字节却不成帧（共 ${evidence("bytes")} 字节${parityZh(about.kind)}）。`,
        en: `Bytes but no frame at ${evidence("damaged")} of ${asked} questions (${evidence("bytes")} bytes${parityEn(about.kind)}).`,
      };
    case "cableCut":
      return fellSilent(about);
    case "deviceOff":
      return evidence("seconds") > 0 ? fellSilent(about) : neverAnswered(about);
    case "missingTermination":
      return {
        zh: `短应答失败 ${evidence("shortPercent")} %，长应答失败 ${evidence("longPercent")} %；空闲时没有杂散字节。`,
        en: `${evidence("shortPercent")} % of short answers fail and ${evidence("longPercent")} % of longer ones; no stray bytes in between.`,
      };
    case "sameAddress":
      if (evidence("behind") > 0)
        return {
          zh: `紧跟在它后面询问的设备 ${evidence("behind")} 次受损，歇一会儿再问就正常：它的第二个应答撞上了别人的。`,
          en: `The device asked right behind it was damaged ${evidence("behind")} times, and is clean when asked later: a second answer runs into its own.`,
        };
      return evidence("twice") > 0
        ? {
            zh: `${evidence("twice")} 次一问两答（${asked} 次提问）。`,
            en: `Two answers to one question, ${evidence("twice")} times in ${asked}.`,
          }
        : {
            zh: `它的应答 ${percent("damaged", "asked")} % 受损，别的设备没有。`,
            en: `${percent("damaged", "asked")} % of its answers are damaged, those of others are not.`,
          };
    case "lostFirstBytes":
      return {
        zh: `${asked} 次中 ${evidence("headless")} 次应答补上开头 1–3 个字节后校验正确。`,
        en: `${evidence("headless")} of ${asked} answers are right once their first one to three bytes are put back.`,
      };
    case "looseContact":
      return {
        zh: `${asked} 次提问：受损 ${evidence("damaged")} 次，无应答 ${evidence("silent")} 次；别的设备正常。`,
        en: `Of ${asked} questions ${evidence("damaged")} came back damaged and ${evidence("silent")} not at all; others are fine.`,
      };
    case "slowDevice":
      return {
        zh: `${asked} 次提问中 ${evidence("late")} 次应答在超时之后才到。`,
        en: `${evidence("late")} of ${asked} answers came after the timeout.`,
      };
    case "needsRest":
      return {
        zh: `间隔短于 ${evidence("pauseMs")} 毫秒时 ${evidence("quickAsked")} 次失败 ${evidence("quickFailed")} 次；间隔更长时 ${evidence("restedAsked")} 次几乎都成功。`,
        en: `Less than ${evidence("pauseMs")} ms after another question ${evidence("quickFailed")} of ${evidence("quickAsked")} fail; of ${evidence("restedAsked")} later ones hardly any.`,
      };
    case "behindGateway":
      return {
        zh: `${evidence("times")} 次回答“目标无应答”（例外码 10、11）。`,
        en: `It said “target does not answer” (exception 10 or 11) ${evidence("times")} times.`,
      };
    case "wrongProfile":
      return evidence("empty") > 0
        ? {
            zh: `读了 ${evidence("empty")} 次，没有一个测点有值。`,
            en: `It was read ${evidence("empty")} times, and not one point had a value.`,
          }
        : {
            zh: `${asked} 次提问：拒绝 ${evidence("refused")} 次（例外码 1–3），长度不符 ${evidence("wrongLength")} 次。`,
            en: `Of ${asked} questions ${evidence("refused")} were refused (exceptions 1 to 3), ${evidence("wrongLength")} answered at another length.`,
          };
    case "wrongOrder":
      return {
        zh: `按型号解读几乎都不合理；换序后 ${evidence("fields")} 个数值中 ${evidence("fits")} 个合理。`,
        en: `As the profile reads them hardly any value is possible; the other way round ${evidence("fits")} of ${evidence("fields")} are.`,
      };
    case "deviceBusy":
      return {
        zh: `${asked} 次提问中 ${evidence("busy")} 次（例外码 4–8）。`,
        en: `${evidence("busy")} of ${asked} questions (exceptions 4 to 8).`,
      };
    case "overload":
      return { zh: "按各设备应答的实际用时除以周期相加得出。", en: "The sum of what each device takes, as measured, over its period." };
    case "echo":
      return { zh: `${asked} 次提问全部原样返回。`, en: `${evidence("echo")} of ${asked} questions came back as they were.` };
    default:
      return neverAnswered(about);
  }
}

function parityZh(kind: string): string {
  return kind === "" ? "" : kind === "even" ? "，其中 1 的个数都是奇数" : "，其中 1 的个数都是偶数";
}

function parityEn(kind: string): string {
  return kind === "" ? "" : `, all with an ${kind === "even" ? "odd" : "even"} number of ones`;
}

function neverAnswered({ evidence }: About): Words {
  const others = evidence("others");
  return {
    zh: `启动以来从未应答（最近提问 ${evidence("asked")} 次）${others > 0 ? `；同一总线上有 ${others} 台应答` : ""}。`,
    en: `Never an answer since the start (${evidence("asked")} questions of late)${others > 0 ? `; ${others} others on the bus answer` : ""}.`,
  };
}

function fellSilent({ evidence }: About): Words {
  const others = evidence("others");
  const seconds = Math.round(evidence("seconds"));
  const ago =
    seconds < 120
      ? { zh: `${seconds} 秒`, en: `${seconds} s` }
      : { zh: `${Math.round(seconds / 60)} 分钟`, en: `${Math.round(seconds / 60)} min` };
  return {
    zh: `此前有应答，${ago.zh}前起不再应答${others > 0 ? `；其余 ${others} 台正常` : ""}。`,
    en: `It answered before, and not since ${ago.en} ago${others > 0 ? `; the other ${others} go on` : ""}.`,
  };
}

const TIMEOUT_STEP_MS = 100;
const TIMEOUT_RESERVE = 1.3;
const PERIOD_STEP_MS = 500;

/** What to do at the rack. */
const STEP: Readonly<Record<Cause, (about: About) => Words>> = {
  adapterMissing: ({ wire }) =>
    wire.startsWith("/")
      ? {
          zh: "检查串口转换器是否插好，并核对站点文件中的 path（ls /dev/serial/by-id）。",
          en: "See that the serial adapter is plugged in, and compare path in the site file (ls /dev/serial/by-id).",
        }
      : {
          zh: "检查网线、IP 地址、端口和对方电源。",
          en: "Look at the network cable, the IP address, the port and the power of the other side.",
        },
  adapterUnstable: ({ wire }) =>
    wire.startsWith("/")
      ? {
          zh: "换一根短 USB 线，直接插在本机上（不经集线器），检查供电；仍然断开就更换转换器。",
          en: "Use another, short USB cable, straight into the box without a hub, and look at its supply; if it goes on, replace the adapter.",
        }
      : {
          zh: "检查网线、交换机端口和串口服务器的供电与连接数。",
          en: "Look at cable and switch port, and at supply and connection limit of the serial server.",
        },
  babble: () => ({
    zh: "逐台拔下总线接头：拔到哪一台后安静下来，就是它；重启或更换它的通信口。",
    en: "Take the devices off the bus one by one: the one after which it is quiet is the one. Restart it or replace its port.",
  }),
  secondMaster: () => ({
    zh: "找出另一个主站（旧监控、HMI、调试软件），把它从这条线上断开；一条线只能有一个主站。",
    en: "Find the other master (an old monitoring box, a panel, a test program) and take it off this line; there can be only one.",
  }),
  swappedWires: ({ count }) =>
    count === 1
      ? { zh: "在这台设备的端子上对调 A、B 两线。", en: "Swap A and B at the terminals of this device." }
      : { zh: "在转换器端对调 A、B 两线。", en: "Swap A and B at the adapter." },
  wrongSpeed: ({ settings }) => ({
    zh: `在设备上查看波特率，并与站点文件核对${settings === "" ? "（串口服务器在其网页上设置）" : `（现为 ${settings}）`}。`,
    en: `Read the baud rate at the device and compare it with ${settings === "" ? "the serial server's settings" : `the site file (${settings})`}.`,
  }),
  wrongParity: ({ settings }) => ({
    zh: `在设备上查看校验位，并与${settings === "" ? "串口服务器" : `站点文件（现为 ${settings}）`}设成一致。`,
    en: `Read the parity at the device and make it agree with ${settings === "" ? "the serial server" : `the site file (${settings})`}.`,
  }),
  cableCut: ({ count }) =>
    count === 0
      ? { zh: "从转换器起检查第一段电缆和端子。", en: "Look at the first length of cable and its terminals, from the adapter on." }
      : count === 1
        ? { zh: "检查它的端子和从总线到它的一段线。", en: "Look at its terminals and at the cable between it and the bus." }
        : {
            zh: "沿电缆检查最后一台有应答的设备与第一台无应答的设备之间的一段。",
            en: "Look at the cable between the last device that answers and the first that does not.",
          },
  noise: () => ({
    zh: "检查屏蔽层是否单端接地，通信线是否与变频器、动力电缆并行；改用双绞屏蔽线并拉开距离。",
    en: "See that the shield is earthed at one end and that the pair does not run beside drives and power cables; use a twisted, shielded pair.",
  }),
  missingBias: () => ({
    zh: "在总线一处（通常在转换器）接上偏置电阻：A 经 560 Ω 接 +5 V，B 经 560 Ω 接地，或打开转换器上的偏置开关。",
    en: "Fit bias resistors at one place, usually the adapter: 560 Ω from A to +5 V and from B to ground, or switch the adapter's own on.",
  }),
  missingTermination: () => ({
    zh: "断电量 A、B 间电阻，应约 60 Ω：总线两端各一个 120 Ω，中间不接；改星形为手拉手，缩短分支；或降低波特率。",
    en: "With power off measure between A and B: about 60 Ω, one 120 Ω at each end and none between. No star, short branches; or a lower baud rate.",
  }),
  sameAddress: ({ units }) => ({
    zh: `断开地址 ${units} 的这台设备再看：若仍有应答，线上另有一台用同一地址，改掉其中一台。`,
    en: `Take this device off the bus: if address ${units} still answers, another has it too. Change one of them.`,
  }),
  lostFirstBytes: ({ count }) =>
    count === 1
      ? {
          zh: "调大设备的应答延时；没有此项就换一个自动换向更快的转换器。",
          en: "Raise the response delay of the device; without one, use an adapter that switches over faster.",
        }
      : {
          zh: "几台设备都这样：更换转换器（自动换向更快的），或调大设备的应答延时。",
          en: "Several devices show it: use an adapter that switches over faster, or raise their response delay.",
        },
  looseContact: () => ({
    zh: "重新压接这台设备的 A、B 和地线端子，检查它的分支线。",
    en: "Tighten A, B and ground at this device, and look at its branch of the cable.",
  }),
  deviceOff: ({ who, count }) => ({
    zh: `检查${count === 0 ? "设备" : ` ${who.zh}`}的电源和指示灯。`,
    en: `Look at power and lamps of ${count === 0 ? "the devices" : who.en}.`,
  }),
  wrongAddress: ({ isNetwork, units, wire }) =>
    isNetwork && units === ""
      ? {
          zh: `核对 IP 地址 ${wire}、团体名或用户，以及防火墙（UDP 161）。`,
          en: `Compare the address ${wire}, community or user, and look at firewalls (UDP 161).`,
        }
      : {
          zh: `在设备上核对地址（拨码或菜单），应为 ${units}。`,
          en: `Compare the address at the device (switches or menu): expected ${units}.`,
        },
  slowDevice: ({ evidence, timeoutMs }) => {
    const ms = Math.max(timeoutMs, Math.ceil((evidence("lateMaxMs") * TIMEOUT_RESERVE) / TIMEOUT_STEP_MS) * TIMEOUT_STEP_MS);
    return { zh: `把这条总线的 timeout 设为 ${ms}ms。`, en: `Set timeout of this bus to ${ms}ms.` };
  },
  needsRest: ({ evidence }) => ({
    zh: `在它的型号（profile）中写 pauseMs: ${evidence("pauseMs")}。`,
    en: `Write pauseMs: ${evidence("pauseMs")} into its profile.`,
  }),
  behindGateway: ({ units }) => ({
    zh: `核对这台设备在网关后面的地址 ${units}、电源、A/B 接线和波特率。`,
    en: `Compare its address ${units} behind the gateway, its power, its wires A and B and the baud rate there.`,
  }),
  wrongProfile: () => ({
    zh: "把铭牌上的型号和固件版本与站点文件的 profile 核对；用 roomward profile test 试其他型号。",
    en: "Compare maker and model on its label, and its firmware, with the profile in the site file.",
  }),
  wrongOrder: ({ kind }) =>
    kind === "words"
      ? {
          zh: "在型号（profile）的这些字段写 words: low-first（或去掉），或在设备上改字序。",
          en: "Write words: low-first at these fields of the profile (or take it out), or change the order at the device.",
        }
      : {
          zh: "在设备上把字节序改为高字节在前（Modbus 标准）。",
          en: "Set the byte order of the device to high byte first, as Modbus has it.",
        },
  deviceBusy: () => ({
    zh: "看设备面板上的告警；加长它的周期 every，或重启其通信模块。",
    en: "Look at the alarms on its panel; give it a longer period (every), or restart its communication module.",
  }),
  overload: ({ evidence }) => {
    const seconds = Math.ceil((evidence("periodMs") * evidence("factor")) / PERIOD_STEP_MS) / (1_000 / PERIOD_STEP_MS);
    return {
      zh: `把周期 every 加到约 ${seconds}s，或提高波特率，或分到两条总线。`,
      en: `Raise the periods (every) to about ${seconds}s, or the baud rate, or share the devices between two buses.`,
    };
  },
  echo: () => ({
    zh: "无需处理；若要去掉，在转换器上关闭回声（四线/两线跳线）。",
    en: "Nothing has to be done; to be rid of it switch the echo off at the adapter (two-wire/four-wire jumper).",
  }),
};
