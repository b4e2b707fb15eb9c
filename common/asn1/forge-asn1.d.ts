// node-forge's ASN.1 module alone: the whole library would cost every node six megabytes of memory.
declare module 'node-forge/lib/asn1.js' {
  import type { asn1, Bytes } from 'node-forge';
  const module: Omit<typeof asn1, 'create' | 'fromDer'> & {
    /** `type` is a universal type, or the number of a context-specific tag. */
    create(tagClass: asn1.Class, type: number, constructed: boolean, value: Bytes | asn1.Asn1[]): asn1.Asn1;
    fromDer(bytes: Bytes, options: { strict: boolean; decodeBitStrings: boolean }): asn1.Asn1;
  };
  export default module;
}
