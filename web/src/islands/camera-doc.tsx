// The camera for a side of a document: guides while it is aimed and takes the picture by itself when all is right.
import { useEffect, useRef, useState } from "preact/hooks";
import { look, toGrey, type Frame, type Guide, type Point } from "../lib/docguide";
import { islands } from "../lib/island";
import { mount, type Data, type Guided } from "../lib/viewfinder";

const WIDTH = 240;
const EVERY = 100;
const CALM = 700;
const HELP_AFTER = 12_000;
const WINDOW = 6;
const RIGHT = 5;
const STILL = 0.015;
const HOLD = 600;

interface Seen {
  guide: Guide;
  quad: Point[];
  scale: number;
}

function frameIn(width: number, height: number, ratio: number): Frame {
  const w = Math.min(width * 0.86, height * 0.8 * ratio);
  const h = w / ratio;
  return { x: (width - w) / 2, y: (height - h) / 2, w, h };
}

/** Draws what the screen shows of the video (it is cropped to the stage) at analysis size and looks at it. */
function analyse(video: HTMLVideoElement, stage: HTMLElement, canvas: HTMLCanvasElement, ratio: number): Seen | null {
  const { clientWidth: sw, clientHeight: sh } = stage;
  const { videoWidth: vw, videoHeight: vh } = video;
  if (!sw || !sh || !vw || !vh) return null;
  const cover = Math.max(sw / vw, sh / vh);
  const [cw, ch] = [sw / cover, sh / cover];
  const height = Math.round((WIDTH * sh) / sw);
  canvas.width = WIDTH;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, (vw - cw) / 2, (vh - ch) / 2, cw, ch, 0, 0, WIDTH, height);
  const grey = new Uint8Array(WIDTH * height);
  const colour = new Uint8Array(WIDTH * height);
  toGrey(context.getImageData(0, 0, WIDTH, height).data, grey, colour);
  const { guide, quad } = look(grey, colour, WIDTH, height, frameIn(WIDTH, height, ratio));
  return { guide, quad, scale: sw / WIDTH };
}

function moved(a: Point[], b: Point[]): number {
  return Math.max(...a.map((p, i) => Math.hypot(p[0] - b[i][0], p[1] - b[i][1]))) / WIDTH;
}

function useDocumentGuide(data: Data) {
  return function guideFor(
    video: HTMLVideoElement | null,
    stage: HTMLElement | null,
    on: boolean,
    shoot: () => void,
  ): Guided {
    const [seen, setSeen] = useState<Seen | null>(null);
    const [hint, setHint] = useState<{ guide: Guide; at: number }>({ guide: "none", at: 0 });
    const [late, setLate] = useState(false);
    const latest = useRef(shoot);
    latest.current = shoot;
    const canvas = useRef<HTMLCanvasElement | null>(null);

    useEffect(() => {
      if (!on || !video || !stage) return undefined;
      canvas.current ??= document.createElement("canvas");
      const recent: Seen[] = [];
      let since = 0;
      const begun = Date.now();
      const timer = window.setInterval(() => {
        const now = canvas.current && analyse(video, stage, canvas.current, data.ratio);
        if (!now) return;
        recent.push(now);
        if (recent.length > WINDOW) recent.shift();
        setSeen(now);
        setLate(Date.now() - begun > HELP_AFTER);
        setHint((old) => (old.guide === now.guide || Date.now() - old.at < CALM ? old : { guide: now.guide, at: Date.now() }));
        const right = recent.filter((one) => one.guide === "good");
        const calm = right.length > 1 && moved(right[0].quad, right[right.length - 1].quad) < STILL * WINDOW;
        if (right.length < RIGHT || !calm) since = 0;
        else if (!since) since = Date.now();
        else if (Date.now() - since >= HOLD) {
          window.clearInterval(timer);
          latest.current();
        }
      }, EVERY);
      return () => {
        window.clearInterval(timer);
        setSeen(null);
      };
    }, [on, video, stage]);

    return {
      hint: late && hint.guide !== "good" ? data.texts.help : data.texts[hint.guide],
      overlay: <Overlay stage={stage} seen={seen} ratio={data.ratio} />,
      holding: seen?.guide === "good",
    };
  };
}

function Overlay({ stage, seen, ratio }: { stage: HTMLElement | null; seen: Seen | null; ratio: number }) {
  const w = stage?.clientWidth || 360;
  const h = stage?.clientHeight || 560;
  const f = frameIn(w, h, ratio);
  const [x1, y1] = [f.x + f.w, f.y + f.h];
  const arm = 26;
  const corners =
    `M${f.x} ${f.y + arm}V${f.y}h${arm}M${x1 - arm} ${f.y}H${x1}v${arm}` +
    `M${x1} ${y1 - arm}V${y1}h${-arm}M${f.x + arm} ${y1}H${f.x}v${-arm}`;
  const kind = !seen || seen.guide === "none" ? "" : seen.guide === "good" ? " good" : " fix";
  return (
    <svg class="mask" preserveAspectRatio="xMidYMid slice" viewBox={`0 0 ${w} ${h}`} aria-hidden="true">
      <path fill="rgb(6 11 13 / 62%)" fill-rule="evenodd" d={`M0 0h${w}v${h}H0zM${f.x} ${f.y}h${f.w}v${f.h}H${f.x}z`} />
      {seen && seen.guide !== "none" && (
        <polygon class="found" points={seen.quad.map(([x, y]) => `${x * seen.scale},${y * seen.scale}`).join(" ")} />
      )}
      <path class={`corners${kind}`} d={corners} />
    </svg>
  );
}

islands<Data>("camera-doc").forEach((data) => mount(data, "environment", useDocumentGuide(data), true));
