// Reads the diagrams of a folder with Mermaid's own parser, and prints a line for each that it refuses.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('<body></body>');
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');
const folder = process.argv[2];
for (const name of readdirSync(folder).sort()) {
  try {
    const { diagramType } = await mermaid.parse(readFileSync(join(folder, name), 'utf8'));
    if (!diagramType.startsWith('state')) console.log(`${name}: ${diagramType}`);
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
