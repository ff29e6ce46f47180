import { signal } from "@preact/signals";
import type { Words } from "../firmware/contract/alarm.ts";
import type { Session } from "../firmware/contract/site.ts";
import { ASK_AGAIN_MS, getSession, getSite, signIn, signOut } from "./live/api.ts";
import { startLive } from "./live/socket.ts";
import { roomOf, Store } from "./live/store.ts";
import { AlarmsPage } from "./pages/alarms.tsx";
import { DevicePage } from "./pages/device.tsx";
import { Elsewhere } from "./pages/elsewhere.tsx";
import { RoomPage } from "./pages/room.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { WelcomePage } from "./pages/sign-in-welcome.tsx";
import { SiteTime } from "./text/format.ts";
import { said, t } from "./text/words.ts";
import { Message } from "./ui/message.tsx";
import { type PageContext, PageProvider } from "./ui/page.ts";
import { href, route } from "./ui/route.ts";
import { Shell } from "./ui/shell.tsx";

type Stage =
  | { readonly kind: "loading" }
  | { readonly kind: "signedOut" }
  /** Somebody came with a one-time code; `name` is theirs, or empty for the first administrator. */
  | { readonly kind: "invited"; readonly code: string; readonly name: string }
  | { readonly kind: "failed"; readonly message: Words; readonly again: () => void }
  | { readonly kind: "open"; readonly page: PageContext; readonly leave: () => void };

const stage = signal<Stage>({ kind: "loading" });

/** From nothing to a live room: a token or code in the address, then who we are, then the site, then the stream. */
async function begin(brought: URLSearchParams): Promise<void> {
  const code = brought.get("code");
  if (code !== null) {
    stage.value = { kind: "invited", code, name: brought.get("name") ?? "" };
    return;
  }
  const token = brought.get("token");
  const session = token === null ? await getSession() : await signIn({ token });
  if (session.ok) await open(session.data);
  else if (session.status === 401) stage.value = { kind: "signedOut" };
  else failed(session, () => begin(brought));
}

/** Says why, and tries again when somebody wants it; by itself, too, where the box has not said no: a wall has nobody who could press a button. */
function failed({ status, message }: { readonly status: number; readonly message: Words }, tryAgain: () => Promise<void>): void {
  const again = (): void => {
    clearTimeout(soon);
    stage.value = { kind: "loading" };
    void tryAgain();
  };
  const soon = status === 0 || status >= 500 ? setTimeout(again, ASK_AGAIN_MS) : undefined;
  stage.value = { kind: "failed", message, again };
}

async function open(session: Session): Promise<void> {
  const site = await getSite();
  if (!site.ok) return failed(site, () => open(session));
  const store = new Store(roomOf(site.data), session);
  const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`;
  const live = startLive(
    store,
    address,
    { now: Date.now, random: Math.random },
    {
      outdated: () => location.reload(),
      signedOut: () => {
        live.stop();
        stage.value = { kind: "signedOut" };
      },
    },
  );
  const leave = (): void => {
    live.stop();
    void signOut().then(() => {
      stage.value = { kind: "signedOut" };
    });
  };
  stage.value = { kind: "open", page: { store, time: new SiteTime(site.data.timezone) }, leave };
}

/** `#token=…` or `#code=…` from the link that the box printed; taken out of the address at once, so that it is not in the history. */
function broughtInAddress(): URLSearchParams {
  if (!/^#(token|code)=/.test(location.hash)) return new URLSearchParams();
  const brought = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", `${location.pathname}${href.room}`);
  route.value = { page: "room" };
  return brought;
}

const PRESENT_EVERY_MS = 5 * 60_000;
let presentAtMs = Date.now();

/** Tells the box that somebody sits here: it signs out who has left the desk, and an open page alone is nobody. */
function stillHere(): void {
  if (stage.value.kind !== "open" || Date.now() - presentAtMs < PRESENT_EVERY_MS) return;
  presentAtMs = Date.now();
  void getSession();
}
for (const sign of ["pointerdown", "keydown"]) window.addEventListener(sign, stillHere);

void begin(broughtInAddress());

export function App() {
  const now = stage.value;
  switch (now.kind) {
    case "loading":
      return <Message text={t.value.loading} />;
    case "signedOut":
      return <SignInPage signedIn={(session) => void open(session)} />;
    case "invited":
      return <WelcomePage code={now.code} name={now.name} signedIn={(session) => void open(session)} />;
    case "failed":
      return (
        <Message text={`${t.value.cannotLoad}: ${said(now.message)}`}>
          <button type="button" class="primary" onClick={now.again}>
            {t.value.tryAgain}
          </button>
        </Message>
      );
    case "open":
      return (
        <PageProvider value={now.page}>
          <Shell leave={now.leave}>
            <CurrentPage />
          </Shell>
        </PageProvider>
      );
  }
}

function CurrentPage() {
  const now = route.value;
  switch (now.page) {
    case "room":
      return <RoomPage />;
    case "alarms":
      return <AlarmsPage selected={now.key} />;
    case "device":
      return <DevicePage key={now.id} id={now.id} />;
    case "elsewhere":
      return <Elsewhere name={now.name} tail={now.tail} />;
  }
}
