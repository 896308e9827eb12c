/** An application of a server that is told which callable to import, as gunicorn, uWSGI and most others are. */
export interface WorkerApplication {
  /** The URL prefix it answers below, without a final slash; `''` is every URL. */
  readonly url: string;
  /** An absolute path: the file whose globals are the script's globals. */
  readonly script: string;
  /** The name it is imported under (`shop.wsgi`); null where the server executes the file itself. */
  readonly module: string | null;
  readonly callable: string;
}
