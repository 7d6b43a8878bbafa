/**
 * Findings as people read them: `--explain`.
 *
 * @module
 */

import type { Finding, Severity } from "./finding.ts";
import { type FoldedFinding, foldFindings } from "./fold.ts";

/** Styles that a list of findings uses. */
export type FindingStyle = "bold" | "dim" | "red" | "yellow" | "cyan";

/** How {@linkcode formatFindings} writes. */
export interface FormatOptions {
  /** Puts a text into a style; without it the text stays as it is. */
  readonly color?: (text: string, style: FindingStyle) => string;
  /** Columns of a line. Default 88. */
  readonly width?: number;
}

const STYLES: Readonly<Record<Severity, FindingStyle>> = {
  error: "red",
  warning: "yellow",
  note: "cyan",
};

const LABEL = 10;

/**
 * The list: a line that counts, then severity, sentence and details of each finding; what is alike in
 * several streams once.
 */
export function formatFindings(
  findings: readonly Finding[],
  options: FormatOptions = {},
): string {
  if (findings.length === 0) return "No mistakes were found.";
  const { width = 88, color = (text) => text } = options;
  const blocks = foldFindings(findings).map((folded) => formatFinding(folded, width, color));
  return [summary(findings), ...blocks].join("\n\n");
}

/** `2 errors, 1 warning, 3 notes`. */
export function summary(findings: readonly Finding[]): string {
  const counts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return counts.length === 0 ? "no mistakes" : counts.join(", ");
}

function formatFinding(
  { finding, where }: FoldedFinding,
  width: number,
  color: (text: string, style: FindingStyle) => string,
): string {
  const { severity, message, rule } = finding;
  // Lines behind the first are indented by two.
  const title = wrap(`${severity.toUpperCase()}: ${message} [${rule}]`, width - 2);
  const lines = title.map((line, i) => styleTitle(line, i, severity, color));
  const details: [string, string][] = [
    ["seen", finding.seen],
    ["where", where],
    ["expected", finding.expected],
    ["by", finding.reference],
    ["remedy", finding.remedy],
  ];
  for (const [label, text] of details) {
    const [first = "", ...rest] = wrap(text, width - LABEL - 2);
    lines.push(`  ${color(label.padEnd(LABEL), "dim")}${first}`);
    for (const line of rest) lines.push(`  ${" ".repeat(LABEL)}${line}`);
  }
  return lines.join("\n");
}

function styleTitle(
  line: string,
  index: number,
  severity: Severity,
  color: (text: string, style: FindingStyle) => string,
): string {
  if (index > 0) return color(`  ${line}`, "bold");
  const label = `${severity.toUpperCase()}:`;
  return `${color(label, STYLES[severity])}${color(line.slice(label.length), "bold")}`;
}

/** Breaks at spaces, and within a word only when it does not fit a line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width));
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
