import { render } from "preact";
import { App } from "./app.tsx";
import { applyPreferences } from "./text/preferences.ts";
import "./ui/style.css";
import "./ui/shell.css";

applyPreferences();
const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
render(<App />, root);
