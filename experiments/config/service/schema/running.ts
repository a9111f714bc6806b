/** What runs behind the listeners: engines, machines, how many workers, offline jobs, model files. */
import { z } from 'zod';
import { oneOf } from '../../shape-errors.ts';
import { choice, count, duration, flag, list, number, say, section, text } from '../../schema/quantities.ts';
import { NO_THROTTLE, throttleShape, throttleWords } from '../../schema/offline.ts';
import { mapOf, size } from './blocks.ts';

const enginesSchema = section(
  {
    load_timeout: duration('A load that takes longer fails.').prefault('60 s'),
    batch_timeout: duration('A batch that takes longer fails, and its worker is replaced.').prefault('60 s'),
    memory_max: size('An engine that holds more memory is killed; no ceiling when left out.').optional(),
    threads: count("Threads of each engine; the variant's cores when left out.", { minimum: 1 }).optional(),
    emulate: mapOf(text('Hardware that is here, such as cpu.'), {
      what: 'hardware by hardware, such as { v100: cpu }',
      doc: 'Hardware that is not here, and what executes its variants instead, at its own speed.',
    }).prefault({}),
  },
  { what: 'a map such as { batch_timeout: 10 s }', doc: 'The processes that execute models.' },
).prefault({});

const argv = (doc: string): z.ZodArray<z.ZodString> =>
  list(text('The program, or an argument of it.'), { what: 'a list such as [./start-machine.sh, --size, large]', doc });

const BOOTS = ['none', 'catalogue'] as const;
const bootSchema = z
  .union([z.enum(BOOTS, say(oneOf(BOOTS))), duration('An emulated boot time.')], say('none, catalogue or a duration'))
  .meta({ description: 'What the boot of a machine takes: none, the times of the catalogue, or one time for all.' });

const localSchema = section(
  { provisioner: z.literal('local', say('local')), boot: bootSchema.prefault('none') },
  { what: 'a map such as { provisioner: local, boot: none }', doc: 'Machines as shares of this host.' },
);

const commandSchema = section(
  {
    provisioner: z.literal('command', say('command')),
    start: argv(
      'Starts a machine, or finds it up, as one that was kept; ends with status 0 when it is up. ' +
        '$REHEARSE_MACHINE_TYPE and _LABEL say which.',
    ),
    stop: argv('Stops a machine that is no longer needed.'),
    delete: argv('Deletes a machine when the service ends so; `stop` when left out.').optional(),
    timeout: duration('A command that takes longer is killed, and has failed.').prefault('5 min'),
    shell: flag('Let a shell read the commands.').prefault(false),
  },
  {
    what: 'a map such as { provisioner: command, start: [./start.sh], stop: [./stop.sh] }',
    doc: 'Machines by your own commands. Workers run on this host until there is a backend that reaches other hosts.',
  },
);

const machinesSchema = z
  .discriminatedUnion('provisioner', [localSchema, commandSchema], say('a map with provisioner: local or command'))
  .prefault({ provisioner: 'local' })
  .meta({ description: 'How machines are started and stopped.' });

const slackSchema = mapOf(count('Machines.', { minimum: 0 }), {
  what: 'machines by type, such as { p3.2xlarge: 1 }',
  doc: 'Machines of the start that are kept free for a variant that gets busy, by type: INFaaS keeps GPU machines so.',
}).prefault({});

const workersSchema = z
  .union(
    [
      choice('The autoscaler decides.', ['auto']),
      count('As many, always: the autoscaler leaves the variant alone.', { minimum: 0 }),
      section(
        {
          least: count('Workers at least.', { minimum: 0 }).prefault(0),
          most: count('Workers at most; no bound when left out.', { minimum: 0 }).optional(),
        },
        { what: 'bounds such as { least: 1, most: 4 }', doc: 'The autoscaler keeps between bounds.' },
      ),
    ],
    say('auto, a whole number from 0, or bounds such as { least: 1, most: 4 }'),
  )
  .meta({ description: 'How many workers a variant has: auto, a fixed number, or bounds for the autoscaler.' });

export const variantShape = {
  workers: workersSchema.prefault('auto'),
  batching: z.unknown().meta({ description: 'How its workers form batches: a batching policy, as in a policy set.' }),
};

export const variantWords = {
  what: 'a map such as { workers: 2, batching: { policy: fixed, max_batch: 8 } }',
  doc: 'What holds for one variant.',
};

const folders = (doc: string): z.ZodPrefault<z.ZodArray<z.ZodString>> =>
  z.array(text('A folder, relative to this file.'), say('a list of folders')).meta({ description: doc }).prefault([]);

