// Reads a card's barcode from camera pictures: the browser's own reader where it knows these codes, else ZXing, which comes
// only when somebody scans.

export interface Scanner {
  read(video: HTMLVideoElement): Promise<string[]>;
}

interface Native {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

interface NativeKind {
  new (options: { formats: string[] }): Native;
  getSupportedFormats(): Promise<string[]>;
}

const FORMATS = ["code_128", "qr_code", "itf"];
/** Wide enough for the thin bars of a Code 128 across half the picture; more only costs time. */
const WIDEST = 1280;

async function native(): Promise<Scanner | null> {
  const Kind = (window as unknown as { BarcodeDetector?: NativeKind }).BarcodeDetector;
  const known = Kind ? await Kind.getSupportedFormats().catch(() => [] as string[]) : [];
  if (!Kind || !FORMATS.every((format) => known.includes(format))) return null;
  const detector = new Kind({ formats: FORMATS });
  return { read: async (video) => (await detector.detect(video)).map((code) => code.rawValue) };
}

async function ours(): Promise<Scanner> {
  const [{ prepareZXingModule, readBarcodes }, { default: wasm }] = await Promise.all([
    import("zxing-wasm/reader"),
    import("zxing-wasm/reader/zxing_reader.wasm"),
  ]);
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  return {
    async read(video) {
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      const context = canvas.getContext("2d", { willReadFrequently: true });
      if (!context || !canvas.width) return [];
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
      const found = await readBarcodes(pixels, { formats: ["Code128", "QRCode", "ITF"], tryHarder: true });
      return found.map((code) => code.text);
    },
  };
}

export async function scanner(): Promise<Scanner> {
  return (await native()) ?? (await ours());
}
