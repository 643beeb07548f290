// The runs of a job as bars: as high as they took long, oldest on the left, coloured by outcome.

import { html } from "./lib/preact.js";
import { clock, count, full, moment, outcome, took } from "./words.js";

const STEP = 10;
const HEIGHT = 64;
const LOWEST = 6;
const BARS = 60;
const LISTED = 4;

export function Timeline({ name, runs }) {
  const shown = runs.slice(0, BARS).reverse();
  const longest = Math.max(...shown.map((run) => run.durationSeconds), 0.001);
  const failed = shown.filter(isFailed).length;
  const said = `${count(shown.length, "run")} of ${name}, ${failed} failed, the longest took ${took(longest)}.`;
  return html`<svg class="timeline" role="img" aria-label=${said} viewBox=${`0 0 ${BARS * STEP} ${HEIGHT}`}
      preserveAspectRatio="xMaxYMax meet">
      <line x1="0" x2=${BARS * STEP} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5} />
      ${shown.map((run, place) => html`<${Bar} key=${run.at} run=${run} longest=${longest}
        x=${(BARS - shown.length + place) * STEP} />`)}
    </svg>
    <ol class="runs">${runs.slice(0, LISTED).map((run) => html`<${Line} key=${run.at} run=${run} />`)}</ol>`;
}

function Bar({ run, longest, x }) {
  const height = LOWEST + (HEIGHT - LOWEST) * Math.sqrt(run.durationSeconds / longest);
  return html`<rect class=${tone(run)} x=${x + 1} width=${STEP - 2} y=${HEIGHT - height} height=${height} rx="1.5">
    <title>${full(moment(run.started))}: ${outcome(run)}, ${took(run.durationSeconds)} on ${run.node}</title>
  </rect>`;
}

function Line({ run }) {
  const at = moment(run.started);
  return html`<li class=${tone(run)}><time datetime=${at.toISOString()} title=${full(at)}>${clock(at)}</time>
    <span>${outcome(run)}</span><span class="quiet">${took(run.durationSeconds)} on ${run.node}</span></li>`;
}

const isFailed = (run) => Boolean(run.error) || run.failed > 0;

const tone = (run) => (run.error ? "bad" : run.failed ? "warn" : run.done ? "good" : "idle");
