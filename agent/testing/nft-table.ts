/**
 * A table as nftables keeps it, as much of it as the proxy uses. Each transaction is checked as the kernel
 * checks it: what is added must be new, what is removed must be there, and nothing may be in use.
 */
export class NftTable {
  readonly chains = new Map<string, string[]>();
  readonly sets = new Map<string, string>();
  readonly elements = new Map<string, Map<string, string>>();

  run(script: string): void {
    for (const line of script.split('\n').filter((text) => text !== '')) this.#command(line);
    this.#checkReferences();
  }

  #command(line: string): void {
    const match = /^(add|delete|flush) (chain|rule|element|set) ip \S+ (\S+) ?(.*)$/.exec(line);
    if (!match) throw new Error(`cannot read: ${line}`);
    const [, verb, what, name = '', rest = ''] = match;
    switch (`${verb ?? ''} ${what ?? ''}`) {
      case 'add chain':
        if (this.chains.has(name)) throw new Error(`chain exists: ${name}`);
        this.chains.set(name, []);
        break;
      case 'flush chain':
        this.#chain(name).length = 0;
        break;
      case 'delete chain':
        if (this.#chain(name).length > 0) throw new Error(`chain is not empty: ${name}`);
        if (this.#references(name).length > 0) throw new Error(`chain is in use: ${name}`);
        this.chains.delete(name);
        break;
      case 'add rule':
        this.#chain(name).push(rest);
        break;
      case 'add set':
        this.sets.set(name, rest);
        break;
      case 'delete set':
        if (!this.sets.delete(name)) throw new Error(`no such set: ${name}`);
        break;
      case 'add element':
        for (const [key, value] of elementsOf(rest)) {
          if (this.#map(name).has(key)) throw new Error(`element exists: ${key}`);
          this.#map(name).set(key, value);
        }
        break;
      case 'delete element':
        for (const [key] of elementsOf(rest)) {
          if (!this.#map(name).delete(key)) throw new Error(`no such element: ${key}`);
        }
        break;
      default:
        throw new Error(`cannot do: ${line}`);
    }
  }

  #references(chain: string): string[] {
    const texts = [
      ...[...this.chains.values()].flat(),
      ...[...this.elements.values()].flatMap((map) => [...map.values()]),
    ];
    return texts.filter((text) => [...text.matchAll(/goto (\S+?)(?=,| |$)/g)].some((match) => match[1] === chain));
  }

  #checkReferences(): void {
    const targets = [
      ...[...this.chains.values()].flat(),
      ...[...this.elements.values()].flatMap((map) => [...map.values()]),
    ].flatMap((text) => [...text.matchAll(/goto (\S+?)(?=,| |$)/g)].map((match) => match[1] ?? ''));
    for (const target of targets) if (!this.chains.has(target)) throw new Error(`no such chain: ${target}`);
    for (const rule of [...this.chains.values()].flat()) {
      const set = /@(affinity-\S+)/.exec(rule)?.[1];
      if (set !== undefined && !this.sets.has(set)) throw new Error(`no such set: ${set}`);
    }
  }

  #chain(name: string): string[] {
    const chain = this.chains.get(name);
    if (!chain) throw new Error(`no such chain: ${name}`);
    return chain;
  }

  #map(name: string): Map<string, string> {
    const map = this.elements.get(name) ?? new Map<string, string>();
    this.elements.set(name, map);
    return map;
  }
}

function elementsOf(text: string): [string, string][] {
  return text
    .replace(/^\{ | \}$/g, '')
    .split(', ')
    .map((element) => {
      const [key = '', value = ''] = element.split(' : ');
      return [key, value];
    });
}
