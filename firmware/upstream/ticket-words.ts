import type { Delivery } from "../contract/alarm.ts";
import type { TicketState } from "./dialect.ts";

/** What the targets call the tickets of live incidents now. Not kept over a restart: they are asked again within half a minute. */
export class TicketWords {
  readonly #byIncident = new Map<string, Map<string, TicketState>>();

  /** @returns the incidents of which something new is known. */
  take(target: string, states: readonly TicketState[]): readonly string[] {
    const changed = states.filter(({ incident, ticket, status, assignee = null }) => {
      const known = this.#byIncident.get(incident)?.get(target);
      return known?.ticket !== ticket || known.status !== status || (known.assignee ?? null) !== assignee;
    });
    for (const state of changed) {
      const targets = this.#byIncident.get(state.incident) ?? new Map<string, TicketState>();
      this.#byIncident.set(state.incident, targets.set(target, state));
    }
    return changed.map(({ incident }) => incident);
  }

  forget(incident: string): void {
    this.#byIncident.delete(incident);
  }

  /** The deliveries, with the ticket's state on the last one that brought a ticket to each target. */
  shown(incident: string, deliveries: readonly Delivery[]): readonly Delivery[] {
    const targets = this.#byIncident.get(incident);
    if (targets === undefined) return deliveries;
    return deliveries.map((delivery, index) => {
      const state = targets.get(delivery.target);
      const isMine = ({ target, ticket }: Delivery): boolean => target === delivery.target && ticket === state?.ticket;
      if (state === undefined || !isMine(delivery) || deliveries.findLastIndex(isMine) !== index) return delivery;
      const assignee = state.assignee == null ? {} : { ticketAssignee: state.assignee };
      return { ...delivery, ticketStatus: state.status, ...assignee };
    });
  }
}
