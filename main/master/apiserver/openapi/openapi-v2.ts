import { createHash } from 'node:crypto';
import type { KindRegistry } from '../kind-registry.ts';
import { acceptedRanges } from '../http/negotiation.ts';
import { statusError } from '#common/kube/status-error.ts';
import { readDefinitions } from './definitions.ts';
import { swaggerOf } from './swagger.ts';
import { swaggerProtobuf } from './swagger-protobuf.ts';

type Form = 'json' | 'protobuf';

export interface OpenApiV2Document {
  readonly type: string;
  readonly bytes: Buffer;
  /** The same for both forms, which the Accept header tells apart. */
  readonly etag: string;
}

const PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** What may be asked for. The second name is the older one; its @ belongs in no media type. */
const FORMS: Readonly<Record<string, Form>> = {
  'application/json': 'json',
  [PROTOBUF_TYPE]: 'protobuf',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
};

/** The OpenAPI v2 document of all kinds: made when first asked for, and kept from then on. */
export class OpenApiV2 {
  readonly #kinds: KindRegistry;
  readonly #definitionsFile: string;
  #documents: Promise<Readonly<Record<Form, OpenApiV2Document>>> | undefined;

  constructor(kinds: KindRegistry, definitionsFile: string) {
    this.#kinds = kinds;
    this.#definitionsFile = definitionsFile;
  }

  /** In the form that an Accept header prefers; throws 406 when there is none. */
  async document(accept: string | undefined): Promise<OpenApiV2Document> {
    const form = acceptedRanges(accept ?? '*/*')
      .map(({ type }) => FORMS[type])
      .find((known) => known !== undefined);
    if (form === undefined) throw statusError.notAcceptable(['application/json', PROTOBUF_TYPE]);
    this.#documents ??= this.#make();
    return (await this.#documents)[form];
  }

  async #make(): Promise<Readonly<Record<Form, OpenApiV2Document>>> {
    const swagger = swaggerOf(this.#kinds.all(), await readDefinitions(this.#definitionsFile));
    const json = Buffer.from(JSON.stringify(swagger), 'utf8');
    // As upstream: of the JSON, for both.
    const etag = `"${createHash('sha512').update(json).digest('hex').toUpperCase()}"`;
    return {
      json: { type: 'application/json', bytes: json, etag },
      protobuf: { type: PROTOBUF_TYPE, bytes: swaggerProtobuf(swagger), etag },
    };
  }
}
