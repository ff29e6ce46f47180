import type { DestinationProps } from "../destinations.ts";
import { ti } from "../text/incidents.ts";
import { href } from "../ui/route.ts";
import { IncidentPage } from "./incident-detail.tsx";
import { IncidentList } from "./incident-list.tsx";
import { IncidentProblems } from "./incident-problems.tsx";
import { IncidentRunbooks } from "./incident-runbooks.tsx";
import "./incidents.css";

/** The service desk. `tail`: empty for the list, an incident's number, `problems`, `problems/PR-000001` or `runbooks`. */
export function IncidentsPage({ tail }: DestinationProps) {
  const [section = "", open = ""] = tail.split("/");
  const here = section === "problems" || section === "runbooks" ? section : "";
  const sections = [
    ["", ti.value.incidents],
    ["problems", ti.value.problems],
    ["runbooks", ti.value.runbooks],
  ] as const;
  return (
    <div class="service-desk fields">
      <ul class="sections" aria-label={ti.value.sections}>
        {sections.map(([name, word]) => (
          <li key={name}>
            <a
              class="chip"
              href={href.to("incidents", name)}
              {...(here === name ? { "aria-current": tail === name ? ("page" as const) : ("true" as const) } : {})}
            >
              {word}
            </a>
          </li>
        ))}
      </ul>
      {section === "" ? (
        <IncidentList />
      ) : section === "problems" ? (
        <IncidentProblems open={open} />
      ) : section === "runbooks" ? (
        <IncidentRunbooks />
      ) : (
        <IncidentPage key={section} id={section} />
      )}
    </div>
  );
}
