/** This machine lacks what a deployment needs: the message says what, and after a line break how to get it. */
export class CannotStart extends Error {}
