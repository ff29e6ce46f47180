import { computed, type ReadonlySignal } from "@preact/signals";
import type { Words } from "../../firmware/contract/alarm.ts";
import { type Language, language } from "./preferences.ts";

/** Every word of the dashboard. A sentence with blanks is a function, so that no language has to bend to the other's order. */
const TEXT = {
  product: { zh: "机房守望", en: "Roomward" },
  demo: { zh: "演示", en: "Demo" },
  room: { zh: "机房", en: "Room" },
  alarms: { zh: "告警", en: "Alarms" },
  devices: { zh: "设备", en: "Devices" },
  device: { zh: "设备", en: "Device" },
  skipToContent: { zh: "跳到内容", en: "Skip to content" },
  mainNavigation: { zh: "主导航", en: "Main" },
  language: { zh: "English", en: "中文" },
  switchLanguage: { zh: "切换到英文", en: "Switch to Chinese" },
  switchTheme: { zh: "切换明暗", en: "Switch light or dark" },
  signOut: { zh: "退出", en: "Sign out" },

  critical: { zh: "紧急", en: "Critical" },
  major: { zh: "重要", en: "Major" },
  minor: { zh: "一般", en: "Minor" },
  warning: { zh: "提示", en: "Warning" },

  stateB: { zh: "未确认", en: "Unacknowledged" },
  stateC: { zh: "已确认", en: "Acknowledged" },
  stateD: { zh: "已恢复，未确认", en: "Returned, unacknowledged" },
  stateE: { zh: "已搁置", en: "Shelved" },
  stateF: { zh: "已抑制", en: "Suppressed" },
  stateG: { zh: "维护中", en: "Out of service" },
  stateA: { zh: "正常", en: "Normal" },
  stateLatched: { zh: "已恢复，须确认", en: "Returned, must be acknowledged" },
  held: { zh: "数据中断，保持原状态", en: "No data, state held" },

  allNormal: { zh: "一切正常", en: "All normal" },
  alarmsSince: {
    zh: (count: number, worst: string, since: string) => `${count} 条${worst}告警 · 最早 ${since} 起`,
    en: (count: number, worst: string, since: string) =>
      `${count} ${worst.toLowerCase()} ${count === 1 ? "alarm" : "alarms"} · since ${since}`,
  },
  allHandled: {
    zh: (count: number) => `${count} 条告警，均已有人处理`,
    en: (count: number) => `${count} ${count === 1 ? "alarm" : "alarms"}, all being handled`,
  },
  devicesAndPoints: {
    zh: (devices: number, points: number) => `${devices} 台设备 · ${points} 个测点`,
    en: (devices: number, points: number) => `${devices} devices · ${points} points`,
  },
  pointsWithoutData: {
    zh: (count: number) => `${count} 个测点无数据`,
    en: (count: number) => `${count} ${count === 1 ? "point" : "points"} without data`,
  },
  dataAge: { zh: (age: string) => `数据 ${age}`, en: (age: string) => `data ${age}` },
  connecting: { zh: "正在连接…", en: "Connecting…" },
  linkDown: {
    zh: (time: string) => `连接中断，显示的是 ${time} 的数值，正在重连`,
    en: (time: string) => `Connection lost. These are the values of ${time}; reconnecting`,
  },
  clockUncertain: { zh: (day: string) => `时间未校准 · ${day}`, en: (day: string) => `Time not certain · ${day}` },
  clockRefused: { zh: (day: string) => `系统时间异常，未采用 · ${day}`, en: (day: string) => `System time refused · ${day}` },
  clockRepeats: { zh: "时钟曾回拨，此时刻重复", en: "Clock was set back: this hour repeats" },
  timeUncertain: { zh: "时间不确定", en: "time not certain" },
  timeCorrected: { zh: "时间已更正", en: "time corrected" },
  loading: { zh: "正在读取站点…", en: "Loading the site…" },
  cannotLoad: { zh: "无法读取站点", en: "The site cannot be loaded" },
  tryAgain: { zh: "重试", en: "Try again" },

  signIn: { zh: "登录", en: "Sign in" },
  userName: { zh: "登录名", en: "Name" },
  password: { zh: "密码", en: "Password" },
  passwordHelp: {
    zh: "账户由管理员建立。忘记密码时，请管理员重设。",
    en: "An administrator makes accounts. If the password is forgotten, have an administrator reset it.",
  },
  useToken: { zh: "用令牌登录", en: "Use a token" },
  useName: { zh: "用登录名登录", en: "Use name and password" },
  firstAdministrator: { zh: "建立首个管理员", en: "Make the first administrator" },
  choosePassword: { zh: "设定密码", en: "Choose a password" },
  newPassword: { zh: "新密码", en: "New password" },
  passwordAgain: { zh: "再输入一次", en: "Once more" },
  passwordRule: {
    zh: "至少 10 个字符，不含登录名；几个不相干的词连在一起即可。",
    en: "At least 10 characters and without the name; some words that do not belong together will do.",
  },
  passwordsDiffer: { zh: "两次输入的密码不同，请重新输入。", en: "The two passwords differ. Type them again." },
  saveAndSignIn: { zh: "保存并登录", en: "Save and sign in" },
  token: { zh: "令牌", en: "Token" },
  tokenHelp: { zh: "令牌由管理员在盒子上用命令生成，只显示一次：", en: "An administrator makes a token on the box; it is shown once:" },
  signInRefused: {
    zh: "令牌不对或已被吊销。请检查是否完整复制。",
    en: "This token is not valid or was revoked. Check that it was copied whole.",
  },
  boxUnreachable: { zh: "连不上网关，请检查网络后重试。", en: "The gateway cannot be reached. Check the network and try again." },

  noAlarms: { zh: "没有活动告警", en: "No active alarms" },
  noAlarmsMore: { zh: "所有规则都在正常范围内。", en: "Every rule is within its limits." },
  activeAlarms: { zh: "活动告警", en: "Active alarms" },
  recentIncidents: { zh: "近期事件", en: "Recent incidents" },
  noIncidents: { zh: "还没有事件记录", en: "No incidents on record yet" },
  allAlarms: { zh: "全部告警", en: "All alarms" },
  acknowledge: { zh: "确认", en: "Acknowledge" },
  acknowledgeSelected: { zh: (count: number) => `确认所选（${count}）`, en: (count: number) => `Acknowledge selected (${count})` },
  selectAll: { zh: "全选未确认", en: "Select all unacknowledged" },
  note: { zh: "备注（可不填）", en: "Note (optional)" },
  mendFields: { zh: "未保存。请改正标出的各项，其余内容仍在。", en: "Not saved. Mend what is marked; all else you typed is still here." },
  fieldFault: {
    zh: (field: string, expected: string) => `${field}：应为${expected}`,
    en: (field: string, expected: string) => `${field}: expected ${expected}`,
  },
  cancel: { zh: "取消", en: "Cancel" },
  close: { zh: "关闭", en: "Close" },
  acknowledged: { zh: (count: number) => `已确认 ${count} 条，已写入日志`, en: (count: number) => `${count} acknowledged and recorded` },
  alreadyEnded: { zh: (count: number) => `${count} 条在此之前已结束`, en: (count: number) => `${count} had already ended` },
  alreadyAcknowledged: {
    zh: (who: string, time: string) => `${who} 已在 ${time} 确认`,
    en: (who: string, time: string) => `${who} had acknowledged it at ${time}`,
  },
  viewerMayNot: {
    zh: "您的角色只能查看，不能确认。请以值班员（operator）身份登录。",
    en: "Your role may only look. Sign in as an operator to acknowledge.",
  },
  severity: { zh: "级别", en: "Severity" },
  since: { zh: "开始", en: "Since" },
  where: { zh: "位置", en: "Where" },
  what: { zh: "内容", en: "What" },
  valueAndLimit: { zh: "数值 / 限值", en: "Value / limit" },
  state: { zh: "状态", en: "State" },
  who: { zh: "处理人", en: "Who" },
  ticket: { zh: "工单", en: "Ticket" },
  ticketNew: { zh: "新建", en: "new" },
  ticketOpen: { zh: "处理中", en: "open" },
  ticketStalled: { zh: "挂起", en: "stalled" },
  ticketResolved: { zh: "已解决", en: "resolved" },
  ticketRejected: { zh: "已拒绝", en: "rejected" },
  whatToDo: { zh: "现在该做", en: "What to do now" },
  alarmEnded: { zh: "告警已结束", en: "This alarm is over" },
  alarmEndedMore: {
    zh: "条件已恢复并已确认。经过见下方近期事件。",
    en: "It returned to normal and was acknowledged. See the recent incidents below.",
  },
  lifeLine: { zh: "经过", en: "Life line" },
  raised: { zh: "发生", en: "Raised" },
  raisedAgain: { zh: (count: number) => `共发生 ${count} 次`, en: (count: number) => `raised ${count} times` },
  returned: { zh: "恢复", en: "Returned" },
  acknowledgedBy: { zh: (name: string) => `${name} 确认`, en: (name: string) => `Acknowledged by ${name}` },
  delivered: {
    zh: (target: string, event: string) => `${event}已送达 ${target}`,
    en: (target: string, event: string) => `${event} delivered to ${target}`,
  },
  queued: {
    zh: (target: string, event: string) => `${event}正在送往 ${target}`,
    en: (target: string, event: string) => `${event} on its way to ${target}`,
  },
  parked: {
    zh: (target: string, event: string) => `${target} 拒收${event}，需要人工查看`,
    en: (target: string, event: string) => `${target} refused the ${event.toLowerCase()}; somebody has to look`,
  },
  attempts: { zh: (count: number) => `已试 ${count} 次`, en: (count: number) => `${count} ${count === 1 ? "attempt" : "attempts"}` },
  eventRaise: { zh: "告警", en: "Raise" },
  eventUpdate: { zh: "变更", en: "Update" },
  eventAcknowledge: { zh: "确认", en: "Acknowledgement" },
  eventClear: { zh: "恢复", en: "Clear" },
  eventEscalate: { zh: "升级通知", en: "Escalation" },
  noTargets: { zh: "站点没有配置上级平台", en: "The site has no upstream target" },
  openDevice: { zh: "打开设备", en: "Open device" },
  incidentOpen: { zh: "待处理", en: "Open" },
  incidentAcknowledged: { zh: "已确认", en: "Acknowledged" },
  incidentResolved: { zh: "已恢复", en: "Resolved" },
  minimumMaximum: { zh: "期间最低 / 最高", en: "Lowest / highest since" },

  powerAndCooling: { zh: "供电与制冷", en: "Power and cooling" },
  hottest: { zh: "最热点", en: "Hottest spot" },
  mostHumid: { zh: "最湿点", en: "Most humid spot" },
  limit: { zh: "限值", en: "limit" },
  next: { zh: "接下来", en: "What is next" },
  otherArea: { zh: "其他", en: "Elsewhere" },
  lastHour: { zh: "最近一小时", en: "Last hour" },
  keyValues: { zh: "关键数值", en: "Key values" },

  points: { zh: "测点", en: "Points" },
  value: { zh: "数值", en: "Value" },
  quality: { zh: "质量", en: "Quality" },
  profile: { zh: "型号", en: "Profile" },
  bus: { zh: "总线", en: "Bus" },
  address: { zh: "地址", en: "Address" },
  area: { zh: "区域", en: "Area" },
  fedBy: { zh: "由其供电或制冷", en: "Fed or cooled by" },
  period: { zh: "轮询周期", en: "Polled every" },
  register: { zh: "资产", en: "Asset" },
  assetRecord: { zh: "序列号、保修与服务", en: "Serial number, warranty, service" },
  incidentNumber: { zh: "事件编号", en: "Incident" },
  communication: { zh: "通信", en: "Communication" },
  busOk: { zh: "通信正常", en: "Communication is good" },
  busDegraded: { zh: "有设备不应答", en: "Some devices do not answer" },
  busSilent: { zh: "全部设备不应答", en: "No device answers" },
  busMissing: { zh: "转换器或网络不通", en: "Adapter or network is missing" },
  busLent: {
    zh: (to: string, since: string) => `${since} 起借给 ${to} 调试，设备暂不读取`,
    en: (to: string, since: string) => `Lent to ${to} for commissioning since ${since}: its devices are not read`,
  },
  deviceBackingOff: { zh: "此设备不应答，降低频率试探中", en: "This device does not answer and is tried less often" },
  faults: { zh: "通信错误计数", en: "Communication faults" },
  noFaults: { zh: "启动以来没有通信错误", en: "No communication faults since start" },
  lastFault: { zh: "最近一次", en: "Latest" },
  span: { zh: "时间范围", en: "Time span" },
  lastSix: { zh: "最近 6 小时", en: "Last 6 hours" },
  lastDay: { zh: "最近 24 小时", en: "Last 24 hours" },
  lastWeek: { zh: "最近 7 天", en: "Last 7 days" },
  lastMonth: { zh: "最近 30 天", en: "Last 30 days" },
  shortHour: { zh: "1 小时", en: "1 h" },
  shortSix: { zh: "6 小时", en: "6 h" },
  shortDay: { zh: "24 小时", en: "24 h" },
  shortWeek: { zh: "7 天", en: "7 d" },
  shortMonth: { zh: "30 天", en: "30 d" },
  asCsv: { zh: "导出 CSV：", en: "As CSV:" },
  everyReading: { zh: "每个读数", en: "every reading" },
  everyMinute: { zh: "每分钟", en: "every minute" },
  chartOf: { zh: (name: string) => `${name}，最近一小时`, en: (name: string) => `${name}, last hour` },
  chartEmpty: { zh: "还没有历史数据，几秒后出现", en: "No history yet; it appears within seconds" },
  showTable: { zh: "以表格显示", en: "Show as table" },
  time: { zh: "时间", en: "Time" },
  noSuchDevice: { zh: "站点中没有这台设备", en: "The site has no such device" },
  noSuchPage: { zh: "没有这个页面", en: "There is no such page" },
  pageTakesRole: {
    zh: (roles: string, own: string) => `此页需要角色 ${roles}；您是 ${own}。请向管理员申请，或换账户登录。`,
    en: (roles: string, own: string) =>
      `This page takes the role ${roles}; yours is ${own}. Ask an administrator, or sign in as somebody else.`,
  },
  pageNotFetched: {
    zh: "页面没有取到：网络中断，或网关刚刚升级。请重试。",
    en: "The page could not be fetched: the network is down, or the gateway was just updated. Try again.",
  },
  more: { zh: "更多", en: "More" },
  backToRoom: { zh: "回到机房", en: "Back to the room" },
  choosePoints: { zh: "曲线测点", en: "Points in the chart" },

  groupBattery: { zh: "电池", en: "Battery" },
  groupInput: { zh: "输入", en: "Input" },
  groupOutput: { zh: "输出", en: "Output" },
  groupAmbient: { zh: "环境", en: "Ambient" },
  groupOutlet: { zh: "插座与支路", en: "Outlets and branches" },
  groupRectifier: { zh: "整流", en: "Rectifiers" },
  groupStorage: { zh: "存储", en: "Storage" },
  groupCooling: { zh: "制冷", en: "Cooling" },
  groupReturn: { zh: "回风", en: "Return air" },
  groupSupply: { zh: "送风", en: "Supply air" },
  groupHost: { zh: "主机", en: "Host" },
  groupInterface: { zh: "网口", en: "Interfaces" },
  groupDisk: { zh: "磁盘", en: "Disks" },
  groupOther: { zh: "其他", en: "Other" },

  ageNow: { zh: "刚刚", en: "just now" },
  ageSeconds: { zh: (count: number) => `${count} 秒前`, en: (count: number) => `${count} s ago` },
  ageMinutes: { zh: (count: number) => `${count} 分钟前`, en: (count: number) => `${count} min ago` },
  ageHours: { zh: (count: number) => `${count} 小时前`, en: (count: number) => `${count} h ago` },
  seconds: { zh: (count: number) => `${count} 秒`, en: (count: number) => `${count} s` },
  minutes: { zh: (count: number) => `${count} 分钟`, en: (count: number) => `${count} min` },
  hours: { zh: (count: number) => `${count} 小时`, en: (count: number) => `${count} h` },
  days: { zh: (count: number) => `${count} 天`, en: (count: number) => `${count} d` },

  qSentinel: { zh: "传感器故障", en: "Sensor fault" },
  qNotANumber: { zh: "无效数值", en: "Not a number" },
  qOutOfRange: { zh: "超出量程", en: "Out of range" },
  qUnknownState: { zh: "未知状态码", en: "Unknown state" },
  qNoSuchObject: { zh: "设备无此项", en: "Not on this device" },
  qWrongType: { zh: "数据类型不符", en: "Wrong type" },
  qTimeout: { zh: "断线", en: "No answer" },
  qGarbled: { zh: "通信受扰", en: "Garbled" },
  qShort: { zh: "应答不全", en: "Short answer" },
  qForeign: { zh: "应答串扰", en: "Foreign answer" },
  qException: { zh: "设备拒读", en: "Refused by device" },
  qAdapterMissing: { zh: "转换器缺失", en: "Adapter missing" },
  qRefused: { zh: "连接被拒", en: "Connection refused" },
  qUnresolved: { zh: "域名解析失败", en: "Host name not found" },
  qCannotAsk: { zh: "本机无法探测", en: "This box cannot ask" },
  qNothingToMeasure: { zh: "暂无可测", en: "Nothing to measure" },
  qStale: { zh: "数据过期", en: "Stale" },
  qNever: { zh: "尚未读到", en: "Not read yet" },
} as const;

/** One word or sentence in both languages; a sentence with blanks is a function of what fills them. */
type Entry = { readonly zh: unknown; readonly en: unknown };
type Table = Readonly<Record<string, Entry>>;

/** The words of a language: `t.value.room`, `t.value.ageSeconds(5)`. Reading it in a component makes that component follow the choice. */
export type DictionaryOf<T extends Table> = { readonly [Key in keyof T]: T[Key]["zh"] | T[Key]["en"] };
export type Dictionary = DictionaryOf<typeof TEXT>;

/** The words of a page that is fetched when it is asked for stand in a table of its own, beside this one. */
export function dictionaryOf<T extends Table>(table: T): ReadonlySignal<DictionaryOf<T>> {
  const inLanguage = (chosen: Language): DictionaryOf<T> =>
    Object.fromEntries(Object.entries(table).map(([key, words]) => [key, words[chosen]])) as DictionaryOf<T>;
  const both: Readonly<Record<Language, DictionaryOf<T>>> = { zh: inLanguage("zh"), en: inLanguage("en") };
  return computed(() => both[language.value]);
}

export const t = dictionaryOf(TEXT);

/** Words that come from the box, in the person's language. */
export function said(words: Words): string {
  return words[language.value];
}
