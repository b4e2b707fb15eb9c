import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from '../task.ts';

/** One API type as `kubernetes-models` declares it. */
export interface ModelType {
  /** `core.v1.PodSpec`. */
  readonly name: string;
  readonly description: string;
  readonly fields: readonly ModelField[];
}

export interface ModelField {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly type: ModelFieldType;
}

export type ModelFieldType =
  | { readonly kind: 'string'; readonly values?: readonly string[] }
  | { readonly kind: 'number' | 'boolean' | 'any' }
  | { readonly kind: 'list' | 'map'; readonly items: ModelFieldType }
  | { readonly kind: 'ref'; readonly name: string };

const MODULES = path.join(ROOT, 'node_modules');

/** Stable versions of the built-in groups, by folder. Folders of the core group have no group part. */
const GROUP_FOLDERS: Readonly<Record<string, string>> = {
  v1: 'core.v1',
  'admissionregistration.k8s.io/v1': 'admissionregistration.v1',
  'apps/v1': 'apps.v1',
  'authentication.k8s.io/v1': 'authentication.v1',
  'authorization.k8s.io/v1': 'authorization.v1',
  'autoscaling/v1': 'autoscaling.v1',
  'autoscaling/v2': 'autoscaling.v2',
  'batch/v1': 'batch.v1',
  'certificates.k8s.io/v1': 'certificates.v1',
  'coordination.k8s.io/v1': 'coordination.v1',
  'discovery.k8s.io/v1': 'discovery.v1',
  'events.k8s.io/v1': 'events.v1',
  'flowcontrol.apiserver.k8s.io/v1': 'flowcontrol.v1',
  'networking.k8s.io/v1': 'networking.v1',
  'node.k8s.io/v1': 'node.v1',
  'policy/v1': 'policy.v1',
  'rbac.authorization.k8s.io/v1': 'rbac.v1',
  'resource.k8s.io/v1': 'resource.v1',
  'scheduling.k8s.io/v1': 'scheduling.v1',
  'storage.k8s.io/v1': 'storage.v1',
};

/** Reads every type of the stable groups, and of apimachinery's meta/v1. */
export async function readModels(): Promise<readonly ModelType[]> {
  const folders = [
    ...Object.entries(GROUP_FOLDERS).map(([folder, prefix]) => ({
      folder: path.join(MODULES, 'kubernetes-models', folder),
      prefix,
    })),
    { folder: path.join(MODULES, '@kubernetes-models/apimachinery/apis/meta/v1'), prefix: 'meta.v1' },
  ];
  const types = await Promise.all(folders.map(({ folder, prefix }) => readFolder(folder, prefix)));
  return types.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readFolder(folder: string, prefix: string): Promise<ModelType[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.d.ts') && file !== 'index.d.ts');
  const types = await Promise.all(
    files.map(async (file) => readType(await readFile(path.join(folder, file), 'utf8'), file.slice(0, -5), prefix)),
  );
  return types.filter((type) => type !== undefined);
}

function readType(text: string, name: string, prefix: string): ModelType | undefined {
  const source = ts.createSourceFile(`${name}.d.ts`, text, ts.ScriptTarget.Latest, true);
  const declaration = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === `I${name}`,
  );
  if (!declaration) return undefined;
  const own = new Map(
    declaration.members.filter(ts.isPropertySignature).map((member) => [memberName(member), member] as const),
  );
  // Kinds inherit `TypeMeta`, whose two fields they then narrow to literals.
  return {
    name: `${prefix}.${name}`,
    description: descriptionOf(declaration),
    fields: [...own].map(([field, member]) => ({
      name: field,
      required: member.questionToken === undefined,
      description: descriptionOf(member),
      type: fieldType(member.type!, own),
    })),
  };
}

function memberName(member: ts.PropertySignature): string {
  if (ts.isStringLiteral(member.name) || ts.isIdentifier(member.name)) return member.name.text;
  throw new Error(`Cannot read the member ${member.getText()}`);
}

function fieldType(node: ts.TypeNode, own: ReadonlyMap<string, ts.PropertySignature>): ModelFieldType {
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return { kind: 'string' };
    case ts.SyntaxKind.NumberKeyword:
      return { kind: 'number' };
    case ts.SyntaxKind.BooleanKeyword:
      return { kind: 'boolean' };
    case ts.SyntaxKind.AnyKeyword:
    case ts.SyntaxKind.UnknownKeyword:
    case ts.SyntaxKind.ObjectKeyword:
      return { kind: 'any' };
    default:
  }
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) {
    return { kind: 'string', values: [node.literal.text] };
  }
  if (ts.isUnionTypeNode(node)) return unionType(node, own);
  if (ts.isParenthesizedTypeNode(node)) return fieldType(node.type, own);
  if (ts.isTypeLiteralNode(node)) {
    const index = node.members.find(ts.isIndexSignatureDeclaration);
    if (index) return { kind: 'map', items: fieldType(index.type, own) };
    return { kind: 'any' };
  }
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText();
    if (name === 'Array') return { kind: 'list', items: fieldType(node.typeArguments![0]!, own) };
    if (/^IIoK8s/.test(name)) return { kind: 'ref', name: dottedName(name) };
  }
  // `IPod["kind"]`: as the field of that name in the same interface.
  if (ts.isIndexedAccessTypeNode(node)) return { kind: 'string' };
  throw new Error(`Cannot read the type ${node.getText()}`);
}

function unionType(node: ts.UnionTypeNode, own: ReadonlyMap<string, ts.PropertySignature>): ModelFieldType {
  const parts = node.types
    .filter((part) => !(ts.isLiteralTypeNode(part) && part.literal.kind === ts.SyntaxKind.NullKeyword))
    .map((part) => fieldType(part, own));
  if (parts.length === 1) return parts[0]!;
  const values = parts.flatMap((part) => (part.kind === 'string' ? (part.values ?? []) : []));
  if (values.length === parts.length) return { kind: 'string', values };
  return { kind: 'any' };
}

/** `IIoK8sApiCoreV1PodSpec` -> `core.v1.PodSpec`. */
function dottedName(reference: string): string {
  const name = reference.replace(/^IIoK8s/, '');
  const builtIn = /^Api([A-Z][a-z]+)(V\d+(?:(?:alpha|beta)\d+)?)(.+)$/.exec(name);
  if (builtIn) return `${builtIn[1]!.toLowerCase()}.${builtIn[2]!.toLowerCase()}.${builtIn[3]!}`;
  const meta = /^ApimachineryPkgApisMetaV1(.+)$/.exec(name);
  if (meta) return `meta.v1.${meta[1]!}`;
  const special = /^Apimachinery(?:PkgApiResource|PkgUtilIntstr|PkgRuntime|PkgVersion)(.+)$/.exec(name);
  if (special) return special[1]!;
  throw new Error(`Cannot name ${reference}`);
}

function descriptionOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map((comment) => (typeof comment.comment === 'string' ? comment.comment : ''))
    .join('\n')
    .trim();
}
