/** Where a server takes connections. */
export interface Listen {
  /** An IP address as written, or `*` for every address. */
  readonly address: string;
  readonly port: number;
}
