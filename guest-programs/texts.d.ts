/** Texts that are imported as they are. */
declare module '*.html' {
  const text: string;
  export default text;
}
