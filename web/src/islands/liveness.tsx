// The movements in front of the camera: one instruction at a time, in words and with an arrow, a ring for the time that is
// left. No face model is loaded: the instructions are timed, and the server looks at the frames. Whatever fails, the page
// below still offers a photo, another phone, a shop.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../lib/api";
import { brightness, CameraError, frame, fresh, kindOf, open, show, stop, type Failure } from "../lib/camera";
import { fill, islands } from "../lib/island";
import { begin, deliver, digest, keep, left, send, spread, type Burst, type Frame, type Sending, type Session } from "../lib/session";

interface Data {
  registration: string;
  here: string;
  texts: Record<string, string>;
}

type View =
  | "closed"
  | "starting"
  | "ready"
  | "asking"
  | "running"
  | { sending: Sending }
  | { failed: Failure }
  | { refused: string };

interface Now {
  step: number;
  total: number;
  action: string;
  done: number;
  seconds: number;
  colour: string;
}

const GAP = 280;
const LONGEST = 640;
const QUALITY = 0.85;
const DARK = 0.16;
const LOOK = 500;

/** Arrows point where the person turns: the picture is a mirror, so their left is its left, in every language. */
const ARROWS: Record<string, string> = {
  "turn-left": "M19 12H5m6-6-6 6 6 6",
  "turn-right": "M5 12h14m-6-6 6 6-6 6",
  nod: "M12 4v16m-6-6 6 6 6-6",
  closer: "M9 3H3v6m12-6h6v6M9 21H3v-6m12 6h6v-6",
  blink: "M3 10c3 4 15 4 18 0M6 14l-1 2m7-1v3m6-4 1 2",
};

function useOutline(stage: HTMLElement | null) {
  const w = stage?.clientWidth || 360;
  const h = stage?.clientHeight || 560;
  const rx = Math.min(w * 0.36, h * 0.26);
  const ry = rx * 1.38;
  const path = `M${w / 2} ${h * 0.54 - ry}a${rx} ${ry} 0 0 1 0 ${ry * 2}a${rx} ${ry} 0 0 1 0 ${-ry * 2}z`;
  return { w, h, path };
}

function Oval({ stage, done, colour }: { stage: HTMLElement | null; done: number; colour: string }) {
  const { w, h, path } = useOutline(stage);
  return (
    <svg class="mask" preserveAspectRatio="xMidYMid slice" viewBox={`0 0 ${w} ${h}`} aria-hidden="true">
      <path fill={colour || "rgb(6 11 13 / 62%)"} fill-rule="evenodd" d={`M0 0h${w}v${h}H0z${path}`} />
      <path class="corners" d={path} />
      <path class="progress" d={path} pathLength={100} stroke-dasharray={`${done * 100} 100`} />
    </svg>
  );
}

function Arrow({ action }: { action: string }) {
  return (
    <svg class="arrow" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round">
      <path d={ARROWS[action] ?? ""} />
    </svg>
  );
}

function signal(on: boolean, audio: AudioContext | null): void {
  if (!on) return;
  navigator.vibrate?.(60);
  if (!audio) return;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.08;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.12);
}

