/** What the kernel needs of blobs and forms: the part lazy/forms.ts, loaded when the first one is made. */
import part from './lazy/forms.part';
import { lazily } from './lazy.ts';

export interface Blob {
  readonly type: string;
  readonly size: number;
}

export interface FormData {
  readonly append: (name: unknown, value: unknown, filename?: unknown) => void;
}

interface FormKit {
  isBlob(value: unknown): value is Blob;
  isFormData(value: unknown): value is FormData;
  /** Not to be changed or shown. */
  bytesOfBlob(blob: Blob): ArrayBuffer;
  /** Keeps `bytes`. */
  blobOf(bytes: ArrayBuffer, type: string): Blob;
  multipartOf(form: FormData): { readonly bytes: ArrayBuffer; readonly type: string };
  /** Throws a TypeError for a body that is no form. */
  parseForm(bytes: ArrayBuffer, contentType: string): FormData;
  contentTypeOf(message: unknown): string | null;
}

let loaded = false;
const load = lazily<FormKit & Record<string, unknown>>(part);

export function formKit(): FormKit & Readonly<Record<string, unknown>> {
  const kit = load();
  loaded = true;
  return kit;
}

/** Before the first one is made nothing is one. */
export const isBlob = (value: unknown): value is Blob => loaded && load().isBlob(value);
export const isFormData = (value: unknown): value is FormData => loaded && load().isFormData(value);
