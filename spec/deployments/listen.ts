/** Where a server takes connections. */
export interface Listen {
  /** An IP address or a name as written, `*` for every address, or `unix:PATH` for a socket in the file system. */
  readonly address: string;
  /** 0 for a socket in the file system, and for whichever port is free. */
  readonly port: number;
}