const modelsSchema = section(
  {
    store: text(
      "A folder with archives (.mar) and models (.onnx), TorchServe's model_store, relative to this file; none by default.",
    ).optional(),
    load_archives: z
      .union(
        [z.literal('all', say('all')), z.array(text('A file, or name=file.'), say('a list of files'))],
        say('all, or a list of files such as [resnet.mar, mine=resnet.mar]'),
      )
      .prefault([])
      .meta({ description: "The files of the store that are loaded at the start, TorchServe's load_models." }),
    repository: text("A model repository in Triton's layout, relative to this file; none by default.").optional(),
    load: z
      .union(
        [z.literal('all', say('all')), z.array(text('The name of a model.'), say('a list of models'))],
        say('all, or a list of models'),
      )
      .prefault('all')
      .meta({ description: 'The models of the repository that are loaded at the start.' }),
    allowed_urls: z
      .array(text('The beginning of a URL.'), say('a list such as [https://models.example.com/onnx/]'))
      .prefault([])
      .meta({
        description:
          'Where models may be fetched from, none by default: the beginnings of URLs, whose host may begin with *. and ' +
          'which are whole URLs where their path has a * for anything.',
      }),
    private_urls: flag('Let such addresses be on this host and its network.').prefault(false),
    download_timeout: duration('How long a download may take.').prefault('5 min'),
    allowed_folders: folders('Folders of this host that clients may register models from; none by default.'),
    default_handler: text(
      'What serves archives that name a handler of somebody else; they are refused by default.',
    ).optional(),
    file_max: size('The largest model file or archive.').prefault('2 GB'),
    entries: count('Files in an archive at most.', { minimum: 1 }).prefault(1000),
    unpacked_max: size('The largest archive once unpacked.').prefault('4 GB'),
    ratio_max: number('How much larger a file of an archive may be than it is packed.', 'a number from 1', {
      minimum: 1,
    }).prefault(200),
    profile_time: duration('How long the latencies of a model without any are measured.').prefault('10 s'),
    profile_runs: count('Runs of each batch size at most, when they are measured.', { minimum: 1 }).prefault(100),
    default_max_batch: count('The largest batch of a model that batches and says no more.', { minimum: 1 }).prefault(8),
  },
  {
    what: 'a map such as { repository: models }',
    doc: 'Model files: where they may come from, how large they may be.',
  },
).prefault({});

const offlineSchema = section(
  {
    folders: folders('Folders that clients may name in jobs, beside those that the owner of the state folder names.'),
    framework: text('The framework a variant must have to be picked for an architecture; any by default.').optional(),
    throttle: z
      .union([choice('No throttle.', [NO_THROTTLE]), section(throttleShape, throttleWords)], say(throttleWords.what))
      .prefault({})
      .meta({ description: throttleWords.doc }),
    batch: count('Files executed together.', { minimum: 1 }).prefault(4),
    attempts: count('Executions of a file before it has failed.', { minimum: 1 }).prefault(3),
    jobs_max: count('Jobs that have not ended at most.', { minimum: 1 }).prefault(100),
    files_max: count('Files of one job at most.', { minimum: 1 }).prefault(1_000_000),
    file_max: size('The largest input file.').prefault('64 MB'),
    file_timeout: duration('How long the reading of a file may take.').prefault('60 s'),
    finish: duration('How long an end waits for the batch that runs.', { zero: true }).prefault('10 s'),
    ended_kept: count('Jobs that are kept for showing after they have ended.', { minimum: 0 }).prefault(1000),
  },
  { what: 'a map such as { throttle: { utilisation: 40 % } }', doc: 'Offline jobs.' },
).prefault({});

const MEANS = 'a list of one number, or of three for red, green and blue';
const DEVIATIONS = `${MEANS}, above 0`;
const means = z
  .array(z.number(say(MEANS)), say(MEANS))
  .min(1, say(MEANS))
  .max(3, say(MEANS));
const deviations = z
  .array(z.number(say(DEVIATIONS)).gt(0, say(DEVIATIONS)), say(DEVIATIONS))
  .min(1, say(DEVIATIONS))
  .max(3, say(DEVIATIONS));

const handlerSchema = z
  .union(
    [
      section(
        { file: text('A file (.ts, .mts, .js, .mjs) that exports `handler`, relative to this one.') },
        { what: 'a map such as { file: my-handler.ts }', doc: 'A handler of your own.' },
      ),
      section(
        {
          mean: means.meta({ description: 'Taken from a pixel of 0 to 1, by channel.' }),
          deviation: deviations.meta({ description: 'What the rest is divided by, by channel.' }),
          fit: choice('How an image is brought to size: stretched, or cut.', ['fill', 'cover']).prefault('fill'),
        },
        { what: 'a map such as { mean: [0.5], deviation: [0.5] }', doc: 'An image classifier by its normalisation.' },
      ),
    ],
    say('a map with file, or with mean and deviation'),
  )
  .meta({ description: 'Pre- and postprocessing.' });

export const runningShape = {
  engines: enginesSchema,
  machines: machinesSchema,
  slack: slackSchema,
  variants: mapOf(section(variantShape, variantWords), {
    what: 'variants by name, such as { fmnist-linear-fp32: { workers: 1 } }',
    doc: 'What holds for single variants, by name.',
  }).prefault({}),
  handlers: mapOf(handlerSchema, {
    what: 'handlers by name, such as { my-classifier: { file: my-handler.ts } }',
    doc: 'Handlers beside the built-in ones, by the name that variants choose them by.',
  }).prefault({}),
  models: modelsSchema,
  offline: offlineSchema,
};
