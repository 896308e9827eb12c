/** How text is coloured. The edge chooses: colour on a terminal unless NO_COLOR is set, none anywhere else. */

type Paint = (text: string) => string;

export interface Palette {
  readonly strong: Paint;
  /** What may be passed over. */
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
  readonly note: Paint;
}

/** What every text for people is given. */
export interface TextStyle {
  /** Columns of the terminal; longer lines are wrapped. */
  readonly width: number;
  readonly palette: Palette;
}

const same: Paint = (text) => text;
export const plain: Palette = { strong: same, dim: same, good: same, bad: same, warning: same, note: same };

const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
export const ansi: Palette = {
  strong: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
  warning: sgr(33, 39),
  note: sgr(36, 39),
};
