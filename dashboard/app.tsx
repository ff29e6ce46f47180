import { signal } from "@preact/signals";
import type { Words } from "../firmware/contract/alarm.ts";
import type { Session } from "../firmware/contract/site.ts";
import { getSession, getSite, signIn, signOut } from "./live/api.ts";
import { startLive } from "./live/socket.ts";
import { roomOf, Store } from "./live/store.ts";
import { AlarmsPage } from "./pages/alarms.tsx";
import { DevicePage } from "./pages/device.tsx";
import { RoomPage } from "./pages/room.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { SiteTime } from "./text/format.ts";
import { said, t } from "./text/words.ts";
import { type PageContext, PageProvider } from "./ui/page.ts";
import { href, route } from "./ui/route.ts";
import { Shell } from "./ui/shell.tsx";

type Stage =
  | { readonly kind: "loading" }
  | { readonly kind: "signedOut" }
  | { readonly kind: "failed"; readonly message: Words }
  | { readonly kind: "open"; readonly page: PageContext; readonly leave: () => void };

const stage = signal<Stage>({ kind: "loading" });

/** From nothing to a live room: a token in the address, then who we are, then the site, then the stream. */
async function begin(): Promise<void> {
  stage.value = { kind: "loading" };
  const token = tokenInAddress();
  const session = token === null ? await getSession() : await signIn(token);
  if (session.ok) await open(session.data);
  else stage.value = session.status === 401 ? { kind: "signedOut" } : { kind: "failed", message: session.message };
}

async function open(session: Session): Promise<void> {
  const site = await getSite();
  if (!site.ok) {
    stage.value = { kind: "failed", message: site.message };
    return;
  }
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

/** `#token=…` from the link that the box printed; taken out of the address at once, so that it is not in the history. */
function tokenInAddress(): string | null {
  const found = /^#token=(\S+)$/.exec(location.hash)?.[1] ?? null;
  if (found !== null) {
    history.replaceState(null, "", `${location.pathname}${href.room}`);
    route.value = { page: "room" };
  }
  return found;
}

void begin();

export function App() {
  const now = stage.value;
  switch (now.kind) {
    case "loading":
      return <Message text={t.value.loading} />;
    case "signedOut":
      return <SignInPage signedIn={(session) => void open(session)} />;
    case "failed":
      return (
        <Message text={`${t.value.cannotLoad}: ${said(now.message)}`}>
          <button type="button" class="primary" onClick={() => void begin()}>
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
    case "unknown":
      return (
        <Message text={t.value.noSuchPage}>
          <a href={href.room}>{t.value.backToRoom}</a>
        </Message>
      );
  }
}

function Message({ text, children }: { readonly text: string; readonly children?: preact.ComponentChildren }) {
  return (
    <div class="message">
      <p role="status">{text}</p>
      {children}
    </div>
  );
}
