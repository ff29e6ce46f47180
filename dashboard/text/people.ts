import { dictionaryOf } from "./words.ts";

/** Words of the pages about people: who there is, who is signed in, one's own account. */
export const tp = dictionaryOf({
  people: { zh: "人员与访问", en: "People and access" },
  users: { zh: "用户", en: "Users" },
  onlyLook: {
    zh: "您可以查看，不能更改：更改人员需要管理员角色。",
    en: "You may look here and change nothing: changing people takes the role of an administrator.",
  },
  role: { zh: "角色", en: "Role" },
  added: { zh: (day: string) => `${day} 加入`, en: (day: string) => `added ${day}` },
  hasPassword: { zh: "已设密码", en: "Has a password" },
  waiting: {
    zh: (until: string) => `等待本人设定密码，代码至 ${until} 有效`,
    en: (until: string) => `Waits for them; the code is good until ${until}`,
  },
  codeOver: { zh: "代码已过期，请重发代码", en: "The code has run out: give a new one" },
  noUsers: { zh: "还没有用户。", en: "There are no users yet." },
  addUser: { zh: "添加用户", en: "Add a user" },
  addToken: { zh: "添加令牌", en: "Add a token" },
  changeRole: { zh: "改角色", en: "Change role" },
  newCode: { zh: "重发代码", en: "New code" },
  remove: { zh: "删除", en: "Remove" },
  end: { zh: "结束", en: "End" },
  forWhom: { zh: (action: string, name: string) => `${action}：${name}`, en: (action: string, name: string) => `${action}: ${name}` },
  roleDoes: {
    zh: "新角色从下一次操作起生效，已打开的页面也一样。",
    en: "The new role counts from their next step on, also in pages that are open.",
  },
  resetDoes: {
    zh: "现有密码立即作废，其所有登录都会退出；本人用一次性链接设定新密码。",
    en: "The present password ends at once and every page of theirs is signed out; they choose a new one with a one-time link.",
  },
  removeDoes: {
    zh: "账户立即失效，其所有登录都会退出。审计日志中的记录保留。不能恢复，只能重新添加。",
    en: "The account ends at once and every page of theirs is signed out. What they did stays in the audit log. It cannot be brought back, only added anew.",
  },
  tokenRemoveDoes: {
    zh: "使用此令牌的程序和大屏立即断开，不能恢复。",
    en: "Programs and wall screens that use it are cut off at once. It cannot be brought back.",
  },
  endDoes: {
    zh: "该处的页面一秒内退出。账户不变，可以重新登录。",
    en: "The page there is signed out within a second. The account stays: they may sign in again.",
  },
  linkFor: { zh: (name: string) => `${name} 的一次性链接`, en: (name: string) => `One-time link for ${name}` },
  linkHelp: {
    zh: (until: string) => `只显示这一次，至 ${until} 有效。请当面或以可靠方式交给本人；打开后由本人设定密码。`,
    en: (until: string) =>
      `Shown this once, good until ${until}. Hand it over in person or by a safe way: whoever opens it chooses the password.`,
  },
  tokenOf: { zh: (name: string) => `令牌 ${name}`, en: (name: string) => `Token ${name}` },
  tokenHelp: {
    zh: "只显示这一次，请现在存好；遗失后只能删除重建。",
    en: "Shown this once: keep it now. If it is lost, remove it and make another.",
  },
  copy: { zh: "复制", en: "Copy" },
  copied: { zh: "已复制", en: "Copied" },
  copyByHand: { zh: "浏览器不允许复制，已选中，请按 Ctrl+C。", en: "The browser forbids copying; it is selected, press Ctrl+C." },
  signedIn: { zh: "正在登录", en: "Signed in now" },
  nobodySignedIn: { zh: "没有人登录。", en: "Nobody is signed in." },
  fromAddress: { zh: (address: string) => `来自 ${address}`, en: (address: string) => `from ${address}` },
  fromUnknown: { zh: "来源未知", en: "from somewhere" },
  since: { zh: (time: string) => `${time} 起`, en: (time: string) => `since ${time}` },
  seen: { zh: (age: string) => `最近操作 ${age}`, en: (age: string) => `last active ${age}` },
  thisSession: { zh: "本页", en: "this page" },
  screen: { zh: "令牌", en: "token" },
  tokens: { zh: "接口令牌", en: "API tokens" },
  tokensHelp: { zh: "给程序和大屏使用。", en: "For programs and screens on a wall." },
  tokenName: { zh: "用途名称", en: "What it is for" },
  noTokens: { zh: "没有令牌。", en: "There are no tokens." },
  network: { zh: "允许的地址", en: "Addresses that may connect" },
  everybodyMay: {
    zh: "凡是能到达本机的地址都可以连接。要限制，请在站点文件写 network: { allow: [网段] }。",
    en: "Every address that reaches the box may connect. To narrow it, write network: { allow: [subnets] } into the site file.",
  },
  refused: {
    zh: (count: number) => `启动以来拒绝 ${count} 次连接。`,
    en: (count: number) => `${count} ${count === 1 ? "connection" : "connections"} refused since the start.`,
  },

  rights: { zh: "各角色的权限", en: "What each role may do" },
  everybody: { zh: "所有角色", en: "every role" },

  account: { zh: "我的账户", en: "My account" },
  changePassword: { zh: "修改密码", en: "Change password" },
  currentPassword: { zh: "现有密码", en: "Present password" },
  currentIsWrong: {
    zh: "现有密码不正确。请检查大小写与输入法后重试；忘记时请管理员重发代码。",
    en: "The present password is wrong. Check capitals and keyboard layout; if it is forgotten, have an administrator give you a new code.",
  },
  passwordChanged: {
    zh: "密码已修改。您在别处的登录已退出。",
    en: "The password is changed. Where else you were signed in, you are signed out.",
  },
  noPassword: {
    zh: "这里用令牌登录，没有密码。令牌由管理员更换。",
    en: "This page is signed in with a token, which has no password. An administrator replaces it.",
  },
  mySessions: { zh: "我的登录", en: "Where I am signed in" },
});

