/**
 * `objectives:`, what a policy set has to keep to beyond the latency of single requests: budget, accuracy, memory,
 * energy. Limits are in the words of the file with their units; whether the names in it exist is not judged here.
 */
import { z } from 'zod';
import type { Parsed } from '../../../core/index.ts';
import { parseBytes, parseEnergy, parseMoney, parsePricePerHour } from '../../../core/index.ts';
import { choice, duration, percent, quantity, rate, say, section, text } from './quantities.ts';

export const objectivesWords = {
  what: 'a map of objectives such as { attainment: 99 %, budget: 0.5 USD }',
  doc: 'What a policy set has to keep to; the result says of each whether it was met. A missed one makes no run invalid.',
};

/** What a machine's price may be. */
export const PRICES = ['on-demand', 'reserved', 'instance'] as const;

const BUDGET = 'an amount such as "0.5 USD" or "2 USD/h"';
const BATTERY = 'an energy such as "20 kJ"';
const READ_BUDGET = (written: unknown): Parsed<number> => {
  const money = parseMoney(written);
  const amount = money.ok ? money : parsePricePerHour(written);
  return amount.ok ? amount : { ok: false, expected: BUDGET };
};

export const budgetAmountSchema = quantity(READ_BUDGET, {
  doc: 'For the whole run, or for each hour of it.',
  examples: ['0.5 USD', '2 USD/h'],
  smallest: 0,
  kind: BUDGET,
});

export const budgetWords = {
  what: `${BUDGET}, or a map such as { amount: 0.5 USD, price: reserved }`,
  doc: 'An amount at a price.',
};
export const budgetShape = {
  amount: budgetAmountSchema,
  price: choice(
    'Machine time at the on-demand or the reserved price, or the memory of instances at the price of that memory.',
    PRICES,
  ).prefault('on-demand'),
};

export const joulesSchema = energy('What the battery holds.');

export const batteryWords = {
  what: `${BATTERY}, or a map such as { joules: 20 kJ, machine: edge-4 }`,
  doc: 'The battery of one type of machine.',
};
export const batteryShape = {
  joules: joulesSchema,
  machine: text('The machine type that runs on it; whatever machine draws most by default.').optional(),
};

/** The objectives that can be set for a single application too. */
export const applicationObjectivesShape = {
  attainment: percent('Requests served within their objective, at least.').optional(),
  p99_latency: duration(
    'The 99th percentile of the latency of answered requests, at most. What was refused or lost has no latency, so set ' +
      'an attainment beside it.',
  ).optional(),
  accuracy: percent('Mean accuracy of the answers, at least.').optional(),
  accuracy_floor: percent('Accuracy of every measured answer, at least: a single one below it misses it.').optional(),
  throughput: rate('Requests served within their objective, at least so many a second.').optional(),
};

export const applicationObjectivesWords = {
  what: 'a map of objectives such as { attainment: 99 % }',
  doc: 'The objectives of one application.',
};

export const BY_APPLICATION_WHAT = 'applications and their objectives, such as { news: { attainment: 99 % } }';

export const objectivesShape = {
  attainment: applicationObjectivesShape.attainment,
  p99_latency: applicationObjectivesShape.p99_latency,
  budget: z
    .union([budgetAmountSchema, section(budgetShape, budgetWords)], say(budgetWords.what))
    .meta({ description: 'Cost of the run, or of an hour of it, at most.' })
    .optional(),
  accuracy: applicationObjectivesShape.accuracy,
  accuracy_floor: applicationObjectivesShape.accuracy_floor,
  memory: quantity(parseBytes, {
    doc: 'Memory that workers hold at once, at most.',
    examples: ['20 GB'],
    smallest: 0,
    kind: 'an amount of memory',
  }).optional(),
  energy: energy('Energy of all machines over the whole run, at most.').optional(),
  battery: z
    .union([joulesSchema, section(batteryShape, batteryWords)], say(batteryWords.what))
    .meta({ description: 'Energy of any one machine over the whole run, at most.' })
    .optional(),
  throughput: applicationObjectivesShape.throughput,
  by_application: z
    .record(z.string(), section(applicationObjectivesShape, applicationObjectivesWords), say(BY_APPLICATION_WHAT))
    .meta({ description: 'Objectives of single applications.' })
    .optional(),
};

export const objectivesSchema = section(objectivesShape, objectivesWords);

function energy(doc: string): z.ZodType<number, string> {
  return quantity(parseEnergy, { doc, examples: ['20 kJ'], smallest: 0, kind: 'an energy' });
}
