import type { ForecastsReply, ForecastView } from "../../firmware/contract/forecast.ts";
import { useAsked } from "../live/asked.ts";
import { getForecasts } from "../live/forecasts.ts";
import { ta } from "../text/ahead.ts";
import { said } from "../text/words.ts";
import { href } from "../ui/route.ts";
import "./ahead.css";

/** The box looks ahead this often; asking more often shows nothing new. */
const ASK_EVERY_MS = 15_000;
const SHOWN_MAX = 5;

/** What is ahead of the room, soonest first, as the box foretells it. */
export function Ahead() {
  const { answer } = useAsked(getForecasts, "", ASK_EVERY_MS);
  if (answer === null) return <p class="dim">{ta.value.waiting}</p>;
  if (!answer.ok) return <p class="dim">{said(answer.message)}</p>;
  const forecasts = answer.data.forecasts.slice(0, SHOWN_MAX);
  if (forecasts.length === 0) return <p class="dim">{ta.value.nothing}</p>;
  return (
    <ul class="ahead">
      {forecasts.map((forecast) => (
        <li key={forecast.id}>
          <a href={href.device(forecast.device)}>{said(forecast.text)}</a>
          <Grounds forecast={forecast} />
        </li>
      ))}
    </ul>
  );
}

/** What is ahead of one device, and of what moves in it why nothing is foretold. Nothing at all while nothing moves. */
export function DeviceAhead({ device }: { readonly device: string }) {
  const { answer } = useAsked(getForecasts, device, ASK_EVERY_MS);
  if (answer?.ok !== true) return null;
  const { forecasts, without } = ofDevice(answer.data, device);
  if (forecasts.length === 0 && without.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="device-ahead">
      <h2 id="device-ahead">{ta.value.of}</h2>
      <ul class="ahead">
        {forecasts.map((forecast) => (
          <li key={forecast.id}>
            {said(forecast.text)}
            <Grounds forecast={forecast} />
          </li>
        ))}
        {without.map(({ kind, point, text }) => (
          <li key={`${kind} ${point}`} class="dim">
            {point === null ? "" : `${point.slice(device.length + 1)} · `}
            {said(text)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function ofDevice({ forecasts, without }: ForecastsReply, device: string): Pick<ForecastsReply, "forecasts" | "without"> {
  return { forecasts: forecasts.filter((each) => each.device === device), without: without.filter((each) => each.device === device) };
}

/** What it is concluded from, and how such forecasts did. */
function Grounds({ forecast: { basis, recordText, confidence } }: { readonly forecast: ForecastView }) {
  const grounds = [confidence === "low" ? ta.value.unsure : "", said(basis), recordText === null ? "" : said(recordText)];
  return <small>{grounds.filter((part) => part !== "").join(" · ")}</small>;
}
