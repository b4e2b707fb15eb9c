type Letter =
  | 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm'
  | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z'; // prettier-ignore

/** Keeps what can be an argument's name: a plural's branches (`# nodes`) hold spaces or begin otherwise. */
type Name<Inside extends string> = Inside extends `${infer Head},${string}` ? Name<Head> : Plain<Inside>;
type Plain<Text extends string> = Text extends `${string} ${string}`
  ? never
  : Text extends `${Letter}${string}`
    ? Text
    : never;

/** The arguments of an ICU message, read off its text: `{count, plural, ...}` and `{name}`. */
export type Placeholders<Text extends string> = Text extends `${string}{${infer Inside}}${infer Rest}`
  ? Name<Inside> | Placeholders<Rest>
  : never;
