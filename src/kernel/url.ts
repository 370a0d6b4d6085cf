/** stub */
export function parsedHref(text: string): string {
  return text;
}
export function tryHref(text: string): string | undefined {
  return text;
}
export function isURLSearchParams(_value: unknown): boolean {
  return false;
}
export function searchParamsText(_value: unknown): string {
  return '';
}
