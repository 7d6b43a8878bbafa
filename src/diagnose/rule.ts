/**
 * What a rule is: the words for one mistake, and how they differ between dialects.
 *
 * @module
 */

import type { Severity } from "./finding.ts";

/**
 * Whose rules count: the RFCs', one of the three labs', or nobody's yet. What a lab prescribes is no
 * mistake in that lab, whatever the RFCs say.
 */
export type Dialect = "standard" | "lab" | "audio-lab" | "hello" | "unknown";

/** The words for one mistake. */
export interface RuleText {
  /** How bad it is. */
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What should be there instead. */
  readonly expected: string;
  /** RFC section or lab rule. */
  readonly reference: string;
  /** How to mend it. */
  readonly remedy: string;
}

/** How a rule differs in a dialect; `off` means that there it is no rule at all. */
export type RuleVariant = Partial<Omit<RuleText, "severity">> & {
  /** Severity in this dialect; that of the rule when it is left out. */
  readonly severity?: Severity | "off";
};

/** A rule and its variants. */
export interface Rule extends RuleText {
  /** Differences by dialect. */
  readonly in?: Partial<Readonly<Record<Dialect, RuleVariant>>>;
}

/** Rules by name. */
export type RuleTable<Id extends string> = Readonly<Record<Id, Rule>>;

/** The rule's words in a dialect; undefined where the rule does not hold there. */
export function ruleFor(rule: Rule, dialect: Dialect): RuleText | undefined {
  const variant = rule.in?.[dialect];
  if (variant === undefined) return rule;
  const { severity = rule.severity, ...words } = variant;
  return severity === "off" ? undefined : { ...rule, ...words, severity };
}
