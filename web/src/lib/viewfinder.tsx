// The camera's screen, shared by document and face: priming button, picture with guide, shutter always there, freeze and
// confirm, and a different text for each way a camera fails. It never blocks: the file field below stays.
import { render, type ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CameraError, hasTorch, next, open, show, stop, take, torch, type Failure } from "./camera";
import { add } from "./queue";

export interface Texts {
  [name: string]: string;
}

export interface Data {
  registration: string;
  slot: string;
  here: string;
  ratio: number;
  texts: Texts;
}

export interface Guided {
  hint: string;
  overlay: ComponentChildren;
  holding: boolean;
}

export type UseGuide = (
  video: HTMLVideoElement | null,
  stage: HTMLElement | null,
  on: boolean,
  shoot: () => void,
) => Guided;

interface Props {
  data: Data;
  facing: "user" | "environment";
  useGuide: UseGuide;
  automatic: boolean;
}

type View = "closed" | "starting" | "live" | "taking" | "frozen" | { failed: Failure };

export function mount(data: Data, facing: Props["facing"], useGuide: UseGuide, automatic: boolean): void {
  const place = document.getElementById("camera");
  if (place) {
    render(<Viewfinder data={data} facing={facing} useGuide={useGuide} automatic={automatic} />, place);
  }
}

function captureId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
      <path d={path} />
    </svg>
  );
}

function Viewfinder({ data, facing, useGuide, automatic }: Props) {
  const { texts } = data;
  const [view, setView] = useState<View>("closed");
  const [auto, setAuto] = useState(automatic);
  const [light, setLight] = useState(false);
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [picture, setPicture] = useState<{ blob: Blob; url: string } | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const stage = useRef<HTMLDivElement>(null);

  const live = view === "live";
  const guided = useGuide(video.current, stage.current, live && auto, () => void shoot());

  useEffect(() => () => stop(stream), [stream]);
  useEffect(() => {
    // A camera that runs behind another tab drains the battery and frightens people.
    const hide = (): void => {
      if (document.hidden) close();
    };
    document.addEventListener("visibilitychange", hide);
    return () => document.removeEventListener("visibilitychange", hide);
  });

  async function start(device?: string): Promise<void> {
    setView("starting");
    if (!dialog.current?.open) dialog.current?.showModal();
    stop(stream);
    try {
      const opened = await open(facing, device);
      if (!dialog.current?.open) {
        stop(opened);
        return;
      }
      setStream(opened);
      setLight(false);
      if (video.current) await show(opened, video.current);
      if (dialog.current?.open) setView("live");
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    setView({ failed: error instanceof CameraError ? error.failure : "unfit" });
    dialog.current?.close();
  }

  async function shoot(): Promise<void> {
    if (!video.current || view !== "live") return;
    setView("taking");
    // The picture stands still at once; and browsers that compress it in idle moments find them while no video runs.
    video.current.pause();
    try {
      const blob = await take(video.current);
      if (!dialog.current?.open) return;
      navigator.vibrate?.(30);
      setPicture({ blob, url: URL.createObjectURL(blob) });
      setView("frozen");
    } catch (error) {
      fail(error);
    }
  }

  function retake(): void {
    if (picture) URL.revokeObjectURL(picture.url);
    setPicture(null);
    void video.current?.play();
    setView("live");
  }

  function close(): void {
    stop(stream);
    setStream(null);
    if (picture) URL.revokeObjectURL(picture.url);
    setPicture(null);
    if (dialog.current?.open) dialog.current.close();
    setView((now) => (typeof now === "object" ? now : "closed"));
  }

  async function use(): Promise<void> {
    if (!picture) return;
    const capture = {
      id: captureId(),
      registration: data.registration,
      slot: data.slot,
      mediaType: "image/jpeg",
      blob: picture.blob,
      at: Date.now(),
    };
    // Where the browser keeps nothing the picture is sent all the same, it just does not survive a reload.
    await add(capture).catch(() => undefined);
    close();
    document.dispatchEvent(new CustomEvent("shiming:capture", { detail: { capture, here: data.here } }));
  }

  async function flip(): Promise<void> {
    const device = stream ? await next(stream) : null;
    if (device) await start(device);
  }

  async function switchLight(): Promise<void> {
    if (!stream) return;
    await torch(stream, !light).catch(() => undefined);
    setLight(!light);
  }

  return (
    <>
      {typeof view === "object" && (
        <div class="note warn" role="alert">
          <b>{texts.failedTitle}</b>
          <p>{texts[view.failed]}</p>
          <p>{texts.ways}</p>
        </div>
      )}
      <button type="button" class="btn" onClick={() => void start()}>
        {typeof view === "object" ? texts.again : texts.open}
      </button>
      <dialog class="cam" ref={dialog} aria-label={texts.title} onClose={close}>
        <div class="cam-bar">
          <button type="button" class="icon" aria-label={texts.close} onClick={close}>
            <Icon path="M6 6l12 12M18 6 6 18" />
          </button>
          <h2>{texts.title}</h2>
          {live && stream && hasTorch(stream) ? (
            <button type="button" class="icon" aria-label={texts.light} aria-pressed={light} onClick={() => void switchLight()}>
              <Icon path="M13 2 5 14h6l-1 8 9-13h-6z" />
            </button>
          ) : (
            <span class="icon-space" />
          )}
        </div>
        <div class={`cam-stage${facing === "user" ? " mirror" : ""}`} ref={stage}>
          <video ref={video} muted playsInline autoPlay aria-hidden="true" />
          {view === "frozen" && picture ? <img class="frozen" src={picture.url} alt="" /> : guided.overlay}
          <div class="cam-hint" role="status">
            <p class={view === "taking" ? "hidden" : ""}>{view === "starting" ? texts.starting : view === "frozen" ? texts.taken : guided.hint}</p>
          </div>
        </div>
        {view === "frozen" ? (
          <div key="frozen" class="cam-bar low two">
            <button type="button" class="btn alt" onClick={retake}>
              {texts.retake}
            </button>
            <button type="button" class="btn" onClick={() => void use()}>
              {texts.use}
            </button>
          </div>
        ) : (
          <div key="live" class="cam-bar low">
            {automatic ? (
              <button type="button" class="icon text" aria-label={texts.auto} aria-pressed={auto} onClick={() => setAuto(!auto)}>
                A
              </button>
            ) : (
              <span class="icon-space" />
            )}
            <div class="shutter-box">
              <button type="button" class="shutter" aria-label={texts.shutter} disabled={!live} onClick={() => void shoot()} />
              <svg viewBox="0 0 96 96" aria-hidden="true">
                <circle class={`ring${guided.holding ? " hold" : ""}`} cx="48" cy="48" r="41" />
              </svg>
            </div>
            <button type="button" class="icon" aria-label={texts.flip} onClick={() => void flip()}>
              <Icon path="M4 9a8 8 0 0 1 14-3l2 2M20 4v4h-4M20 15a8 8 0 0 1-14 3l-2-2M4 20v-4h4" />
            </button>
          </div>
        )}
      </dialog>
    </>
  );
}
