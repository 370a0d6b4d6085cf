/** Recipes as they stand in the README, with other addresses: what a reader copies is what is tested. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

/** Where a recipe expects the hosts. */
const HOSTS = ['10.0.0.1:8080', '10.0.0.2:8080'];

/** The block of the README in this language, before hosts at these URLs. Throws when there is none. */
export function recipe(language: string, urls: readonly [string, string]): string {
  const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``);
  const text = block.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
  if (text === undefined) throw new Error(`the README has no recipe for ${language}`);
  return HOSTS.reduce((lines, host, index) => lines.replaceAll(host, new URL(urls[index] ?? '').host), text);
}
