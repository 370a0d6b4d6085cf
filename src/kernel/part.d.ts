/**
 * The name of a part of the kernel that is evaluated when it is first used
 * (bundle.mjs makes it of lazy/NAME.ts).
 */
declare module '*.part' {
  const name: string;
  export default name;
}
