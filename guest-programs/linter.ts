/** A linter on acorn (a parser of JavaScript): which names does a program declare, which does it only use? */
import { type Node, parse } from 'acorn';

interface Findings {
  readonly declared: Set<string>;
  readonly used: Set<string>;
  nodes: number;
}

function visit(node: unknown, findings: Findings): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, findings);
    return;
  }
  if (typeof node !== 'object' || node === null || !('type' in node)) return;
  const { type, name, id } = node as Node & {
    readonly name?: string;
    readonly id?: { readonly name?: string };
  };
  findings.nodes += 1;
  if (type === 'Identifier' && name !== undefined) findings.used.add(name);
  if (type.endsWith('Declaration') || type === 'VariableDeclarator') {
    if (id?.name !== undefined) findings.declared.add(id.name);
  }
  for (const child of Object.values(node)) visit(child, findings);
}

let checked = 0;

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== 'POST') return Response.json({ checked });
    checked += 1;
    try {
      const findings: Findings = { declared: new Set(), used: new Set(), nodes: 0 };
      visit(parse(await request.text(), { ecmaVersion: 'latest', sourceType: 'module' }), findings);
      const free = [...findings.used].filter((name) => !findings.declared.has(name));
      return Response.json({ nodes: findings.nodes, declared: [...findings.declared], free });
    } catch (error) {
      return Response.json({ error: String(error) }, { status: 422 });
    }
  },
};
