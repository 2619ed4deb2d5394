// The camera for the face: an oval to aim at and the shutter. No face model is loaded; the server looks at the picture.
import { islands } from "../lib/island";
import { mount, type Data } from "../lib/viewfinder";

function Oval({ stage }: { stage: HTMLElement | null }) {
  const w = stage?.clientWidth || 360;
  const h = stage?.clientHeight || 560;
  const rx = Math.min(w * 0.36, h * 0.28);
  const ry = rx * 1.38;
  const cy = h * 0.5;
  const oval = `M${w / 2 - rx} ${cy}a${rx} ${ry} 0 1 0 ${rx * 2} 0a${rx} ${ry} 0 1 0 ${-rx * 2} 0z`;
  return (
    <svg class="mask" preserveAspectRatio="xMidYMid slice" viewBox={`0 0 ${w} ${h}`} aria-hidden="true">
      <path fill="rgb(6 11 13 / 62%)" fill-rule="evenodd" d={`M0 0h${w}v${h}H0z${oval}`} />
      <path class="corners" d={oval} />
    </svg>
  );
}

islands<Data>("camera-face").forEach((data) =>
  mount(data, "user", (_video, stage) => ({ hint: data.texts.hint, overlay: <Oval stage={stage} />, holding: false }), false),
);