function Guide({ data }: { data: Data }) {
  const { texts } = data;
  const [view, setView] = useState<View>("closed");
  const [now, setNow] = useState<Now | null>(null);
  const [dark, setDark] = useState(false);
  const [cues, setCues] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const starter = useRef<HTMLButtonElement>(null);
  const stream = useRef<MediaStream | null>(null);
  const audio = useRef<AudioContext | null>(null);
  const run = useRef(0);

  useEffect(() => {
    // What an earlier visit left on this phone goes first: nobody moves twice because a network was bad.
    void left(data.registration).then((burst) => burst && hand(burst));
    const hide = (): void => {
      if (document.hidden) close();
    };
    document.addEventListener("visibilitychange", hide);
    return () => document.removeEventListener("visibilitychange", hide);
  }, []);

  useEffect(() => {
    if (view !== "ready") return undefined;
    starter.current?.focus();
    const canvas = document.createElement("canvas");
    const timer = window.setInterval(() => video.current && setDark(brightness(video.current, canvas) < DARK), LOOK);
    return () => window.clearInterval(timer);
  }, [view]);

  function close(): void {
    run.current += 1;
    stop(stream.current);
    stream.current = null;
    setNow(null);
    if (dialog.current?.open) dialog.current.close();
    setView((seen) => (typeof seen === "object" ? seen : "closed"));
  }

  function fail(error: unknown): void {
    if (error instanceof Refusal) setView({ refused: error.text });
    else if (error instanceof CameraError) setView({ failed: error.failure });
    else setView({ refused: texts.offline });
    close();
  }

  async function start(): Promise<void> {
    setView("starting");
    if (!dialog.current?.open) dialog.current?.showModal();
    const mine = (run.current += 1);
    try {
      const opened = await open("user");
      if (run.current !== mine) return stop(opened);
      stream.current = opened;
      if (video.current) await show(opened, video.current);
      if (run.current === mine) setView("ready");
    } catch (error) {
      if (run.current === mine) fail(error);
    }
  }

  async function go(): Promise<void> {
    const mine = run.current;
    setView("asking");
    try {
      const session = await begin(data.registration);
      const asked = performance.now();
      if (run.current !== mine) return;
      setView("running");
      const burst = await take(session, asked, () => run.current === mine);
      if (burst) {
        close();
        await hand(burst);
      }
    } catch (error) {
      if (run.current === mine) fail(error);
    }
  }

  /** Takes the frames while it says what to do. Null when it was cancelled. */
  async function take(session: Session, asked: number, going: () => boolean): Promise<Burst | null> {
    const canvas = document.createElement("canvas");
    const whole = session.ready_ms + session.actions.length * session.action_ms;
    const gap = Math.max(GAP, whole / (session.frames_most - 2));
    const frames: Frame[] = [];
    const times: number[] = [];
    let sent: Promise<unknown> = Promise.resolve();
    let step = -2;
    const begun = performance.now();
    while (video.current && performance.now() - begun < whole) {
      const came = await fresh(video.current, LOOK);
      const at = performance.now();
      const elapsed = at - begun;
      if (!going()) return null;
      const next = Math.floor((elapsed - session.ready_ms) / session.action_ms);
      if (next !== step && elapsed >= session.ready_ms) signal(cues, audio.current);
      step = elapsed < session.ready_ms ? -1 : next;
      setNow({
        step,
        total: session.actions.length,
        action: step < 0 ? "" : session.actions[step],
        done: elapsed / whole,
        seconds: Math.ceil((whole - elapsed) / 1000),
        colour: session.colours[Math.floor(elapsed / session.colour_ms)] ?? "",
      });
      if (!came) continue;
      const blob = await frame(video.current, canvas, LONGEST, QUALITY);
      if (!going()) return null;
      const one = { n: frames.length + 1, at_ms: Math.round(at - asked), sha256: await digest(blob), blob };
      frames.push(one);
      times.push(at);
      // Sent meanwhile; what does not get through is sent again at the end.
      sent = sent.then(() => going() && send(session.id, one)).catch(() => undefined);
      await new Promise((later) => window.setTimeout(later, Math.max(0, gap - (performance.now() - at))));
      if (!going()) return null;
    }
    await Promise.race([sent, new Promise((later) => window.setTimeout(later, LOOK))]);
    const camera = stream.current ? kindOf(stream.current) : "unknown";
    const size = { width: video.current?.videoWidth ?? 1, height: video.current?.videoHeight ?? 1 };
    return {
      id: session.id,
      registration: data.registration,
      nonce: session.nonce,
      frames,
      signals: { camera, ...size, ...spread(times) },
      at: Date.now(),
    };
  }

  async function hand(burst: Burst): Promise<void> {
    setView({ sending: { state: "sending", percent: 0 } });
    await keep(burst);
    try {
      await deliver(burst, (sending) => setView({ sending }));
      location.assign(data.here);
    } catch (error) {
      fail(error);
    }
  }

  const hint =
    view === "starting"
      ? texts.starting
      : view === "asking"
        ? texts.asking
        : view === "running" && now
          ? now.step < 0
            ? texts.straight
            : texts[now.action]
          : dark
            ? texts.dark
            : texts.oval;
  const sending = typeof view === "object" && "sending" in view ? view.sending : null;

  return (
    <>
      {typeof view === "object" && "failed" in view && (
        <div class="note warn" role="alert">
          <b>{texts.failedTitle}</b>
          <p>{texts[view.failed]}</p>
          <p>{texts.ways}</p>
        </div>
      )}
      {typeof view === "object" && "refused" in view && (
        <div class="note warn" role="alert">
          <p>{view.refused}</p>
        </div>
      )}
      {sending ? (
        <div class={`note ${sending.state === "saved" ? "warn" : ""}`} role="status">
          <p>{sending.state === "saved" ? texts.saved : fill(texts.sending, { percent: sending.percent })}</p>
          {sending.state === "sending" && <progress class="bar" max={100} value={sending.percent} aria-label={texts.title} />}
        </div>
      ) : (
        <button type="button" class="btn" onClick={() => void start()}>
          {typeof view === "object" ? texts.again : texts.open}
        </button>
      )}
      <dialog class="cam" ref={dialog} aria-label={texts.title} onClose={close}>
        <div class="cam-bar">
          <button type="button" class="icon" aria-label={texts.close} onClick={close}>
            <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">
              <path d="M6 6l12 12M18 6 6 18" />
            </svg>
          </button>
          <h2>{texts.title}</h2>
          <button
            type="button"
            class="icon"
            aria-label={texts.cues}
            aria-pressed={cues}
            onClick={() => {
              audio.current ??= "AudioContext" in window ? new AudioContext() : null;
              setCues(!cues);
            }}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
              <path d="M4 9v6h4l5 4V5L8 9zM17 9a4 4 0 0 1 0 6" />
            </svg>
          </button>
        </div>
        <div class="cam-stage mirror" ref={stage}>
          <video ref={video} muted playsInline autoPlay aria-hidden="true" />
          <Oval stage={stage.current} done={now?.done ?? 0} colour={now?.colour ?? ""} />
          <div class="cam-hint" role="status" aria-live="assertive">
            <p>
              {view === "running" && now && now.step >= 0 && <Arrow action={now.action} />}
              <span>{hint}</span>
            </p>
          </div>
        </div>
        <div class="cam-bar low live">
          {view === "running" && now ? (
            <p aria-hidden="true">
              {now.step < 0 ? "" : `${fill(texts.step, { n: now.step + 1, total: now.total })} · `}
              {fill(texts.left, { seconds: now.seconds })}
            </p>
          ) : (
            <button type="button" class="btn" ref={starter} disabled={view !== "ready"} onClick={() => void go()}>
              {texts.start}
            </button>
          )}
        </div>
      </dialog>
    </>
  );
}

islands<Data>("liveness").forEach((data) => {
  const place = document.getElementById("camera");
  if (place) render(<Guide data={data} />, place);
});
