/**
 * Makes text fit for one line of a log: no control character, no quote, no byte outside ASCII gets in as it is.
 * Source: httpd 2.4, server/util.c, ap_escape_logitem and ap_escape_errorlog_item; gen_test_char.c, T_ESCAPE_LOGITEM.
 */

/** @param text - One character for each byte, as Node reads HTTP. */
export const escapeLogItem = (text: string): string => (needs.test(text) ? text.replace(each, escaped) : text);

/** Text of people and programs: bytes are those of its UTF-8, and quotes may stay. */
export const escapeErrorItem = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replace(each, (character) => (character === '"' ? '"' : escaped(character)));

const needs = /[^ !#-[\]-~]/;
const each = /[^ !#-[\]-~]/g;

function escaped(character: string): string {
  switch (character) {
    case '\b':
      return '\\b';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    case '\v':
      return '\\v';
    case '\\':
    case '"':
      return `\\${character}`;
    default:
      return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  }
}
