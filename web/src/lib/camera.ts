// Opening a camera, and a name for each way in which that fails.

export type Failure = "denied" | "missing" | "busy" | "unfit" | "slow" | "unsupported";

const ANSWER_WITHIN = 10_000;
const REMEMBERED = "shiming-camera";

export class CameraError extends Error {
  constructor(readonly failure: Failure) {
    super(failure);
  }
}

function failure(error: unknown): Failure {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "unfit";
}

/** Opens a camera. Only one side's size is asked for: asking both crops a portrait camera. Raises `CameraError`. */
export async function open(facing: "user" | "environment", device?: string): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
  const remembered = device ?? (facing === "environment" ? localStorage.getItem(REMEMBERED) : null);
  const which = remembered ? { deviceId: { ideal: remembered } } : { facingMode: { ideal: facing } };
  let late = false;
  const asked = navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1920 } }, audio: false });
  asked.then((stream) => late && stop(stream)).catch(() => undefined);
  const timeout = new Promise<never>((_resolve, reject) => {
    window.setTimeout(() => {
      late = true;
      reject(new CameraError("slow"));
    }, ANSWER_WITHIN);
  });
  try {
    return await Promise.race([asked, timeout]);
  } catch (error) {
    throw error instanceof CameraError ? error : new CameraError(failure(error));
  }
}

export function stop(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop());
}

/** Shows a camera until its first picture is there. Raises `CameraError` when none comes. */
export async function show(stream: MediaStream, video: HTMLVideoElement): Promise<void> {
  const first = new Promise<void>((resolve) => video.addEventListener("loadeddata", () => resolve(), { once: true }));
  video.srcObject = stream;
  // A refusal to play (a battery saver) is no failure: the first picture comes all the same, and so does the shutter's.
  video.play().catch(() => undefined);
  const timeout = new Promise<never>((_resolve, reject) => {
    window.setTimeout(() => reject(new CameraError("slow")), ANSWER_WITHIN);
  });
  await Promise.race([first, timeout]);
}

/** The next camera of the device after the one in use, if there is another. Remembered for the next time. */
export async function next(stream: MediaStream): Promise<string | null> {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput");
  if (cameras.length < 2) return null;
  const now = stream.getVideoTracks()[0]?.getSettings().deviceId;
  const place = cameras.findIndex((camera) => camera.deviceId === now);
  const device = cameras[(place + 1) % cameras.length].deviceId;
  localStorage.setItem(REMEMBERED, device);
  return device;
}

interface Torch extends MediaTrackCapabilities {
  torch?: boolean;
}

export function hasTorch(stream: MediaStream): boolean {
  const track = stream.getVideoTracks()[0];
  return Boolean((track?.getCapabilities?.() as Torch | undefined)?.torch);
}

export async function torch(stream: MediaStream, on: boolean): Promise<void> {
  const constraint = { advanced: [{ torch: on } as MediaTrackConstraintSet] };
  await stream.getVideoTracks()[0]?.applyConstraints(constraint);
}

/** The camera's whole frame as a JPEG. */
export function take(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new CameraError("unfit"))), "image/jpeg", 0.92);
  });
}

const KINDS: [RegExp, string][] = [
  [/virtual|obs|manycam|snap ?cam|xsplit|droidcam|iriun|epoccam|loopback|dummy|fake/i, "virtual"],
  [/emulat|vbox|qemu|goldfish/i, "emulator"],
  [/front|back|built|integrated|facetime|user|rear/i, "built-in"],
  [/usb|webcam|logi/i, "external"],
];

/** What kind of camera it says it is: a category, never its name. Anything can be said, so it is a weak signal. */
export function kindOf(stream: MediaStream): string {
  const label = stream.getVideoTracks()[0]?.label ?? "";
  return KINDS.find(([pattern]) => pattern.test(label))?.[1] ?? "unknown";
}

/** The frame that is shown now as a JPEG, its longer side at most `longest`. */
export function frame(video: HTMLVideoElement, canvas: HTMLCanvasElement, longest: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new CameraError("unfit"))), "image/jpeg", quality);
  });
}

/** Waits until the camera gave a new frame; false when none comes within `longest` ms. A frame sent twice looks like a film. */
export function fresh(video: HTMLVideoElement, longest: number): Promise<boolean> {
  return new Promise((resolve) => {
    const before = video.currentTime;
    const end = performance.now() + longest;
    const look = (): void => {
      if (video.currentTime !== before) resolve(true);
      else if (performance.now() > end) resolve(false);
      else window.setTimeout(look, 15);
    };
    if ("requestVideoFrameCallback" in video) {
      video.requestVideoFrameCallback(() => resolve(true));
      window.setTimeout(() => resolve(false), longest);
    } else look();
  });
}

/** How bright the middle of the picture is, 0..1. */
export function brightness(video: HTMLVideoElement, canvas: HTMLCanvasElement): number {
  canvas.width = canvas.height = 16;
  const side = Math.min(video.videoWidth, video.videoHeight) / 2;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context || !side) return 1;
  context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, 16, 16);
  const { data } = context.getImageData(0, 0, 16, 16);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
  return sum / (data.length / 4) / 255;
}
