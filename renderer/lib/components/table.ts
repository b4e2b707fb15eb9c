/** A column of a table. */
export interface Column {
  /** The field of the row that it shows and is sorted by. */
  readonly id: string;
  readonly title: string;
  /** A track of a CSS grid: `minmax(12rem, 2fr)`. */
  readonly width: string;
  /** Sortable unless false. */
  readonly sortable?: boolean;
  /** Set at the right, as numbers are. */
  readonly end?: boolean;
  /** Of lesser weight than the rest. */
  readonly soft?: boolean;
}
