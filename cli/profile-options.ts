/** The options of `rehearse profile`, and how their words become values. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Bytes, Nanos, Parsed } from '../core/index.ts';
import { parseBytes, parseDuration } from '../core/index.ts';
import { positiveInteger } from './run-options.ts';

export interface ProfileFlags {
  readonly variant?: readonly string[];
  readonly task?: string;
  readonly dataset?: string;
  readonly size?: string;
  readonly accuracy?: number;
  readonly architecture?: string;
  readonly name?: string;
  readonly precision?: string;
  readonly hardware: string;
  readonly batches: readonly number[];
  readonly threads: readonly number[];
  readonly gaps: readonly Nanos[];
  readonly shape: readonly string[];
  readonly samples: number;
  readonly rounds: number;
  readonly budget: Nanos;
  readonly memory?: Bytes;
  readonly colocation: boolean;
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const MS: Nanos = 1_000_000;

export function addProfileOptions(command: Command): Command {
  return command
    .option('--variant <name...>', 'variants of the catalogue that come with a model, in place of files')
    .option('--accuracy <percent>', 'accuracy of the models, 0 to 100', percent)
    .option('--dataset <name>', 'what the models were trained for, such as imagenet')
    .option('--task <name>', 'what they do, such as classification')
    .option('--size <size>', 'input size that tells the use case from others of the data set, such as 224')
    .option('--architecture <name>', 'network (default: the name of the file without its precision)')
    .option('--name <name>', 'name of the variant, for one model (default: the name of the file)')
    .option('--precision <name>', 'such as fp32 or int8 (default: what the name of the file says)')
    .option('--hardware <name>', "ONNX Runtime's name of what executes it", 'cpu')
    .option('--batches <list>', 'batch sizes', ascending, [1, 2, 4, 8, 16])
    .option('--threads <list>', 'threads of one run; a profile for each number', ascending, [1])
    .option('--gaps <list>', 'idle times before a batch; "none" for none', gaps, [MS, 4 * MS, 16 * MS, 64 * MS])
    .option('--shape <input=extents>', 'extents that the model leaves open, such as input=3x224x224', appended, [])
    .option('--samples <count>', 'of each batch size, at most', positiveInteger, 1000)
    .option('--rounds <count>', 'fresh processes of each model', positiveInteger, 5)
    .option('--budget <duration>', 'time for each batch size, over all rounds', duration, 20_000 * MS)
    .option('--memory <size>', 'an engine that holds more is killed (default: nine tenths of what is free)', bytes)
    .option('--no-colocation', 'leave out batches beside other workers')
    .option('--out <folder>', 'where the profiles go', 'out/profile')
    .option('--resume', 'go on with a measurement that was interrupted')
    .option('--json', 'print one object, and nothing else');
}

function percent(text: string): number {
  const value = Number(text.replace(/\s*%$/, ''));
  if (text.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError(`found ${text}; expected a number from 0 to 100`);
}

/** Whole numbers from 1, put in order. */
function ascending(text: string): number[] {
  const values = text.split(',').map((part) => positiveInteger(part.trim()));
  return [...new Set(values)].sort((a, b) => a - b);
}

function gaps(text: string): Nanos[] {
  if (text.trim() === 'none') return [];
  const values = text.split(',').map((part) => duration(part.trim()));
  return [...new Set(values)].sort((a, b) => a - b);
}

function duration(text: string): Nanos {
  const value = parsed(text, parseDuration);
  if (value > 0) return value;
  throw new InvalidArgumentError(`found ${text}; expected more than nothing`);
}

function bytes(text: string): Bytes {
  return parsed(text, parseBytes);
}

function parsed(text: string, parse: (text: string) => Parsed<number>): number {
  const result = parse(text);
  if (result.ok) return result.value;
  throw new InvalidArgumentError(`found ${text}; expected ${result.expected}`);
}

function appended(text: string, earlier: readonly string[]): string[] {
  return [...earlier, text];
}
