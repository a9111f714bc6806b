/** Building blocks that only the service's settings need: sizes in bytes, ports, things that may be switched off. */
import { z } from 'zod';
import { parseBytes } from '../../../../core/index.ts';
import { count, quantity, say, section } from '../../schema/quantities.ts';

/** A size such as "64 MB", in bytes. */
export function size(doc: string): z.ZodType<number, string> {
  return quantity(parseBytes, { doc, examples: ['64 MB'], smallest: 1, kind: 'a size' });
}

/** A TCP port; 0 lets the system choose a free one. */
export function port(doc: string): z.ZodNumber {
  return count(doc, { minimum: 0, maximum: 65_535 });
}

const OFF_WORDS = ['off', 'on'] as const;

/** A section that may be written `off`, or `on` for its defaults. What comes out is undefined when it is off. */
export function switched<Shape extends z.ZodRawShape>(
  shape: Shape,
  words: { readonly what: string; readonly doc: string },
): z.ZodType<z.output<z.ZodObject<Shape, z.core.$strict>> | undefined> {
  const map = section(shape, words);
  const expected = `on, off or ${words.what}`;
  const word = z.enum(OFF_WORDS, say(expected)).or(z.boolean(say(expected)));
  return z
    .union([word, map], say(expected))
    .meta({ description: `${words.doc} \`off\` switches it off, \`on\` takes its defaults.` })
    .transform((written) => {
      if (written === 'off' || written === false) return undefined;
      return written === 'on' || written === true ? map.parse({}) : written;
    });
}

/** A map whose keys are free. @param what completes "expected ...". */
export function mapOf<Entry extends z.ZodType>(
  entry: Entry,
  { what, doc }: { readonly what: string; readonly doc: string },
): z.ZodRecord<z.ZodString, Entry> {
  return z.record(z.string(), entry, say(what)).meta({ description: doc });
}