const rights = dictionaryOf({
  "room.see": { zh: "查看机房、告警和曲线", en: "See the room, its alarms and curves" },
  "alarm.acknowledge": { zh: "确认告警", en: "Acknowledge alarms" },
  "alarm.silence": { zh: "告警静音", en: "Silence alarms" },
  "alarm.shelve": { zh: "搁置告警", en: "Shelve alarms" },
  "maintenance.change": { zh: "计划和结束维护窗口、停用设备", en: "Plan and end maintenance windows, take devices out of service" },
  "password.change": { zh: "修改自己的密码、结束自己的登录", en: "Change their own password, end their own sessions" },
  "people.see": { zh: "查看人员、登录和令牌", en: "See users, who is signed in, and tokens" },
  "people.change": { zh: "添加、更改、删除人员和令牌，结束登录", en: "Add, change and remove users and tokens, end sessions" },
  "audit.see": { zh: "查看和导出审计日志", en: "Read and export the audit log" },
  "access.see": { zh: "查看出入记录和室内人员", en: "See the entry log and who is inside" },
  "access.enter": { zh: "登记来访", en: "Enter visitors by hand" },
  "access.holders": { zh: "管理持卡人", en: "Keep the register of card holders" },
  "configuration.see": { zh: "查看配置", en: "See the configuration" },
  "configuration.change": { zh: "修改和恢复配置", en: "Change the configuration, go back" },
  "asset.see": { zh: "查看资产", en: "See the assets" },
  "asset.change": { zh: "更改资产信息", en: "Change the assets" },
  "inspection.see": { zh: "查看巡检表", en: "See the rounds" },
  "inspection.fill": { zh: "填写和签署巡检表", en: "Fill in and sign a round" },
  "inspection.review": { zh: "复核巡检表", en: "Review a round" },
});

/** What an action of the permissions is, in words; one that has none yet stands by its name. */
export function rightWord(action: string): string {
  const known: Readonly<Record<string, string>> = rights.value;
  return known[action] ?? action;
}
